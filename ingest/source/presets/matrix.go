package presets

import "strings"

// Matrix returns the table by which the systems are compared, the heading first.
func Matrix(lang string) ([][]string, error) {
	heading := []string{"Preset", "System", "Tier", "Push or pull", "History", "Times", "Promise", "Owner", "Identity", "Confirmed"}
	if lang == "zh" {
		heading = []string{"预设", "系统", "等级", "推送/拉取", "历史", "时间精度", "承诺交期", "负责人", "事件标识", "确认情况"}
	}
	rows := [][]string{heading}
	for _, name := range Names() {
		p, err := Get(name)
		if err != nil {
			return nil, err
		}
		row := []string{name, p.Title.In(lang), tier(p.Tier, lang)}
		m := &p.Matrix
		for _, t := range []Text{m.Push, m.History, m.Grain, m.Promise, m.Owner, m.Identity, m.Confirmed} {
			row = append(row, t.In(lang))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Markdown returns the matrix as a table of Markdown.
func Markdown(rows [][]string) string {
	var out strings.Builder
	for i, row := range rows {
		out.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			out.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
	return out.String()
}

func tier(name, lang string) string {
	if zh := map[string]string{"full": "完整", "starter": "入门", "page": "说明"}[name]; lang == "zh" && zh != "" {
		return zh
	}
	return name
}
