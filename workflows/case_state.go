package workflows

import (
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// CaseState is what a case is: everything a run needs to go on where an earlier run (or a replay) stopped. It is
// the input of continue-as-new, so a run can end between any two steps.
type CaseState struct {
	Ref       activities.CaseRef `json:"ref"`
	Process   Process            `json:"process"`
	Person    employee.Employee  `json:"person"`
	Settings  plan.Settings      `json:"settings"`
	Phase     string             `json:"phase"`
	Reason    string             `json:"reason,omitempty"`
	Emergency bool               `json:"emergency,omitempty"`
	HRLate    bool               `json:"hrLate,omitempty"`

	Steps   []*StepRecord           `json:"steps"`
	Returns []activities.ReturnView `json:"returns,omitempty"`

	// FirstContained is when containment was proved for the first time; access that comes back does not move it.
	FirstContained time.Time `json:"firstContained,omitzero"`

	Hold    bool   `json:"hold,omitempty"`
	HoldWhy string `json:"holdWhy,omitempty"`

	// Log is what the mirrors have not shown yet; LogSeq numbers the entries of the whole case.
	Log     []activities.Entry `json:"log,omitempty"`
	LogSeq  int                `json:"logSeq"`
	Version int                `json:"version"`
	Slack   MirrorState        `json:"slack"`
	Jira    MirrorState        `json:"jira"`

	Outcome  string    `json:"outcome,omitempty"` // set when the case ends
	ClosedAt time.Time `json:"closedAt,omitzero"`
}

// MirrorState is where one mirror stands.
type MirrorState struct {
	Ref     activities.MirrorRef `json:"ref"`
	Unclear bool                 `json:"unclear,omitempty"`
	Problem string               `json:"problem,omitempty"` // why it is behind, while it is
}

// StepRecord is one step of the plan and what has come of it.
type StepRecord struct {
	plan.Step
	State    plan.State         `json:"state"`
	Outcome  activities.Outcome `json:"outcome"`
	Started  time.Time          `json:"started,omitzero"`
	Attempts int                `json:"attempts,omitempty"` // times the case tried it, not counting an activity's own retries
	By       string             `json:"by,omitempty"`       // who skipped it or said it was done
	Owner    string             `json:"owner,omitempty"`
	Due      time.Time          `json:"due,omitzero"`
	// Command is a job under way at the vendor: an MDM command, a transfer.
	Command string `json:"command,omitempty"`
}

// view is the record as people see it.
func (r *StepRecord) view() activities.StepView {
	return activities.StepView{
		ID: r.ID, Phase: r.Phase, Title: r.Title, State: r.State, Critical: r.Critical,
		Detail: r.detail(), ReadBack: r.Outcome.ReadBack, Problem: r.Outcome.Problem, Mend: r.Outcome.Mend,
		Owner: r.Owner, Due: r.Due, By: r.By,
		Started: r.Started, Executed: r.Outcome.Executed, Verified: r.Outcome.Verified,
	}
}

func (r *StepRecord) detail() string {
	if r.Outcome.Detail != "" {
		return r.Outcome.Detail
	}
	return r.Note
}
