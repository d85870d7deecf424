// Package notify carries what needs somebody to that somebody: open exceptions to
// Alertmanager, and Alertmanager's notifications to people.
//
// A Poster keeps one alert per process, stage, kind and team firing at every
// Alertmanager for as long as such exceptions are open. Its labels never change
// while it fires; counts, amounts and orders are annotations. What was open before
// Takt began to look is told once, in one digest per team.
//
// A Hub is the receiver of Alertmanager's webhook. It renders a notification once
// per receiver in its language, with real mentions, keeps the limits that robots
// document and collapses what exceeds them into one message. The webhook is
// answered when a message has been taken or refused, so that nothing is lost when
// Takt stops; a repeat of the same notification is sent once.
//
// Retries, queues and memory are bounded. Secrets stand in no error and in no log.
// The links of a message lead to pages that change nothing by themselves, since
// chat programs fetch links before people do.
package notify

import (
	"context"
	"time"
)

// Observer is told what happened, for metrics.
type Observer interface {
	// Message counts one message of a channel by its result.
	Message(channel, result string)
	// Posted tells how many alerts fire and whether an Alertmanager took them.
	Posted(firing int, ok bool)
}

// Store keeps what became of messages.
type Store interface {
	// Record keeps deliveries.
	Record(ctx context.Context, all []Delivery) error
	// Delivered reports whether a message of the key was sent to the receiver.
	Delivered(ctx context.Context, receiver, key string) (bool, error)
}

// Delivery is what became of one message for one receiver.
type Delivery struct {
	At       time.Time     // when it was decided
	Key      string        // identity of the notification
	Receiver string        // name in the configuration
	Channel  Channel       // how it was sent
	Status   Status        // what the message was
	Process  string        // of the notification; empty: of several
	Stage    string        // of the notification; empty: of several or none
	Kind     string        // kind of exception, or the alert's name
	Team     string        // team concerned; empty: several
	Alerts   int           // alerts in the notification
	Result   Result        // what became of it
	Attempts int           // requests made for it
	Took     time.Duration // from its arrival to the decision
	Code     string        // the receiver's error code; empty: none
	Error    string        // why it failed, without secrets; empty: it did not
}

// Status is what a message tells.
type Status string

// The statuses of a message.
const (
	Firing   Status = "firing"   // something needs somebody
	Resolved Status = "resolved" // it no longer does
	Digest   Status = "digest"   // how things stand, at a set time
	Test     Status = "test"     // whether the receiver works
)

// Result is what became of a message.
type Result string

// The results of a message.
const (
	Sent      Result = "sent"      // taken by the receiver, as it stood
	Collapsed Result = "collapsed" // taken as a line of a digest, for the receiver's limit
	Duplicate Result = "duplicate" // told before: not sent again
	Refused   Result = "refused"   // the receiver said that it never will take it
	Failed    Result = "failed"    // given up after the last attempt
)

// Results returns every result.
func Results() []Result { return []Result{Sent, Collapsed, Duplicate, Refused, Failed} }

// Channel is the way of a message to people.
type Channel string

// The channels.
const (
	WeCom    Channel = "wecom"    // a group robot of WeCom (企业微信)
	DingTalk Channel = "dingtalk" // a group robot of DingTalk (钉钉)
	Feishu   Channel = "feishu"   // a group robot of Feishu (飞书)
	Mail     Channel = "mail"     // e-mail
	Webhook  Channel = "webhook"  // anything over HTTP: SMS, app push
)

// Channels returns every channel.
func Channels() []Channel { return []Channel{WeCom, DingTalk, Feishu, Mail, Webhook} }

// Lang is the language of a message.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// discard is the Observer and Store of those who need none.
type discard struct{}

func (discard) Message(string, string)                                  {}
func (discard) Posted(int, bool)                                        {}
func (discard) Record(context.Context, []Delivery) error                { return nil }
func (discard) Delivered(context.Context, string, string) (bool, error) { return false, nil }

var (
	_ Observer = discard{}
	_ Store    = discard{}
)
