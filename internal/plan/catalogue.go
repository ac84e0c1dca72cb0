package plan

import "tenure/internal/policy"

// Work names what performs an action: the name of an activity, or of a process. Neighbouring steps of the same
// work are performed by one call; see [Batches].
type Work string

// The works. They are the names of the activities' handles (package activities, which this package must not
// import; a test holds the two together), and for a device the name of its process.
const (
	OktaCutAccess         Work = "okta.CutAccess"
	OktaRevokeCredentials Work = "okta.RevokeCredentials"
	OktaRemoveGroups      Work = "okta.RemoveGroups"
	OktaDeactivateUser    Work = "okta.DeactivateUser"
	OktaUnassignApp       Work = "okta.UnassignApp"
	GoogleCutAccess       Work = "google.CutAccess"
	GoogleCloseLeaks      Work = "google.CloseLeaks"
	GoogleDelegateMailbox Work = "google.DelegateMailbox"
	GoogleRemoveDelegate  Work = "google.RemoveDelegate"
	GoogleSetAutoReply    Work = "google.SetAutoReply"
	GoogleStartTransfer   Work = "google.StartTransfer"
	GoogleMoveGroups      Work = "google.MoveGroups"
	GoogleHideUser        Work = "google.HideUser"
	GoogleMoveOrgUnit     Work = "google.MoveOrgUnit"
	GoogleSuspendUser     Work = "google.SuspendUser"
	JamfLockComputer      Work = "jamf.LockComputer"
	SlackCutAccess        Work = "slack.CutAccess"
	ReturnDevice          Work = "DeviceReturn"
)

// Entry is what is known of one action, whoever the leaver is. Where it may stand in an order is in package
// policy, so that a policy file with an impossible order is refused when it is read.
type Entry struct {
	Action   Action
	Critical bool // the case is no success until the step is proved
	Work     Work
	// Title is what people read, in the past tense because it is read beside a state. {heir}, {app} and {device}
	// are filled in.
	Title string
	// Nobody is the title where there is no heir; empty where the title does not name one.
	Nobody string
	// Runbook is what a person does when the step cannot be done automatically.
	Runbook string
	// Single actions are performed one step at a time, even beside others of the same work.
	Single bool

	phase Phase // of an action that is no leaver's
}

// Phase is where the action stands when the policy does not say.
func (e Entry) Phase() Phase {
	if e.phase != "" {
		return e.phase
	}
	return Phase(policy.DefaultPhase(string(e.Action)))
}

// System is whose account or thing the action changes: "okta", "google", "jamf", "slack", "app", "device".
func (e Entry) System() string { return StepID(e.Action).System() }

// Lookup finds an action in the catalogue, or in that of joining, moving and leave.
func Lookup(a Action) (Entry, bool) {
	for _, entries := range [][]Entry{catalogue, roleCatalogue} {
		for _, e := range entries {
			if e.Action == a {
				return e, true
			}
		}
	}
	return Entry{}, false
}

// Catalogue is every action of a leaver, in the default order.
func Catalogue() []Entry { return append([]Entry(nil), catalogue...) }

// WorkOf is what performs the action; empty for an unknown one.
func WorkOf(a Action) Work {
	e, _ := Lookup(a)
	return e.Work
}

// Runbook is what a person does when the step cannot be done automatically; empty for an unknown action.
func Runbook(id StepID) string {
	e, _ := Lookup(id.Action())
	return e.Runbook
}

// Batches groups steps into calls: neighbours of the same work go together, in the given order.
func Batches(steps []Step) [][]Step {
	var out [][]Step
	for i, s := range steps {
		e, _ := Lookup(s.ID.Action())
		if i == 0 || e.Single || WorkOf(steps[i-1].ID.Action()) != e.Work {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], s)
	}
	return out
}

