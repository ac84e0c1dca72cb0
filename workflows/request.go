package workflows

import (
	"tenure/activities"
)

// RequestResult is what came of an ask.
type RequestResult struct {
	Text    string               `json:"text"` // one sentence for people
	Refusal *activities.Refusal  `json:"refusal,omitempty"`
	Case    string               `json:"case,omitempty"`
	View    *activities.CaseView `json:"view,omitempty"`
}
