package cli

import (
	"context"

	"github.com/takt-orders/takt/alerts/exception"
)

type exceptionsAckCmd struct {
	changeFlags
	Note string `placeholder:"TEXT" help:"Free text."`
}

func (c *exceptionsAckCmd) Run(ctx context.Context, e *env) error {
	return c.record(ctx, e, exception.Change{Step: exception.Acknowledge, Note: c.Note})
}

type exceptionsAssignCmd struct {
	changeFlags
	To    string `placeholder:"NAME" help:"Person who is responsible from now on."`
	Team  string `placeholder:"NAME" help:"Team that is responsible from now on."`
	Stage string `placeholder:"NAME" help:"Stage found at fault."`
	Note  string `placeholder:"TEXT" help:"Free text."`
}

func (c *exceptionsAssignCmd) Run(ctx context.Context, e *env) error {
	if c.To == "" && c.Team == "" {
		return misused("--to: is missing: name a person, or a team with --team")
	}
	return c.record(ctx, e, exception.Change{Step: exception.Assign, Assignee: c.To, Team: c.Team, Stage: c.Stage, Note: c.Note})
}

type exceptionsNoteCmd struct {
	changeFlags
	Text   string `arg:"" help:"What there is to tell."`
	Stage  string `placeholder:"NAME" help:"Stage found at fault."`
	Cause  string `placeholder:"TEXT" help:"Why the exception came about."`
	Action string `placeholder:"TEXT" help:"What was done about it."`
}

func (c *exceptionsNoteCmd) Run(ctx context.Context, e *env) error {
	return c.record(ctx, e, exception.Change{Step: exception.Note, Note: c.Text, Stage: c.Stage, Cause: c.Cause, Action: c.Action})
}

type exceptionsResolveCmd struct {
	changeFlags
	Cause  string `placeholder:"TEXT" help:"Why the exception came about."`
	Action string `placeholder:"TEXT" help:"What was done about it."`
	Note   string `placeholder:"TEXT" help:"Free text."`
}

func (c *exceptionsResolveCmd) Run(ctx context.Context, e *env) error {
	return c.record(ctx, e, exception.Change{Step: exception.Resolve, Cause: c.Cause, Action: c.Action, Note: c.Note})
}

type exceptionsArchiveCmd struct {
	changeFlags
	Cause string `placeholder:"TEXT" help:"Why the exception came about; needed unless somebody has said so."`
	Note  string `placeholder:"TEXT" help:"Free text."`
}

func (c *exceptionsArchiveCmd) Run(ctx context.Context, e *env) error {
	return c.record(ctx, e, exception.Change{Step: exception.Archive, Cause: c.Cause, Note: c.Note})
}

type exceptionsReopenCmd struct {
	changeFlags
	Note string `placeholder:"TEXT" help:"Free text."`
}

func (c *exceptionsReopenCmd) Run(ctx context.Context, e *env) error {
	return c.record(ctx, e, exception.Change{Step: exception.Reopen, Note: c.Note})
}
