// Package dashboards holds Takt's boards as Go functions; json/ holds what they give.
//
// The contract:
//
//   - Boards are generic. Nothing in them names a process, a stage, a team or a
//     channel: all of that comes from the queries, so that a new process is seen
//     without provisioning anything.
//   - No board computes an indicator. Managers' boards read the relations of the
//     database takt, pipeline and live state metrics.Catalogue.
//   - Both languages have the same uids, panel ids and queries by meaning: links of
//     alerts resolve whichever is provisioned.
//   - Datasources are variables. What a panel shows when there is nothing says
//     whether there is none, nothing matches, or nothing is measured yet.
//   - At most 12 panels and two screens a board; the panel at the top left, whose id is
//     Top, says whether it is worse than normal, where, and whose it is.
package dashboards

import (
	"github.com/takt-orders/takt/dashboards/grafana"
)

// Language is that of the texts on a board.
type Language string

// The languages of boards.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// The uids of the boards.
const (
	Overview   = "takt-overview"
	Bottleneck = "takt-bottleneck"
	Stage      = "takt-stage"
	Exceptions = "takt-exceptions"
	Channels   = "takt-channels"
	Owners     = "takt-owners"
	Promise    = "takt-promise"
	Order      = "takt-order"
	Pipeline   = "takt-pipeline"
)

// Top is the id of the panel at the top left of each board. The others are panels that
// alerts lead to.
const (
	Top = 1

	OverviewFreshness = 2
	OverviewStages    = 9

	PipelineAudit       = 3
	PipelineLag         = 4
	PipelineDeadLetters = 6
	PipelineGateway     = 9
	PipelinePolls       = 11
	PipelineDifferences = 12

	StageBurn    = 3
	StageBacklog = 4
	StageOldest  = 5
	StageFlow    = 6
)

// Folder and FolderUID name the folder that holds the boards.
const (
	Folder    = "Takt"
	FolderUID = "takt"
)

// Boards returns all boards in a language, in the order of their links.
func Boards(l Language) []grafana.Dashboard {
	return []grafana.Dashboard{overview(l), bottleneck(l), stage(l), exceptions(l), channels(l), owners(l), promise(l), order(l), pipeline(l)}
}
