package metrics

import "github.com/prometheus/client_golang/prometheus"

// notify are the metrics of alerts and messages.
type notify struct {
	messages map[[2]string]prometheus.Counter // by channel and result
	posts    [2]prometheus.Counter            // failed, sent
	firing   prometheus.Gauge
}

func newNotify(m *Metrics) *notify {
	n := &notify{messages: map[[2]string]prometheus.Counter{}}
	messages, posts := m.counter(notifyMessages), m.counter(notifyPosts)
	for _, channel := range []string{"wecom", "dingtalk", "feishu", "mail", "webhook"} {
		for _, result := range []string{"sent", "collapsed", "duplicate", "refused", "failed"} {
			n.messages[[2]string{channel, result}] = messages.WithLabelValues(channel, result)
		}
	}
	n.posts[0], n.posts[1] = posts.WithLabelValues("failed"), posts.WithLabelValues("sent")
	n.firing = m.gauge(notifyAlerts).WithLabelValues()
	m.budget.used += len(n.messages) + 3
	return n
}

// Message counts one message to people by channel and result; others than
// notify's are not counted.
func (m *Metrics) Message(channel, result string) {
	if c := m.notify.messages[[2]string{channel, result}]; c != nil {
		c.Inc()
	}
}

// Posted tells how many alerts about orders fire and whether an Alertmanager took
// them.
func (m *Metrics) Posted(firing int, ok bool) {
	if ok {
		m.notify.posts[1].Inc()
		m.notify.firing.Set(float64(firing))
		return
	}
	m.notify.posts[0].Inc()
}
