package alerts

import (
	"fmt"
	"time"
)

// The bounds of the alerts about what systems push, and what they are asked for.
const (
	failingShare = 0.1  // of the answers
	refusedShare = 0.05 // of the answers
	// A source is behind after so many intervals without success, but not before
	// pollPatience: a window of many pages takes its time.
	pollIntervals = 5
	pollPatience  = 15 * time.Minute
)

const answered = "takt_gateway_requests_total"

// gatewayFails fires while a tenth of a source's deliveries is told to come again:
// 503, and 429 for memory or rate. Senders give up sooner or later.
func (c Config) gatewayFails() Rule {
	failed := `sum by (source) (increase(` + answered + `{result=~"not_acknowledged|no_memory|too_fast"}[10m]))`
	return Rule{
		Alert: gatewayFailing,
		Expr: fmt.Sprintf("%[1]s >= %[2]d\nand %[1]s\n  > %[3]g * sum by (source) (increase(%[4]s[10m]))",
			failed, LeastDue, failingShare, answered),
		For: "5m", Labels: map[string]string{"severity": critical, "owner_team": c.Team}, Annotations: gatewayFailingText(),
	}
}

// gatewayRefuses fires when deliveries of a source are refused for what they are: by
// their share, since strangers knock at any address that is open, but for one longer
// than its topic takes at once, since such a one proved to be genuine.
func (c Config) gatewayRefuses() Rule {
	refused := `sum by (source, result) (increase(` + answered + `{source!="",result=~"unauthentic|clock_skew|replayed|incomplete|encoded|not_json|too_large"}[1h]))`
	return Rule{
		Alert: gatewayRefused,
		Expr: fmt.Sprintf("(\n  %[1]s >= %[2]d\n  and %[1]s\n    > on (source) group_left () %[3]g * sum by (source) (increase(%[4]s[1h]))\n)\nor sum by (source, result) (increase(%[4]s{result=\"too_large_for_topic\"}[1h])) > 0",
			refused, LeastDue, refusedShare, answered),
		For: "5m", Labels: map[string]string{"severity": warning, "owner_team": c.Team}, Annotations: gatewayRefusedText(),
	}
}

// pollIsBehind fires when a source has not been polled with success for long. It is a
// ticket: where orders ought to come, TaktSourceSilent is the page.
func (c Config) pollIsBehind() Rule {
	return Rule{
		Alert: pollBehind,
		Expr: fmt.Sprintf("time() - max by (source) (takt_poll_success_timestamp_seconds)\n  > clamp_min(%d * max by (source) (takt_poll_interval_seconds), %g)",
			pollIntervals, pollPatience.Seconds()),
		For: "5m", Labels: map[string]string{"severity": warning, "owner_team": c.Team}, Annotations: pollBehindText(),
	}
}

func gatewayFailingText() map[string]string {
	return texts(
		`Source {{ $labels.source }}: {{ $value | printf "%.0f" }} deliveries in ten minutes were told to come again`,
		"More than a tenth of what the source pushes is answered with 503 or 429. Nothing that was answered with 200 is lost, but senders give up after some attempts, and those orders are missing then. not_acknowledged: Kafka does not acknowledge; no_memory: raise gateway.memory or find what is slow; too_fast: raise the rate of the endpoint. Follow the runbook.",
		`来源 {{ $labels.source }}：十分钟内 {{ $value | printf "%.0f" }} 次推送被要求重发`,
		"该来源超过十分之一的推送收到 503 或 429。已返回 200 的不会丢失，但推送方重试若干次后会放弃，对应订单将缺失。not_acknowledged：Kafka 未确认；no_memory：调大 gateway.memory 或查明何处变慢；too_fast：调大该端点的 rate。请按处置手册处理。",
	)
}

func gatewayRefusedText() map[string]string {
	return texts(
		`Source {{ $labels.source }}: {{ $value | printf "%.0f" }} deliveries were refused in an hour ({{ $labels.result }})`,
		"They are not in the topic, and their orders are missing until they are sent again. unauthentic: the secrets differ, or somebody else knocks; clock_skew: a clock is wrong; replayed: a signature was used twice; too_large_for_topic: raise max.message.bytes of the topic. Follow the runbook.",
		`来源 {{ $labels.source }}：一小时内 {{ $value | printf "%.0f" }} 次推送被拒绝（{{ $labels.result }}）`,
		"这些推送未进入主题，在重新发送之前对应订单缺失。unauthentic：密钥不一致，或有陌生人试探；clock_skew：时钟不准；replayed：签名被重复使用；too_large_for_topic：调大主题的 max.message.bytes。请按处置手册处理。",
	)
}

func pollBehindText() map[string]string {
	return texts(
		"Source {{ $labels.source }}: not polled with success for {{ $value | humanizeDuration }}",
		"takt poll asks the source and gets no whole window, so its new orders are watched by nobody. Nothing is lost: it goes on from where it stopped. Read the log of takt poll: the system is away, a password was changed, a limit is used up, or Kafka does not acknowledge.",
		"来源 {{ $labels.source }}：已 {{ $value | humanizeDuration }} 未能成功拉取",
		"takt poll 未能从该来源取得完整窗口，新订单处于无人监控状态。数据不会丢失，恢复后会从中断处继续。请查看 takt poll 日志：系统不可用、密码已更改、调用额度用尽，或 Kafka 未确认。",
	)
}
