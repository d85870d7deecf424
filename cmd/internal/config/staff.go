package config

import (
	"slices"
	"strings"

	"github.com/takt-orders/takt/alerts/notify"
)

// readStaff reads the file of the people whom messages mention.
func readStaff(o *object) notify.Staff {
	var all notify.Staff
	for _, item := range o.objects("staff") {
		p := notify.Person{
			Name: item.required("name", "name the person as events and process files do"), ID: item.text("id", ""),
			Team: item.text("team", ""), WeCom: item.text("wecom", ""), Mobile: item.text("mobile", ""),
			Feishu: item.text("feishu", ""), Email: item.text("email", ""),
		}
		d := item.object("dingtalk")
		p.DingTalk, p.DingTalkMobile = d.text("user_id", ""), d.text("mobile", "")
		d.done()
		for key, number := range map[string]string{"mobile": p.Mobile, "dingtalk.mobile": p.DingTalkMobile} {
			if strings.Trim(number, "+0123456789-") != "" {
				item.report(key, "%q is no number of a mobile phone, such as \"13800000001\"", number)
			}
		}
		if p.Email != "" && !strings.Contains(p.Email, "@") {
			item.report("email", "%q is no mail address", p.Email)
		}
		if slices.ContainsFunc(all, func(q notify.Person) bool { return q.Name == p.Name && p.Name != "" }) {
			item.report("name", "%q stands twice: write how each is told apart, such as 张伟(仓库)", p.Name)
		}
		item.done()
		all = append(all, p)
	}
	if len(all) == 0 && o.ok("staff") {
		o.report("staff", "is missing: list the people whom messages mention")
	}
	o.done()
	return all
}
