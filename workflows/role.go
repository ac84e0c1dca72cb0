package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
)

// RoleInput starts a case of joining, moving or leave of absence, or goes on with one.
type RoleInput struct {
	Request RoleRequest `json:"request"`
	// State is set when an earlier run of the same case was continued as new.
	State *RoleState `json:"state,omitempty"`
}

// RoleRequest is whose role is to be looked at, and on whose word. It says who, and nothing of what is to be done: that
// is worked out from HR's records at the time.
type RoleRequest struct {
	Employee  employee.ID `json:"employee"`
	ProfileID string      `json:"profileId,omitempty"`
	Actor     string      `json:"actor"` // "<door>:<id>": "namely:watch", "cli:jo"
	// ActorEmployee is who stands behind Actor, where the front door found out.
	ActorEmployee employee.ID `json:"actorEmployee,omitempty"`
	Reason        string      `json:"reason,omitempty"`
	HREdited      time.Time   `json:"hrEdited,omitzero"`
	Detected      time.Time   `json:"detected,omitzero"`
	// Readmit says that a person asked for somebody to be let in whose access a case has ended.
	Readmit bool `json:"readmit,omitempty"`
}

// RoleState is the state of such a case.
type RoleState struct {
	Case CaseState `json:"case"`
}

// RoleResult is how such a case ended.
type RoleResult struct {
	View activities.CaseView `json:"view"`
}

// Onboard is being written by the lead.
func Onboard(_ workflow.Context, _ RoleInput) (RoleResult, error) { return RoleResult{}, nil }

// Move is being written by the lead.
func Move(_ workflow.Context, _ RoleInput) (RoleResult, error) { return RoleResult{}, nil }

// Leave is being written by the lead.
func Leave(_ workflow.Context, _ RoleInput) (RoleResult, error) { return RoleResult{}, nil }
