package slack

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/plan"
)

// How many buttons a card shows. What is left out can be done by command, and the card says so.
const (
	maxStepRows   = 5   // steps with buttons of their own
	maxReceived   = 5   // devices with a button
	maxButtons    = 25  // in one row
	maxButton     = 75  // characters of a label
	maxConfirm    = 150 // Slack takes 300, but counts them all towards a message's length
	maxActionID   = 255
	maxPressValue = 2000
)

// The phases the buttons depend on, as the view names them.
const (
	phaseLease   = "lease"
	phaseClose   = "close"
	phaseRescind = "rescind"
	stepCheckIn  = "device.checkin" // of a return that stands alone
)

// casePresses is what people can decide about the case as a whole now.
func casePresses(v activities.CaseView) []activities.Press {
	if v.Closed {
		return nil
	}
	press := func(verb activities.Verb, label string, danger bool) activities.Press {
		return activities.Press{Verb: verb, Label: label, Danger: danger, Case: v.Case, Run: v.Run}
	}
	var out []activities.Press
	if a := v.Approvals; a != nil {
		approve := press(activities.VerbApprove, fmt.Sprintf("Approve (%d of %d)", min(len(a.By)+1, a.Needed), a.Needed), false)
		deny := press(activities.VerbDeny, "Deny", false)
		approve.Nonce, deny.Nonce = a.Nonce, a.Nonce
		out = append(out, approve, deny)
	}
	if v.OnHold {
		out = append(out, press(activities.VerbRelease, "Release the hold", false))
	}
	if v.Approvals != nil || v.Phase == phaseClose || v.Phase == phaseRescind {
		return out
	}
	// A move and a leave follow HR's record: they are called off there. So is a hire, but IT may hear of it first.
	if v.Process == onboard && v.Phase != string(plan.CleanUp) && v.Phase != string(plan.Settle) { // settled: the account is open
		return append(out, press(activities.VerbRescind, "Call off", true))
	}
	if v.Process != offboard {
		return out
	}
	if !v.OnHold {
		out = append(out, press(activities.VerbHold, "Put on hold", false))
	}
	if v.Phase == phaseLease && !v.LeaseEnds.IsZero() {
		out = append(out, press(activities.VerbExtend, "Extend the mailbox loan", false))
	}
	return append(out, press(activities.VerbRescind, "Rescind", true))
}

// receivedPresses is one button for each device that is not back yet. The serial number is left out: the person who
// has the device in hand reads it off the device.
func receivedPresses(v activities.CaseView) []activities.Press {
	var out []activities.Press
	for _, r := range v.Returns {
		step := plan.DeviceReturn.For(r.Serial)
		if !v.Closed && len(out) < maxReceived && onItsWay(r.Milestone) && !ended(v.Steps, step) {
			out = append(out, activities.Press{Verb: activities.VerbReceived, Label: "Laptop " + oneLine(r.Serial) + " received",
				Case: v.Case, Run: v.Run, Step: step})
		}
	}
	return out
}

// onItsWay says whether somebody may yet get the device into their hands. One whose box was cancelled or given up may
// still be brought by its user.
func onItsWay(m activities.Milestone) bool {
	return m != activities.DeviceCheckedIn && m != activities.InStock
}

func ended(steps []activities.StepView, id plan.StepID) bool {
	return slices.ContainsFunc(steps, func(s activities.StepView) bool { return s.ID == id && s.State.Ended() })
}

// stepPresses is what people can do about a step that asks for one.
func stepPresses(v activities.CaseView, s activities.StepView) []activities.Press {
	press := func(verb activities.Verb, label string) activities.Press {
		return activities.Press{Verb: verb, Label: label, Case: v.Case, Run: v.Run, Step: s.ID}
	}
	skip := press(activities.VerbSkip, "Skip")
	if a := s.ID.Action(); a == plan.DeviceReturn || a == stepCheckIn { // ends by the serial number, or never
		return []activities.Press{skip}
	}
	if a, asked := questions[s.ID.Action()]; asked { // trying again would ask it again
		skip.Label = a.no
		return []activities.Press{press(activities.VerbDone, a.yes), skip}
	}
	return []activities.Press{press(activities.VerbRetry, "Retry"), press(activities.VerbDone, "Done by hand"), skip}
}

