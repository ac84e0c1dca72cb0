package activities

import (
	"time"

	"tenure/internal/plan"
)

// Tickets are moved by people: a sub-task to done, the ticket of a device to received. What a move means is decided in
// workflows; here it is only seen, and answered.
var (
	// JiraListMoves lists the tickets and sub-tasks of ours that somebody moved lately, by the search and each
	// ticket's own history. What Tenure moved itself is no move.
	JiraListMoves = reads[ListMoves, Moves](QueueJira, "ListMoves")
	// JiraReadMove is the same for one ticket, from Jira's database, when a webhook has named it. Without a move it
	// returns the zero [Move].
	JiraReadMove = reads[ReadMove, Move](QueueJira, "ReadMove")
	// JiraAnswerMove says on a ticket, once, why nothing came of moving it, and opens a sub-task again whose step
	// still waits. That is our own move, so it is not heard as anybody's.
	JiraAnswerMove = define[AnswerMove, Nothing](QueueJira, "jira.AnswerMove", Mirror)
)

// ListMoves asks for the moves since a moment to one of the statuses. The search is behind by up to minutes, so a
// caller looks back further than its last look, and knows a move by its Key.
type ListMoves struct {
	Since time.Time `json:"since"`
	To    []string  `json:"to"`
}

// Moves are the moves found, the oldest first.
type Moves struct {
	Moves []Move `json:"moves,omitempty"`
}

// ReadMove names a ticket.
type ReadMove struct {
	Ticket string `json:"ticket"`
}

// Move is the last change of a ticket's status, made by somebody other than Tenure. One that was undone or followed by
// another is not seen: what counts is where the ticket stands.
type Move struct {
	Key    string      `json:"key"` // the change's own id; empty: nobody moved the ticket
	Ticket string      `json:"ticket"`
	Status string      `json:"status"` // where to, in the project's own words
	Case   string      `json:"case"`
	Run    string      `json:"run"`
	Step   plan.StepID `json:"step,omitempty"` // of a sub-task; empty: the case's own ticket
	By     string      `json:"by"`             // "jira:<account>"
	At     time.Time   `json:"at"`
}

// AnswerMove says what is wrong with a move.
type AnswerMove struct {
	Move    Move    `json:"move"`
	Refusal Refusal `json:"refusal"`
}
