package notify

// Example returns a message that only tries a receiver.
func Example(lang Lang) Message {
	m := Message{
		Lang: lang, Status: Test, Severity: "info", Title: "[Test] Takt reaches this receiver",
		What: []string{"no order is concerned"}, Cause: "Nobody has to act.",
	}
	if lang == Chinese {
		m.Title, m.What, m.Cause = "【测试】Takt 已连通此接收方", []string{"不涉及任何订单"}, "无需处理。"
	}
	return m
}
