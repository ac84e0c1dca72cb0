package plan

import (
	"slices"

	"tenure/internal/policy"
)

// Okta's status of a deactivated user.
const oktaDeprovisioned = "DEPROVISIONED"

// preset is the state a step starts in when the plan knows that it needs not run or that a person must act, and
// why; empty when it runs.
func (b builder) preset(a Action) (State, string) {
	switch StepID(a).System() {
	case "okta":
		return b.oktaPreset(a)
	case "google":
		return b.googlePreset(a)
	case "slack":
		if !b.policy.Slack.CutAccess {
			return IgnoredByPolicy, "the policy leaves Slack accounts to the identity provider (slack.cut_access)"
		}
	}
	return "", ""
}

// oktaPreset knows an account that is absent, and one that was deactivated before: its sign-in, sessions and
// factors are gone. Groups and device registrations outlive a deactivation, so those steps run.
func (b builder) oktaPreset(a Action) (State, string) {
	o := b.facts.Okta
	switch {
	case o == nil:
	case !o.Exists:
		return NotApplicable, "no Okta account was found for this person"
	case o.Status == oktaDeprovisioned && a != OktaGroups && a != OktaDevices:
		return AlreadyAbsent, "the Okta account was deactivated before this case"
	}
	return "", ""
}

func (b builder) googlePreset(a Action) (State, string) {
	g := b.facts.Google
	if g != nil && !g.Exists {
		return NotApplicable, "no Google account was found for this person"
	}
	if a == GoogleOrgUnit && b.policy.Offboard.OrgUnit == "" {
		return IgnoredByPolicy, "the policy names no unit for leavers (offboard.org_unit)"
	}
	if g != nil {
		if state, note := mailboxPreset(a, *g); state != "" {
			return state, note
		}
	}
	return b.heirPreset(a)
}

// mailboxPreset knows what a mailbox that is closed, or that there is none of, makes impossible or needless.
func mailboxPreset(a Action, g GoogleFacts) (State, string) {
	// Groups that could not be read are read again by the step itself.
	if a == GoogleGroups && len(g.OwnedGroups) == 0 && !slices.Contains(g.Unread, "groups") {
		return NotApplicable, "the person owns no group alone"
	}
	switch {
	case g.Suspended && a == GoogleDelegate:
		return NeedsAttention, "the Google account was suspended before this case, so nobody can be let into the mailbox: un-suspend it, wait up to an hour, then retry this step"
	case g.Suspended && (a == GoogleAutoReply || a == GoogleForwarding):
		return NotApplicable, "the Google account was suspended before this case: it receives no mail"
	case !g.Suspended && !g.MailboxReady && ofMailbox(a):
		return NotApplicable, "the Google account has no mailbox"
	}
	return "", ""
}

func ofMailbox(a Action) bool {
	return a == GoogleDelegate || a == GoogleUndelegate || a == GoogleAutoReply || a == GoogleForwarding
}

// heirPreset asks a person where there is nobody to hand things to. google.undelegate runs all the same: it makes
// sure that nobody has the mailbox, whoever let them in.
func (b builder) heirPreset(a Action) (State, string) {
	if b.heir != nil {
		return "", ""
	}
	reply := b.policy.Offboard.AutoReply
	named := policy.MentionsHeir(reply.Subject) || policy.MentionsHeir(reply.Body)
	if a == GoogleDelegate || a == GoogleTransfer || a == GoogleGroups || (a == GoogleAutoReply && named) {
		return NeedsAttention, "nobody can take over: no manager up the line is an active employee of the company, and there is no custodian who could (offboard.custodian)"
	}
	return "", ""
}