// answers are the two answers to a step that asks something rather than for work: done is yes, and skip is no.
type answers struct{ yes, no string }

var questions = map[plan.Action]answers{
	plan.IdentityMatch:  {"Same person", "Somebody else"},
	plan.IdentityRehire: {"Let in again", "Leave out"},
}

// asks says whether the step's buttons are shown: it asks for a person, or waits for a person's answer.
func asks(s activities.StepView) bool {
	_, asked := questions[s.ID.Action()]
	return s.State.AsksForPerson() || asked && s.State == plan.Waiting
}

// pressBlocks are the buttons of a case's card: what can be decided about it, then a row for each of the first steps
// that ask for a person, the critical ones first.
func pressBlocks(v activities.CaseView) []slackapi.Block {
	if v.Closed {
		return nil
	}
	d := drawer{about: title(v), used: map[string]bool{}}
	blocks := d.rows(append(casePresses(v), receivedPresses(v)...))
	var open []activities.StepView
	for _, s := range v.Steps {
		if asks(s) {
			open = append(open, s)
		}
	}
	slices.SortStableFunc(open, func(a, b activities.StepView) int { return cmp.Compare(rank(a), rank(b)) })
	for _, s := range open[:min(len(open), maxStepRows)] {
		blocks = append(blocks, slackapi.NewContextBlock("", mrkdwn(fmt.Sprintf("%s %s · %s", signOf(s.State).emoji, escape(oneLine(s.Title), 80), stepCode(s.ID)))))
		blocks = append(blocks, d.rows(stepPresses(v, s))...)
	}
	if left := len(open) - maxStepRows; left > 0 {
		blocks = append(blocks, slackapi.NewContextBlock("", mrkdwn(fmt.Sprintf("%s without buttons here: `tenure step retry`, `done` or `skip`, with %s and the step's id",
			plural(left, "more step", "more steps"), codeText(string(v.Employee))))))
	}
	return blocks
}

func rank(s activities.StepView) int {
	if s.Critical {
		return 0
	}
	return 1
}

// drawer makes buttons whose action ids are unique in one message.
type drawer struct {
	about string // what the buttons are about, for the question before a dangerous one
	used  map[string]bool
}

// rows puts presses into as few blocks as Slack lets. One whose value is too long for a button is left out: what it
// means can still be typed.
func (d drawer) rows(presses []activities.Press) []slackapi.Block {
	var buttons []slackapi.BlockElement
	for _, p := range presses {
		if len(p.Value()) <= maxPressValue {
			buttons = append(buttons, d.button(p))
		}
	}
	var out []slackapi.Block
	for row := range slices.Chunk(buttons, maxButtons) {
		out = append(out, slackapi.NewActionBlock("", row...))
	}
	return out
}

func (d drawer) button(p activities.Press) *slackapi.ButtonBlockElement {
	label := shorten(firstOf(oneLine(p.Label), words(string(p.Verb))), maxButton)
	b := slackapi.NewButtonBlockElement(d.actionID(p), p.Value(), slackapi.NewTextBlockObject(slackapi.PlainTextType, label, false, false))
	switch {
	case p.Danger:
		b.Style = slackapi.StyleDanger
		b.Confirm = slackapi.NewConfirmationBlockObject(flat("Are you sure?"), flat(shorten(label+"? "+d.about, maxConfirm)), flat("Yes"), flat("No"))
	case p.Verb == activities.VerbDeny: // asks for a reason, which is question enough
		b.Style = slackapi.StyleDanger
	case p.Verb == activities.VerbApprove:
		b.Style = slackapi.StylePrimary
	}
	return b
}

// actionID is readable and, in its message, unique: the verb and what it is about.
func (d drawer) actionID(p activities.Press) string {
	id := activities.PressPrefix + string(p.Verb)
	if about := firstOf(string(p.Step), p.Batch); about != "" {
		id += "." + about
	}
	if runes(id) > maxActionID-10 || d.used[id] {
		sum := fnv.New32a()
		_, _ = fmt.Fprintf(sum, "%s %d", p.Value(), len(d.used)) // a hash never fails
		id = fmt.Sprintf("%s%s.%08x", activities.PressPrefix, p.Verb, sum.Sum32())
	}
	d.used[id] = true
	return id
}

// flat is plain text in which Slack draws no emoji.
func flat(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.PlainTextType, s, false, false)
}
