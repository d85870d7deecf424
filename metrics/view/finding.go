package view

import (
	"fmt"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Finding is a bottleneck and what it does.
type Finding struct {
	Stage string
	Title process.Text
	Now   time.Time // when it was judged, in the process's zone
	Since time.Time // when orders began to gather or too few to leave, to 15 minutes
	Score float64   // spreads above normal; at least 3

	Waiting  int           // visits open in the stage
	Normal   int           // of them at this hour of the week, median of four weeks
	Amount   float64       // money of the orders that wait, in Currency
	Currency string        // ISO 4217; the most frequent one
	Oldest   time.Duration // longest stay among them
	Owner    string        // who has the most of them
	Limit    time.Duration // of the stage; 0: none
	LimitOf  process.Clock // which time the limit counts

	Late       int // open orders past their promise
	LateHadMet int // of them those that would be, had no visit of the stage exceeded its limit
}

// Sentence says it in English.
func (f Finding) Sentence() string {
	s := fmt.Sprintf("Bottleneck since %s: %s, %s orders wait (normal %s), %s, oldest %s, owner %s.",
		f.since("Jan 2 15:04"), f.Stage, Thousands(int64(f.Waiting)), Thousands(int64(f.Normal)),
		money(f.Amount, f.Currency), plain(f.Oldest, "d", "h", "m"), f.Owner)
	switch {
	case f.Limit == 0:
	case f.LateHadMet == f.Late:
		s += " It has made no order late so far."
	default:
		s += fmt.Sprintf(" Had it met %s, %s orders would be late instead of %s.",
			f.limit("d", "h", "m", " of working time"), Thousands(int64(f.LateHadMet)), Thousands(int64(f.Late)))
	}
	return s
}

// SentenceZH says it in Chinese.
func (f Finding) SentenceZH() string {
	title := f.Title.ZH
	if title == "" {
		title = f.Stage
	}
	s := fmt.Sprintf("自 %s 起出现瓶颈：%s，%s 单等待（平时 %s 单），金额 %s，最久 %s，负责人 %s。",
		f.since("1月2日 15:04"), title, Thousands(int64(f.Waiting)), Thousands(int64(f.Normal)),
		money(f.Amount, f.Currency), plain(f.Oldest, "天", "小时", "分"), f.Owner)
	switch {
	case f.Limit == 0:
	case f.LateHadMet == f.Late:
		s += "目前尚未因此造成订单延误。"
	default:
		s += fmt.Sprintf("若未超过 %s的时限，延误的将是 %s 单，而不是 %s 单。",
			f.limit("天", "小时", "分", "工作时间"), Thousands(int64(f.LateHadMet)), Thousands(int64(f.Late)))
	}
	return s
}

// limit writes the stage's limit; a day of working time is not a day.
func (f Finding) limit(d, h, m, working string) string {
	if f.LimitOf != process.Working {
		return plain(f.Limit, d, h, m)
	}
	return plainHours(f.Limit, h, m) + working
}

// since leaves the date out if it is today's.
func (f Finding) since(layout string) string {
	if y, m, d := f.Since.Date(); f.Now.Year() == y && f.Now.Month() == m && f.Now.Day() == d {
		layout = "15:04"
	}
	return f.Since.Format(layout)
}

// ownerOf names who is responsible for a stage by its process.
func ownerOf(s *process.Stage) string {
	if s.Owner.Team != "" {
		return s.Owner.Team
	}
	return s.Owner.Person
}
