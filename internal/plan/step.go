package plan

import "strings"

// StepID names one step of a case: "<system>.<action>" or "<system>.<action>:<app or serial>".
type StepID string

// Action is the step id without its object: "jamf.lock" of "jamf.lock:C02XY".
func (id StepID) Action() Action {
	a, _, _ := strings.Cut(string(id), ":")
	return Action(a)
}

// Object is the app or serial number of the step, if it has one: "C02XY" of "jamf.lock:C02XY".
func (id StepID) Object() string {
	_, o, _ := strings.Cut(string(id), ":")
	return o
}

// System is the part before the dot: "jamf".
func (id StepID) System() string {
	s, _, _ := strings.Cut(string(id), ".")
	return s
}

// For is the id of this action on one object.
func (a Action) For(object string) StepID {
	if object == "" {
		return StepID(a)
	}
	return StepID(string(a) + ":" + object)
}

// Action is what a step does to what kind of thing, without the object.
type Action string

// Every action a plan can hold. The catalogue in catalogue.go says what each needs, does and is called.
const (
	OktaRoles      Action = "okta.roles"      // admin roles stripped
	OktaSuspend    Action = "okta.suspend"    // sign-in blocked
	OktaSessions   Action = "okta.sessions"   // sessions and their tokens cleared
	OktaFactors    Action = "okta.factors"    // every enrolled factor reset
	OktaGrants     Action = "okta.grants"     // OAuth grants and client tokens revoked
	OktaDevices    Action = "okta.devices"    // devices of this person alone deactivated and deleted
	OktaGroups     Action = "okta.groups"     // removed from groups (rule-made memberships left and listed)
	OktaDeactivate Action = "okta.deactivate" // user DEPROVISIONED

	GoogleRoles      Action = "google.roles"      // super admin and delegated admin roles stripped
	GooglePassword   Action = "google.password"   // new random password, recovery data cleared
	GoogleSessions   Action = "google.sessions"   // signed out, twice
	GoogleTokens     Action = "google.tokens"     // OAuth tokens, app passwords, backup codes gone
	GoogleForwarding Action = "google.forwarding" // forwarding, forwarding filters and the leaver's own delegates removed and recorded
	GoogleDelegate   Action = "google.delegate"   // mailbox lent to the manager
	GoogleTransfer   Action = "google.transfer"   // Drive and Calendar transferred
	GoogleAutoReply  Action = "google.autoreply"  // vacation responder says who to write to
	GoogleGroups     Action = "google.groups"     // group ownership moved to the manager
	GoogleHide       Action = "google.hide"       // out of the directory
	GoogleOrgUnit    Action = "google.orgunit"    // moved to the leavers' organisational unit
	GoogleUndelegate Action = "google.undelegate" // the lease has ended: delegate removed
	GoogleSuspend    Action = "google.suspend"    // account suspended

	JamfLock     Action = "jamf.lock"     // one computer locked with its own PIN
	SlackAccount Action = "slack.account" // Slack sessions reset or account deactivated, where the plan allows
	AppRevoke    Action = "app.revoke"    // one application's access
	DeviceReturn Action = "device.return" // one device back, checked in and in stock
)

// State is where a step stands. The words are fixed; people read them on the card, in the ticket and in evidence.
type State string

// The step states.
const (
	Pending         State = "pending"
	Running         State = "running"
	Waiting         State = "waiting"
	Verified        State = "verified"          // a separate read of the target agreed
	AlreadyAbsent   State = "already_absent"    // there was nothing left to take away
	NotApplicable   State = "not_applicable"    // the person has no such thing
	IgnoredByPolicy State = "ignored_by_policy" // policy says to leave it
	Delegated       State = "delegated"         // a person outside IT was asked to do it
	Skipped         State = "skipped"           // a person decided, with a reason
	NeedsAttention  State = "needs_attention"   // it could not be done; somebody's job now
	Unverified      State = "unverified"        // the target said yes, the read-back disagrees
)

// Ended says whether nothing more will happen to a step by itself and nobody is waited for.
func (s State) Ended() bool {
	switch s {
	case Verified, AlreadyAbsent, NotApplicable, IgnoredByPolicy, Skipped:
		return true
	case Pending, Running, Waiting, Delegated, NeedsAttention, Unverified:
		return false
	}
	return false
}

// Proved says whether the goal of the step is known to hold: what a critical step must reach for a case to count
// as a success. A step skipped by a person has ended but is not proved.
func (s State) Proved() bool {
	return s == Verified || s == AlreadyAbsent || s == NotApplicable
}

// AsksForPerson says whether the step waits for a person to act.
func (s State) AsksForPerson() bool {
	return s == NeedsAttention || s == Unverified || s == Delegated
}

// Phase is a part of the Offboard process. Phases are Go code in order; a plan says which steps are in each.
type Phase string

// The phases of Offboard that hold steps.
const (
	Contain  Phase = "contain"
	HandOver Phase = "hand_over"
	Apps     Phase = "apps"
	Devices  Phase = "devices"
	LeaseEnd Phase = "lease_end"
)

// Phases lists the phases in the order in which they begin.
func Phases() []Phase { return []Phase{Contain, HandOver, Apps, Devices, LeaseEnd} }
