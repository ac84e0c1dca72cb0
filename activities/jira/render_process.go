package jira

import "tenure/internal/plan"

// The processes that a ticket can show, as the view names them.
const (
	deviceReturn = "DeviceReturn"
	onboard      = "Onboard"
	move         = "Move"
	leave        = "Leave"
)

// processTitle is what a case is called, up to the name of the person.
func processTitle(process string) string {
	switch process {
	case deviceReturn:
		return "Return of device:"
	case onboard:
		return "Onboarding of"
	case move:
		return "Move of"
	case leave:
		return "Leave of"
	}
	return process + ":"
}

// effectiveWord is what the moment is called at which a case takes effect.
func effectiveWord(process string) string {
	switch process {
	case onboard:
		return "first day"
	case leave:
		return "on leave from"
	}
	return "effective"
}

// The phases in words.
var phaseWords = map[plan.Phase]string{plan.Contain: "Contain", plan.HandOver: "Hand over", plan.Apps: "Applications",
	plan.Devices: "Devices", plan.LeaseEnd: "End of the lease",
	plan.Identify: "Who it is", plan.Prepare: "Before the first day", plan.Begin: "The first day", plan.Adjust: "Accounts brought to the role",
	plan.Overlap: "Old access, kept for a while", plan.Pause: "Access paused", plan.Resume: "Back from leave", plan.Settle: "Told and settled",
	plan.CleanUp: "Called off: taken back"}
