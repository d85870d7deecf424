package clickhouse

import (
	"strings"

	"github.com/takt-orders/takt/ingest/order"
)

type stageRows struct {
	block
	process, stage, limitOf, calendar, team, escalates *dictionary
	position, validFrom, deleted                       *fixed
	titleEN, titleZH                                   *text
	limit, objective, escalateAfter                    *nullable
}

func newStageRows() *stageRows {
	r := &stageRows{block: block{table: "stages"}}
	r.process = r.name("process")
	r.stage = r.name("stage")
	r.position = r.fixed("position", "UInt16")
	r.titleEN = r.text("title_en")
	r.titleZH = r.text("title_zh")
	r.limit = r.nullable("limit_seconds", typeSeconds)
	r.limitOf = r.name("limit_of")
	r.calendar = r.name("calendar")
	r.objective = r.nullable("objective", typeSeconds)
	r.team = r.name("owner_team")
	r.escalates = r.name("escalate_to")
	r.escalateAfter = r.nullable("escalate_after_seconds", typeSeconds)
	r.validFrom = r.fixed("valid_from", typeInstant)
	r.deleted = r.fixed("deleted", "UInt8")
	return r
}

func (r *stageRows) add(now order.Instant, k owned, v stageVersion, deleted bool) {
	r.rows++
	r.process.add(k.process)
	r.stage.add(k.name)
	r.position.u16(int(v.position))
	r.titleEN.add(v.titleEN)
	r.titleZH.add(v.titleZH)
	r.limit.float(v.limit, v.limit > 0)
	r.limitOf.add(v.limitOf)
	r.calendar.add(v.calendar)
	r.objective.float(v.objective, v.objective > 0)
	r.team.add(v.ownerTeam)
	r.escalates.add(v.escalates)
	r.escalateAfter.float(v.escalateAfter, v.escalateAfter > 0)
	r.validFrom.instant(now)
	r.deleted.bool(deleted)
}

type processRows struct {
	block
	process, zone, granularity *dictionary
	position, validFrom        *fixed
	titleEN, titleZH           *text
	objective                  *nullable
}

func newProcessRows() *processRows {
	r := &processRows{block: block{table: "processes"}}
	r.process = r.name("process")
	r.position = r.fixed("position", "UInt16")
	r.titleEN = r.text("title_en")
	r.titleZH = r.text("title_zh")
	r.zone = r.name("timezone")
	r.objective = r.nullable("promise_objective", typeSeconds)
	r.granularity = r.name("promise_granularity")
	r.validFrom = r.fixed("valid_from", typeInstant)
	return r
}

func (r *processRows) add(now order.Instant, name string, v processVersion) {
	r.rows++
	r.process.add(name)
	r.position.u16(int(v.position))
	r.titleEN.add(v.titleEN)
	r.titleZH.add(v.titleZH)
	r.zone.add(v.zone)
	r.objective.float(v.objective, v.objective > 0)
	r.granularity.add(v.granularity)
	r.validFrom.instant(now)
}

type teamRows struct {
	block
	process, team, stageNames, escalateNames *dictionary
	stages, escalates                        *array
	validFrom, deleted                       *fixed
}

func newTeamRows() *teamRows {
	r := &teamRows{block: block{table: "teams"}, stageNames: newDictionary(), escalateNames: newDictionary()}
	r.process = r.name("process")
	r.team = r.name("team")
	r.stages = r.array("stages", typeName, r.stageNames)
	r.escalates = r.array("escalate_to", typeName, r.escalateNames)
	r.validFrom = r.fixed("valid_from", typeInstant)
	r.deleted = r.fixed("deleted", "UInt8")
	return r
}

func (r *teamRows) add(now order.Instant, k owned, v teamVersion, deleted bool) {
	r.rows++
	r.process.add(k.process)
	r.team.add(k.name)
	list := func(a *array, names *dictionary, joined string) {
		n := 0
		for name := range strings.SplitSeq(joined, "\n") {
			if name != "" {
				names.add(name)
				n++
			}
		}
		a.close(n)
	}
	list(r.stages, r.stageNames, v.stages)
	list(r.escalates, r.escalateNames, v.escalates)
	r.validFrom.instant(now)
	r.deleted.bool(deleted)
}