var catalogue = []Entry{
	{Action: OktaRoles, Critical: true, Work: OktaCutAccess,
		Title:   "Okta admin roles taken away",
		Runbook: "In Okta, Security > Administrators: remove every role of the person, then say done."},
	{Action: OktaSuspend, Critical: true, Work: OktaCutAccess,
		Title:   "Okta sign-in blocked",
		Runbook: "In Okta, Directory > People > the person > More Actions > Suspend; deactivate if Okta refuses to suspend. Then say done."},
	{Action: OktaSessions, Critical: true, Work: OktaCutAccess,
		Title:   "Okta sessions and their tokens cleared",
		Runbook: "In Okta, the person > More Actions > Clear User Sessions, with the tokens ticked. Then say done."},
	{Action: OktaFactors, Critical: true, Work: OktaRevokeCredentials,
		Title:   "Okta sign-in factors reset",
		Runbook: "In Okta, the person > More Actions > Reset Authenticators > Reset All. Only before the person is deactivated. Then say done."},
	{Action: OktaGrants, Critical: true, Work: OktaRevokeCredentials,
		Title:   "Okta grants and client tokens revoked",
		Runbook: "Revoke the person's OAuth grants in Okta (user grants in the API: DELETE /api/v1/users/{id}/grants). Then say done."},
	{Action: OktaDevices, Critical: true, Work: OktaRevokeCredentials,
		Title:   "Okta device registrations removed",
		Runbook: "In Okta, Directory > Devices: deactivate and delete devices that only this person uses; leave shared ones. Then say done."},
	{Action: GoogleRoles, Critical: true, Work: GoogleCutAccess,
		Title:   "Google admin roles taken away",
		Runbook: "In Google Admin, the person > Admin roles and privileges: unassign every role. Then say done."},
	{Action: GooglePassword, Critical: true, Work: GoogleCutAccess,
		Title:   "Google password replaced, recovery data cleared",
		Runbook: "In Google Admin, the person > Security: reset to a random password that nobody keeps, and clear recovery mail and phone. Then say done."},
	{Action: GoogleSessions, Critical: true, Work: GoogleCutAccess,
		Title:   "Signed out of Google everywhere",
		Runbook: "In Google Admin, the person > Security > Sign-in cookies > Reset. Then say done."},
	{Action: GoogleTokens, Critical: true, Work: GoogleCutAccess,
		Title:   "Google tokens, app passwords and backup codes gone",
		Runbook: "In Google Admin, the person > Security: remove connected applications and app passwords, and get new backup codes. Then say done."},
	{Action: JamfLock, Critical: true, Work: JamfLockComputer, Single: true,
		Title:   "{device} locked",
		Runbook: "In Jamf Pro, look into the computer's history for a lock command. If one waits, get the computer online, then say retry; never a second PIN, it strands the computer. If none waits, say retry."},
	{Action: SlackAccount, Work: SlackCutAccess,
		Title:   "Slack account closed",
		Runbook: "In Slack, Manage members > the person > Deactivate account. Then say done."},
	{Action: OktaDeactivate, Critical: true, Work: OktaDeactivateUser,
		Title:   "Okta account deactivated",
		Runbook: "In Okta, the person > More Actions > Deactivate. Not while the mailbox is lent if Okta deactivates Google accounts. Then say done."},
	{Action: GoogleForwarding, Work: GoogleCloseLeaks,
		Title:   "Mail forwarding and earlier delegates removed",
		Runbook: "Turn off forwarding, forwarding filters and foreign delegates in the mailbox's settings, and write down what was there. Then say done."},
	{Action: GoogleDelegate, Critical: true, Work: GoogleDelegateMailbox,
		Title: "Mailbox lent to {heir}", Nobody: "Mailbox lent",
		Runbook: "Decide who takes over. In Google Admin the account must be active; add the delegate in the mailbox's settings. Then say done."},
	{Action: GoogleAutoReply, Work: GoogleSetAutoReply,
		Title:   "Auto-reply switched on",
		Runbook: "Set the vacation responder of the mailbox by hand, saying who to write to. Then say done."},
	{Action: GoogleTransfer, Critical: true, Work: GoogleStartTransfer,
		Title: "Drive and Calendar handed to {heir}", Nobody: "Drive and Calendar handed over",
		Runbook: "In Google Admin, Account > Data transfer: look for a running transfer first, start one only if there is none. Then say done."},
	{Action: GoogleGroups, Work: GoogleMoveGroups,
		Title: "Group ownership moved to {heir}", Nobody: "Group ownership moved",
		Runbook: "In Google Groups, make somebody else owner of the groups that only this person owns. Then say done."},
	{Action: GoogleHide, Work: GoogleHideUser,
		Title:   "Hidden from the company directory",
		Runbook: "In Google Admin, the person > User information: turn off sharing in the directory. Then say done."},
	{Action: GoogleOrgUnit, Work: GoogleMoveOrgUnit,
		Title:   "Moved to the leavers' organisational unit",
		Runbook: "In Google Admin, move the person to the leavers' unit, and check that the delegate still sees the mailbox. Then say done."},
	{Action: OktaGroups, Work: OktaRemoveGroups,
		Title:   "Okta groups left",
		Runbook: "In Okta, remove the person from groups that were assigned by hand; leave memberships that a rule made. Then say done."},
	{Action: AppRevoke, Work: OktaUnassignApp, Single: true,
		Title:   "{app}: access removed",
		Runbook: "Remove the person's account in the application itself, or ask its owner to. Then say done."},
	{Action: DeviceReturn, Critical: true, Work: ReturnDevice, Single: true,
		Title:   "{device} returned",
		Runbook: "Get the device back and compare its serial number, then say `tenure device received`; skip with a reason if it is lost."},
	{Action: GoogleUndelegate, Critical: true, Work: GoogleRemoveDelegate,
		Title: "Mailbox no longer lent to {heir}", Nobody: "Mailbox no longer lent",
		Runbook: "Remove the delegate in the mailbox's settings while the account is still active. Then say done."},
	{Action: GoogleSuspend, Critical: true, Work: GoogleSuspendUser,
		Title:   "Google account suspended",
		Runbook: "In Google Admin, the person > Suspend user, after the delegate is removed. Then say done."},
}
