package dashboards

import (
	"slices"
	"time"
)

// LanguageOf returns the language of boards for processes in these zones: Chinese as
// soon as one is in China, unless said, "en" or "zh", decides.
func LanguageOf(said string, zones ...*time.Location) Language {
	if l := Language(said); l == English || l == Chinese {
		return l
	}
	china := []string{"Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi", "Asia/Kashgar", "PRC"}
	if slices.ContainsFunc(zones, func(z *time.Location) bool { return slices.Contains(china, z.String()) }) {
		return Chinese
	}
	return English
}
