package plan

import "time"

// The actions of joining, moving and leave of absence. Unlike those of a leaver they bring an account to a state that
// is worked out anew each time, so they can be repeated at any moment; activities.ConvergeOkta and
// activities.ConvergeGoogle say what each does.
const (
	OktaCreate  Action = "okta.create"
	OktaProfile Action = "okta.profile"
	OktaJoin    Action = "okta.join"
	OktaQuit    Action = "okta.quit"
	OktaOpen    Action = "okta.open"
	OktaPause   Action = "okta.pause"
	OktaResume  Action = "okta.resume"
	OktaDiscard Action = "okta.discard"

	GoogleAccount Action = "google.account"
	GoogleProfile Action = "google.profile"
	GooglePause   Action = "google.pause"
	GoogleResume  Action = "google.resume"
	GoogleDiscard Action = "google.discard"

	RetrieverDeploy Action = "retriever.deploy" // a device ordered for a joiner
	IdentityMatch   Action = "identity.match"   // a person says whether a new record is somebody known
	IdentityRehire  Action = "identity.rehire"  // a person says that somebody whose access was ended is let in again
	IdentityLogin   Action = "identity.login"   // a login that nobody else has
	IdentityHR      Action = "identity.hr"      // what HR must say before the role is whole
	TellManager     Action = "tell.manager"
	TellHR          Action = "tell.hr"
)

// The phases of joining, moving and leave that hold steps.
const (
	Identify Phase = "identify"
	Prepare  Phase = "prepare"
	Begin    Phase = "begin"
	Adjust   Phase = "adjust"
	Overlap  Phase = "overlap"
	Pause    Phase = "pause"
	Resume   Phase = "resume"
	Settle   Phase = "settle"
	CleanUp  Phase = "clean_up"
)

// RolePhases lists them in the order in which they begin.
func RolePhases() []Phase {
	return []Phase{Identify, Prepare, Begin, Adjust, Overlap, Pause, Resume, Settle, CleanUp}
}

// RoleSettings is what the processes of joining, moving and leave need of the policy.
type RoleSettings struct {
	// On says that the policy has a mapping: without one nobody's account is made or changed.
	On bool `json:"on,omitempty"`

	Google         string        `json:"google,omitempty"` // okta, direct, none: who makes Google accounts
	GooglePoll     time.Duration `json:"googlePoll,omitempty"`
	GoogleDeadline time.Duration `json:"googleDeadline,omitempty"` // an account that is not there by then is somebody's job
	ActivationMail bool          `json:"activationMail,omitempty"`
	// AskRehire has a person confirm that somebody comes back under the record they left under.
	AskRehire bool `json:"askRehire,omitempty"`
	// TakenFromHR says what to do when the address that HR gave is somebody else's: "ask", or "number" for the next free.
	TakenFromHR string `json:"takenFromHr,omitempty"`
	// TellManager and HRChannel are who is told what is ready.
	TellManager bool       `json:"tellManager,omitempty"`
	HRChannel   string     `json:"hrChannel,omitempty"`
	Equipment   *Equipment `json:"equipment,omitempty"` // nil: none is ordered
	// Overlap is how long a group is kept once the role no longer gives it, where its rule does not say.
	Overlap time.Duration `json:"overlap,omitempty"`
	// ShowMoves is when a move is shown on a card and a ticket: always, changes (of groups), problems.
	ShowMoves string `json:"showMoves,omitempty"`
	// LeaveGoogle is what becomes of the Google account on leave: keep, sign_out, suspend.
	LeaveGoogle string `json:"leaveGoogle,omitempty"`
}

// Equipment is the device that is ordered for a joiner.
type Equipment struct {
	Models   []string      `json:"models,omitempty"`
	OS       string        `json:"os,omitempty"`
	Speed    string        `json:"speed,omitempty"`
	Notify   []string      `json:"notify,omitempty"`
	Before   time.Duration `json:"before"` // the first day
	Poll     time.Duration `json:"poll"`
	Deadline time.Duration `json:"deadline"`
}
