package view

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/metrics/process"
)

// normals are what alerts compare with: how many exceptions were open at this hour
// of the last four weeks, and how many visits ended and began in it.
type normals struct {
	at   time.Time
	open map[[4]string]int  // by process, stage, kind, team
	flow map[[2]string]flow // by process, stage
}

// flow is the visits of a stage in the last hour, and the median of the same hour
// of the last four weeks.
type flow struct{ left, leftNormal, entered, enteredNormal int }

const (
	normalsEvery = 10 * time.Minute
	weeksLeast   = 2 // of history, for something to be normal
	flowLeast    = 5 // visits in an hour, for their absence to tell something
)

const normalOpenSQL = `
WITH toInt64(?) AS now, 7 * 86400000 AS week,
    toUnixTimestamp64Milli(opened_at) AS opened, if(resolved_at IS NULL, 9000000000000, toUnixTimestamp64Milli(assumeNotNull(resolved_at))) AS resolved
SELECT toString(process), toString(stage), toString(kind), toString(owner_team),
    [toInt64(uniqExactIf(order_id, opened <= now - week AND resolved > now - week)),
     toInt64(uniqExactIf(order_id, opened <= now - 2 * week AND resolved > now - 2 * week)),
     toInt64(uniqExactIf(order_id, opened <= now - 3 * week AND resolved > now - 3 * week)),
     toInt64(uniqExactIf(order_id, opened <= now - 4 * week AND resolved > now - 4 * week))]
FROM takt.exceptions
WHERE NOT withdrawn AND opened <= now - week AND resolved > now - 4 * week
GROUP BY process, stage, kind, owner_team`

const flowSQL = `
WITH toInt64(?) AS now, 7 * 86400000 AS week, 3600000 AS hour,
    toUnixTimestamp64Milli(entered_at) AS entered, if(left_at IS NULL, 9000000000000, toUnixTimestamp64Milli(assumeNotNull(left_at))) AS left
SELECT toString(process), toString(stage), toInt64(min(entered)),
    [toInt64(countIf(left <= now AND left > now - hour)), toInt64(countIf(left <= now - week AND left > now - week - hour)),
     toInt64(countIf(left <= now - 2 * week AND left > now - 2 * week - hour)), toInt64(countIf(left <= now - 3 * week AND left > now - 3 * week - hour)),
     toInt64(countIf(left <= now - 4 * week AND left > now - 4 * week - hour))],
    [toInt64(countIf(entered <= now AND entered > now - hour)), toInt64(countIf(entered <= now - week AND entered > now - week - hour)),
     toInt64(countIf(entered <= now - 2 * week AND entered > now - 2 * week - hour)), toInt64(countIf(entered <= now - 3 * week AND entered > now - 3 * week - hour)),
     toInt64(countIf(entered <= now - 4 * week AND entered > now - 4 * week - hour))]
FROM takt.visits
GROUP BY process, stage`

func (o *Open) readNormals(ctx context.Context, now time.Time) (normals, error) {
	n := normals{at: now, open: map[[4]string]int{}, flow: map[[2]string]flow{}}
	rows, err := o.Conn.Query(ctx, flowSQL, milliseconds(now))
	if err != nil {
		return n, fmt.Errorf("query flow of stages: %w", err)
	}
	defer rows.Close()
	weeks := map[string]int{} // of history, by process
	for rows.Next() {
		var name, stage string
		var first int64
		var left, entered []int64
		if err := rows.Scan(&name, &stage, &first, &left, &entered); err != nil {
			return n, fmt.Errorf("read flow of stages: %w", err)
		}
		known := min(int(now.Sub(time.UnixMilli(first))/(7*24*time.Hour)), weeksOfNormal)
		weeks[name] = max(weeks[name], known)
		if known >= weeksLeast {
			n.flow[[2]string{name, stage}] = flow{int(left[0]), middle(left[1 : known+1]), int(entered[0]), middle(entered[1 : known+1])}
		}
	}
	if err := rows.Err(); err != nil {
		return n, fmt.Errorf("read flow of stages: %w", err)
	}
	return n, o.readOpen(ctx, now, weeks, &n)
}

