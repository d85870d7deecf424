package console

import (
	"fmt"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// saved tells what would be, had the stage met its limit.
func (l Language) saved(f *view.Finding) string {
	limit, zh := l.span(f.Limit), l == Chinese
	switch {
	case f.Limit == 0:
		return ""
	case f.Late == f.LateHadMet && zh:
		return "目前尚未造成订单逾期。"
	case f.Late == f.LateHadMet:
		return "It has made no order late so far."
	}
	switch working := f.LimitOf == process.Working; {
	case working && zh:
		limit += "工作时间"
	case working:
		limit += " of working time"
	}
	if zh {
		return fmt.Sprintf("若该环节均未超过 %s的时限，未交付逾期将为 %s 单，而非 %s 单。", limit, count(f.LateHadMet), count(f.Late))
	}
	return fmt.Sprintf("Had it met its limit of %s, %s open orders would be late instead of %s.", limit, count(f.LateHadMet), count(f.Late))
}

// busiest names the stage that is furthest above its normal level.
func (l Language) busiest(p *process.Process, s *view.Standing) string {
	title := l.title(p, s.Stage)
	if l == Chinese {
		return fmt.Sprintf("相对最忙的是%s：在办 %s（平时 %s）。", title, count(s.Open), count(s.OpenNormal))
	}
	return fmt.Sprintf("Busiest against normal: %s, %s under way (normal %s).", title, count(s.Open), count(s.OpenNormal))
}
