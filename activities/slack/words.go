package slack

import (
	"strings"

	"tenure/activities"
	"tenure/internal/plan"
)

// sign is how a state is shown: the word always, the emoji beside it for those who see it.
type sign struct{ emoji, word string }

func signOf(s plan.State) sign {
	switch s {
	case plan.Pending:
		return sign{":white_square_button:", "pending"}
	case plan.Running:
		return sign{":hourglass_flowing_sand:", "running"}
	case plan.Waiting:
		return sign{":hourglass:", "waiting"}
	case plan.Verified:
		return sign{":white_check_mark:", "verified"}
	case plan.AlreadyAbsent:
		return sign{":heavy_check_mark:", "already absent"}
	case plan.NotApplicable:
		return sign{":heavy_minus_sign:", "not applicable"}
	case plan.IgnoredByPolicy:
		return sign{":no_entry_sign:", "ignored by policy"}
	case plan.Delegated:
		return sign{":bust_in_silhouette:", "delegated"}
	case plan.Skipped:
		return sign{":fast_forward:", "skipped"}
	case plan.NeedsAttention:
		return sign{":raised_hand:", "needs attention"}
	case plan.Unverified:
		return sign{":warning:", "unverified"}
	}
	return sign{":grey_question:", words(string(s))}
}

func phaseTitle(p plan.Phase) string {
	switch p {
	case plan.Contain:
		return "Containment"
	case plan.HandOver:
		return "Hand-over"
	case plan.Apps:
		return "Applications"
	case plan.Devices:
		return "Devices"
	case plan.LeaseEnd:
		return "End of the mailbox lease"
	case plan.Identify:
		return "Who it is"
	case plan.Prepare:
		return "Before the first day"
	case plan.Begin:
		return "The first day"
	case plan.Adjust:
		return "Accounts brought to the role"
	case plan.Overlap:
		return "Old access, kept for a while"
	case plan.Pause:
		return "Access paused"
	case plan.Resume:
		return "Back from leave"
	case plan.Settle:
		return "Told and settled"
	case plan.CleanUp:
		return "Called off: taken back"
	}
	if p == "" {
		return "Steps"
	}
	return words(string(p))
}

// The processes that a card can show, as the view names them.
const (
	offboard     = "Offboard"
	deviceReturn = "DeviceReturn"
	onboard      = "Onboard"
	move         = "Move"
	leave        = "Leave"
)

// processTitle is what a case is called, up to the name of the person.
func processTitle(process string) string {
	switch process {
	case offboard:
		return "Offboarding:"
	case deviceReturn:
		return "Device return:"
	case onboard:
		return "Onboarding of"
	case move:
		return "Move of"
	case leave:
		return "Leave of"
	}
	return process + ":"
}

// effectiveTitle is what the moment is called at which a case takes effect.
func effectiveTitle(process string) string {
	switch process {
	case onboard:
		return "First day"
	case leave:
		return "On leave from"
	}
	return "Effective"
}

func milestoneSign(m activities.Milestone) sign {
	switch m {
	case activities.Ordered:
		return sign{":package:", "box ordered"}
	case activities.BoxShipped:
		return sign{":truck:", "box on its way to the person"}
	case activities.BoxDelivered:
		return sign{":mailbox:", "box delivered"}
	case activities.DeviceShipped:
		return sign{":truck:", "device on its way back"}
	case activities.DeviceArrived:
		return sign{":inbox_tray:", "device arrived, not checked in yet"}
	case activities.DeviceCheckedIn:
		return sign{":white_check_mark:", "device checked in"}
	case activities.InStock:
		return sign{":white_check_mark:", "device in stock"}
	case activities.Deactivated:
		return sign{":x:", "order cancelled or given up"}
	case "":
		return sign{":white_square_button:", "not begun"}
	}
	return sign{":grey_question:", words(string(m))}
}

func routeWord(route string) string {
	switch plan.ReturnRoute(route) {
	case plan.ByBox:
		return "by box"
	case plan.InPerson:
		return "in person"
	}
	return words(route)
}

// words makes a code readable: "in_transit" is "in transit".
func words(code string) string { return escape(strings.ReplaceAll(code, "_", " "), 60) }
