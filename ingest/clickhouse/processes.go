package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// stageVersion is one version of a stage; it is comparable.
type stageVersion struct {
	position             uint16
	titleEN, titleZH     string
	limit                float64 // seconds; 0: none
	limitOf              string
	calendar             string
	objective            float64 // 0: none
	ownerTeam, escalates string
	escalateAfter        float64 // seconds; 0: never
}

// processVersion is one version of what a process says of itself.
type processVersion struct {
	position         uint16
	titleEN, titleZH string
	zone             string
	objective        float64 // of the promise; 0: none
	granularity      string
}

// teamVersion is one version of what a team owns in a process.
type teamVersion struct{ stages, escalates string } // joined by line breaks

// owned names a stage or a team of a process.
type owned struct{ process, name string }

// SyncProcesses records the definitions of processes that are not the ones
// recorded last, valid from now. A stage or team that a process lost is recorded
// as deleted; a process that is not given stays as it is.
func (db *DB) SyncProcesses(ctx context.Context, now order.Instant, processes []*process.Process) error {
	stages, err := db.stages(ctx)
	if err != nil {
		return err
	}
	teams, err := db.teams(ctx)
	if err != nil {
		return err
	}
	escalations, err := db.escalations(ctx)
	if err != nil {
		return err
	}
	known, err := db.processes(ctx)
	if err != nil {
		return err
	}
	sr, tr, er, pr := newStageRows(), newTeamRows(), newEscalationRows(), newProcessRows()
	for i, p := range processes {
		said := map[owned]processVersion{{p.Name, ""}: versionOf(p, i)}
		changed(p.Name, known, said, func(k owned, v processVersion, _ bool) { pr.add(now, k.process, v) })
		newStages, newTeams := versions(p)
		changed(p.Name, stages, newStages, func(k owned, v stageVersion, deleted bool) { sr.add(now, k, v, deleted) })
		changed(p.Name, teams, newTeams, func(k owned, v teamVersion, deleted bool) { tr.add(now, k, v, deleted) })
		changed(p.Name, escalations, escalationsOf(p), func(k owned, v escalation, deleted bool) { er.add(now, k, v, deleted) })
	}
	if err := db.record(ctx, &pr.block, &sr.block, &tr.block, &er.block); err != nil {
		return fmt.Errorf("record processes: %w", err)
	}
	return nil
}

// changed calls add with what said has and stored has not, and as deleted with what
// the process had stored and says no more.
func changed[V comparable](name string, stored, said map[owned]V, add func(k owned, v V, deleted bool)) {
	for k, v := range said {
		if stored[k] != v {
			add(k, v, false)
		}
	}
	for k, v := range stored {
		if _, still := said[k]; k.process == name && !still {
			add(k, v, true)
		}
	}
}

// record inserts the blocks that have rows; they are no part of a flush.
func (db *DB) record(ctx context.Context, all ...*block) error {
	w := NewWriter(db)
	bs := newBlocks(db.cfg.Compression)
	for _, b := range all {
		if b.rows == 0 {
			continue
		}
		if err := w.insertAs(ctx, bs, b, "takt."+db.cfg.Writer+"."+b.table, func() bool { return false }); err != nil {
			return err
		}
	}
	return nil
}

// versionOf returns what p, the i-th of the configuration, says of itself.
func versionOf(p *process.Process, i int) processVersion {
	v := processVersion{
		position: uint16(i + 1), titleEN: p.Title.EN, titleZH: p.Title.ZH, zone: "UTC",
		objective: p.Promise.Objective, granularity: p.Promise.Granularity.String(),
	}
	if p.Zone != nil {
		v.zone = p.Zone.String()
	}
	return v
}

