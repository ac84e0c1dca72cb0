package plan

import "strings"

// The works of joining, moving and leave of absence.
const (
	OktaConvergeUser      Work = "okta.ConvergeUser"
	GoogleConvergeUser    Work = "google.ConvergeUser"
	RetrieverDeployDevice Work = "retriever.DeployDevice"
	SlackTell             Work = "slack.Tell"
	SlackAnnounce         Work = "slack.Announce"
)

// RoleCatalogue is every action of joining, moving and leave of absence, in the order in which they are performed where
// several are. They are no part of [Catalogue], which is what a policy can put in order for a leaver. What a person
// decides (identity.match and the like) has no work: nothing performs it.
func RoleCatalogue() []Entry { return append([]Entry(nil), roleCatalogue...) }

// RoleStep is the step of one of those actions, with what people read, in the phase where it mostly stands; [Step.In]
// puts it in another. Object is what the step is about where there are several: who a new record may be. An unknown
// action is a step without a title.
func RoleStep(a Action, object string) Step {
	s := Step{ID: a.For(object)}
	for _, e := range roleCatalogue {
		if e.Action == a {
			s.Phase, s.Critical, s.Title = e.phase, e.Critical, roleTitle(e, object)
		}
	}
	return s
}

// In is the step in another phase: a profile is brought up to date before the first day as well as on a move.
func (s Step) In(p Phase) Step {
	s.Phase = p
	return s
}

// roleTitle fills the object in, or names it behind a title that has no place for it.
func roleTitle(e Entry, object string) string {
	switch {
	case object == "":
		return strings.ReplaceAll(e.Title, "{object}", "somebody known already")
	case strings.Contains(e.Title, "{object}"):
		return strings.ReplaceAll(e.Title, "{object}", object)
	default:
		return e.Title + ": " + object
	}
}

var roleCatalogue = []Entry{
	{Action: IdentityMatch, phase: Identify,
		Title:   "Is this {object}?",
		Runbook: "Ask HR whether the two records are one person's. Say done if they are: the person keeps their accounts. Say skip if they are two people: the new one gets accounts of their own."},
	{Action: IdentityRehire, phase: Identify,
		Title:   "Hired again, to be let in",
		Runbook: "See in Namely, or ask HR, that the person works here again. Say done to let them in: they get what today's role gives, and an offboarding that still runs is wound down. Say skip, with the reason, to leave them out."},
	{Action: IdentityHR, phase: Identify,
		Title:   "HR's record complete",
		Runbook: "Ask HR to fill in what is named here. It goes on by itself at the next reading of Namely; say retry to look at once."},
	{Action: IdentityLogin, phase: Identify,
		Title:   "A login of their own",
		Runbook: "The address that HR gave is somebody else's. Have HR give another one, or free that one in Okta and Google, then say retry. Never give one person's login to another while the accounts behind it last."},
	{Action: OktaCreate, Critical: true, phase: Prepare, Work: OktaConvergeUser,
		Title:   "Okta account made",
		Runbook: "In Okta, Directory > People: look for the person by employee number and login first, deactivated accounts too. Add the person without activating if there is none. Then say retry."},
	{Action: OktaPause, Critical: true, phase: Pause, Work: OktaConvergeUser,
		Title:   "Okta sign-in paused",
		Runbook: "In Okta, the person > More Actions > Suspend, then Clear User Sessions. Then say done."},
	{Action: OktaResume, Critical: true, phase: Resume, Work: OktaConvergeUser,
		Title:   "Okta sign-in back",
		Runbook: "See in Namely that the person is back, and in Okta's log that nobody else suspended the account. Then the person > More Actions > Unsuspend, and say done."},
	{Action: OktaProfile, Critical: true, phase: Adjust, Work: OktaConvergeUser,
		Title:   "Okta profile as HR has it",
		Runbook: "In Okta, the person > Profile: bring the attributes named here to what HR has. One that another system masters is changed there. Then say retry."},
	{Action: OktaJoin, Critical: true, phase: Adjust, Work: OktaConvergeUser,
		Title:   "Okta groups of the role joined",
		Runbook: "In Okta, see that the groups named here exist and that Tenure's token may manage them; add the person, or mend the name in the policy. Then say retry."},
	{Action: OktaOpen, Critical: true, phase: Begin, Work: OktaConvergeUser,
		Title:   "Okta account open",
		Runbook: "See in Namely that the person works here. In Okta, the person > Activate; find out first who suspended an account that is suspended. Then say done."},
	{Action: OktaQuit, Critical: true, phase: Adjust, Work: OktaConvergeUser,
		Title:   "Okta groups of the earlier role left",
		Runbook: "In Okta, remove the person from the groups named here; leave memberships that a rule or an application made. Then say done."},
	{Action: OktaDiscard, Critical: true, phase: CleanUp, Work: OktaConvergeUser,
		Title:   "Okta account of the hire discarded",
		Runbook: "See in Namely that the hire was called off. In Okta, the person > More Actions > Deactivate. Then say done."},
	{Action: GoogleAccount, Critical: true, phase: Prepare, Work: GoogleConvergeUser,
		Title:   "Google account there",
		Runbook: "Where Okta makes Google accounts, look in Okta under the Google application for what provisioning said, and see that a group of the role assigns it. Otherwise add the person in Google Admin. Then say retry."},
	{Action: GooglePause, Critical: true, phase: Pause, Work: GoogleConvergeUser,
		Title:   "Signed out of Google",
		Runbook: "In Google Admin, the person > Security > Sign-in cookies > Reset, and remove connected applications; suspend the account where the policy says so. Then say done."},
	{Action: GoogleResume, Critical: true, phase: Resume, Work: GoogleConvergeUser,
		Title:   "Google account back",
		Runbook: "See in Namely that the person is back. In Google Admin, the person > Reactivate, and see that nobody else suspended the account. Then say done."},
	{Action: GoogleProfile, phase: Adjust, Work: GoogleConvergeUser,
		Title:   "Google profile as HR has it",
		Runbook: "In Google Admin, bring name, title, department, manager and organisational unit to what is named here. Then say done."},
	{Action: GoogleDiscard, Critical: true, phase: CleanUp, Work: GoogleConvergeUser,
		Title:   "Google account of the hire discarded",
		Runbook: "See in Namely that the hire was called off. In Google Admin, the person > Suspend user. Then say done."},
	{Action: RetrieverDeploy, phase: Prepare, Work: RetrieverDeployDevice, Single: true,
		Title:   "Computer ordered",
		Runbook: "In Retriever, look for an order for this person first; order a computer only if there is none. Then say done."},
	{Action: TellManager, phase: Settle, Work: SlackTell, Single: true,
		Title:   "Manager told",
		Runbook: "Tell the manager what is ready and what is not. Then say done."},
	{Action: TellHR, phase: Settle, Work: SlackAnnounce, Single: true,
		Title:   "HR told",
		Runbook: "Tell HR what is ready and what is not. Then say done."},
}