const weeksOfNormal = 4

func (o *Open) readOpen(ctx context.Context, now time.Time, weeks map[string]int, n *normals) error {
	rows, err := o.Conn.Query(ctx, normalOpenSQL, milliseconds(now))
	if err != nil {
		return fmt.Errorf("query normal exceptions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key [4]string
		var counts []int64
		if err := rows.Scan(&key[0], &key[1], &key[2], &key[3], &counts); err != nil {
			return fmt.Errorf("read normal exceptions: %w", err)
		}
		if known := weeks[key[0]]; known >= weeksLeast {
			n.open[key] = middle(counts[:known])
		}
	}
	for name, known := range weeks { // what never was has a normal of none
		if known >= weeksLeast {
			n.open[[4]string{name}] = 0
		}
	}
	return rows.Err()
}

// middle is the median, the lower of two.
func middle(all []int64) int {
	all = slices.Sorted(slices.Values(all))
	return int(all[(len(all)-1)/2])
}

// of returns how many orders of the group are normal, -1 if that is unknown.
func (n *normals) of(g *notify.Group) int {
	if normal, ok := n.open[[4]string{g.Process, g.Stage, g.Kind, g.Team}]; ok {
		return normal
	}
	if _, known := n.open[[4]string{g.Process}]; known {
		return 0
	}
	return -1
}

// cause says what probably lies behind orders that wait too long in a stage: it
// finishes nothing or less than it should, or more came than usual.
func (n *normals) cause(p *process.Process, g *notify.Group) process.Text {
	i := p.StageIndex(g.Stage)
	f, known := n.flow[[2]string{g.Process, g.Stage}]
	if i < 0 || !known || g.Kind != "overdue" && g.Kind != "at_risk" && g.Kind != "stuck" {
		return process.Text{}
	}
	title := named(&p.Stages[i])
	var t process.Text
	switch {
	case f.leftNormal >= flowLeast && f.left == 0:
		t = process.Text{
			EN: fmt.Sprintf("%s has finished nothing for an hour (normal %d): work or its data have stopped", title.EN, f.leftNormal),
			ZH: fmt.Sprintf("%s近1小时没有完成记录(平时%d单),停工或数据中断", title.ZH, f.leftNormal),
		}
	case f.leftNormal >= flowLeast && 2*f.left < f.leftNormal:
		t = process.Text{
			EN: fmt.Sprintf("%s is slow: %d finished in an hour (normal %d)", title.EN, f.left, f.leftNormal),
			ZH: fmt.Sprintf("%s处理变慢,近1小时完成%d单(平时%d单)", title.ZH, f.left, f.leftNormal),
		}
	case f.entered >= 2*flowLeast && f.entered > 2*f.enteredNormal:
		return process.Text{
			EN: fmt.Sprintf("more came than usual: %d in an hour (normal %d)", f.entered, f.enteredNormal),
			ZH: fmt.Sprintf("进单激增,近1小时%d单(平时%d单)", f.entered, f.enteredNormal),
		}
	default:
		return t
	}
	if i == 0 {
		return t
	}
	before := named(&p.Stages[i-1])
	if up, known := n.flow[[2]string{g.Process, p.Stages[i-1].Name}]; known && up.leftNormal >= flowLeast && 2*up.left >= up.leftNormal {
		t.EN += fmt.Sprintf("; %s upstream is normal", before.EN)
		t.ZH += ",上游" + before.ZH + "正常"
	}
	return t
}

// named is the title of a stage, its name where there is none.
func named(s *process.Stage) process.Text {
	return process.Text{EN: cmp.Or(s.Title.EN, s.Name), ZH: cmp.Or(s.Title.ZH, s.Title.EN, s.Name)}
}