// versions returns what p says of its stages and teams.
func versions(p *process.Process) (map[owned]stageVersion, map[owned]teamVersion) {
	stages, teams := map[owned]stageVersion{}, map[owned]teamVersion{}
	for i := range p.Stages {
		s := &p.Stages[i]
		v := stageVersion{
			position: uint16(i + 1), titleEN: s.Title.EN, titleZH: s.Title.ZH,
			limit: s.Limit.Within.Seconds(), calendar: p.CalendarName(i), objective: s.Limit.Objective,
			ownerTeam: s.Owner.Team, escalates: s.Owner.EscalateTo, escalateAfter: s.Owner.EscalateAfter.Seconds(),
		}
		if s.Limit.Within > 0 {
			v.limitOf = s.Limit.Of.String()
		}
		stages[owned{p.Name, s.Name}] = v
		if s.Owner.Team == "" {
			continue
		}
		k := owned{p.Name, s.Owner.Team}
		t := teams[k]
		t.stages = join(t.stages, s.Name)
		if e := s.Owner.EscalateTo; e != "" && !slices.Contains(strings.Split(t.escalates, "\n"), e) {
			t.escalates = join(t.escalates, e)
		}
		teams[k] = t
	}
	return stages, teams
}

func join(list, item string) string {
	if list == "" {
		return item
	}
	return list + "\n" + item
}

func (db *DB) processes(ctx context.Context) (map[owned]processVersion, error) {
	rows, err := db.conn.Query(ctx, "SELECT process, position, title_en, title_zh, timezone, ifNull(promise_objective, 0), promise_granularity FROM "+
		db.local("processes")+" FINAL ORDER BY valid_from")
	if err != nil {
		return nil, fmt.Errorf("read processes: %w", halted(err))
	}
	defer rows.Close()
	all := map[owned]processVersion{}
	for rows.Next() {
		var k owned
		var v processVersion
		if err := rows.Scan(&k.process, &v.position, &v.titleEN, &v.titleZH, &v.zone, &v.objective, &v.granularity); err != nil {
			return nil, fmt.Errorf("read processes: %w", err)
		}
		all[k] = v
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read processes: %w", err)
	}
	return all, nil
}

func (db *DB) stages(ctx context.Context) (map[owned]stageVersion, error) {
	rows, err := db.conn.Query(ctx, "SELECT process, stage, position, title_en, title_zh, ifNull(limit_seconds, 0), limit_of, calendar,"+
		" ifNull(objective, 0), owner_team, escalate_to, ifNull(escalate_after_seconds, 0), deleted FROM "+db.local("stages")+" FINAL ORDER BY valid_from")
	if err != nil {
		return nil, fmt.Errorf("read stages: %w", halted(err))
	}
	defer rows.Close()
	all := map[owned]stageVersion{}
	for rows.Next() {
		var k owned
		var v stageVersion
		var deleted uint8
		if err := rows.Scan(&k.process, &k.name, &v.position, &v.titleEN, &v.titleZH, &v.limit, &v.limitOf, &v.calendar, &v.objective,
			&v.ownerTeam, &v.escalates, &v.escalateAfter, &deleted); err != nil {
			return nil, fmt.Errorf("read stages: %w", err)
		}
		if all[k] = v; deleted != 0 {
			delete(all, k)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read stages: %w", err)
	}
	return all, nil
}

func (db *DB) teams(ctx context.Context) (map[owned]teamVersion, error) {
	rows, err := db.conn.Query(ctx, "SELECT process, team, arrayStringConcat(stages, '\\n'), arrayStringConcat(escalate_to, '\\n'), deleted FROM "+
		db.local("teams")+" FINAL ORDER BY valid_from")
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", halted(err))
	}
	defer rows.Close()
	all := map[owned]teamVersion{}
	for rows.Next() {
		var k owned
		var v teamVersion
		var deleted uint8
		if err := rows.Scan(&k.process, &k.name, &v.stages, &v.escalates, &deleted); err != nil {
			return nil, fmt.Errorf("read teams: %w", err)
		}
		if all[k] = v; deleted != 0 {
			delete(all, k)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	return all, nil
}
