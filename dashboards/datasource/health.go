package datasource

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/takt-orders/takt/metrics/view"
)

// healthWithin is how long the answer to Save & test may take.
const healthWithin = 10 * time.Second

// relations are those that the plugin reads.
func relations() []string {
	return []string{"processes", "stages", "orders", "visits", "bottleneck_at", "open_by_stage_at", "open_visits_at", "open_by_age_at", "orders_late_open", "transitions_weekly"}
}

// CheckHealth tells whether the datasource can answer, else what is wrong and what to do.
func (d *Datasource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	status, message, err := d.health(ctx)
	if err != nil {
		s := d.settings
		s.Timeout = healthWithin
		f := failureOf(err)
		d.logger.Warn("datasource is not healthy", "reason", f.reason, "code", f.code)
		status, message = backend.HealthStatusError, f.say(s.Lang, s)
	}
	return &backend.CheckHealthResult{Status: status, Message: message}, nil
}

func (d *Datasource) health(ctx context.Context) (backend.HealthStatus, string, error) {
	say := d.settings.Lang.say
	var version string
	var there []string
	if err := d.conn.QueryRow(ctx, "SELECT version()").Scan(&version); err != nil {
		return 0, "", err
	}
	if err := d.conn.QueryRow(ctx, "SELECT groupArray(name) FROM system.tables WHERE database = 'takt' AND has(?, name)", relations()).Scan(&there); err != nil {
		return 0, "", err
	}
	if len(there) == 0 {
		return backend.HealthStatusError, fmt.Sprintf(say("ClickHouse %s answers, but user %q sees no relation of the database takt: run takt migrate there and grant the user what takt migrate --users --print tells.",
			"ClickHouse %s 可连接，但用户 %q 看不到数据库 takt 的任何视图：请运行 takt migrate，并按 takt migrate --users --print 授权。"), version, d.settings.User), nil
	}
	if lacking := without(relations(), there); len(lacking) > 0 {
		return backend.HealthStatusError, fmt.Sprintf(say("ClickHouse %s lacks %s in the database takt: run takt run or takt migrate of this version once.",
			"ClickHouse %s 的数据库 takt 缺少 %s：请用同版本的 Takt 运行一次 takt run 或 takt migrate。"), version, strings.Join(lacking, ", ")), nil
	}
	all, err := view.Stored(ctx, d.conn)
	if err != nil {
		return 0, "", err
	}
	if len(all) == 0 {
		return backend.HealthStatusError, say("ClickHouse answers, but no process is known yet: start takt run with a process file.", "ClickHouse 可连接，但尚无任何流程：请用流程文件启动 takt run。"), nil
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return backend.HealthStatusOk, fmt.Sprintf(say("ClickHouse %s answers; processes: %s.", "ClickHouse %s 可用；流程：%s。"), version, strings.Join(names, ", ")), nil
}

// without returns what of all is not there.
func without(all, there []string) []string {
	has := map[string]bool{}
	for _, name := range there {
		has[name] = true
	}
	var lacking []string
	for _, name := range all {
		if !has[name] {
			lacking = append(lacking, name)
		}
	}
	return lacking
}
