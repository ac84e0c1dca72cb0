package slackdoor

import (
	"strings"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// maxInput is Slack's limit for what is typed into one input.
const maxInput = 3000

// input draws one input.
func (m meta) input(id string, ask activities.Ask) slackapi.Block {
	day, hour, _ := strings.Cut(ask.When, " ")
	switch id {
	case blockWho:
		return field(id, "Person", "Work address or employee id.", text("dana@example.com", ask.Who, maxWho), false)
	case blockDay:
		e := slackapi.NewDatePickerBlockElement(inputID)
		e.InitialDate = day
		return field(id, "Day", "Leave it empty to begin now. A day without an hour begins at the policy's hour, where the person is.", e, true)
	case blockHour:
		e := slackapi.NewTimePickerBlockElement(inputID)
		e.InitialTime = hour
		return field(id, "Hour", "On that day, where the person is.", e, true)
	case blockEmergency:
		return field(id, "Urgency", "", emergencyInput(ask.Emergency), true)
	case blockSerial:
		return m.serialField(ask.Serial)
	case blockWhich:
		return field(id, "Who is released", "", whichInput(), false)
	case blockIDs:
		return m.idsField()
	case blockCount:
		return field(id, "How many people", "Up to so many are let through.", text("40", "", 6), false)
	case blockHours:
		return field(id, "For how many hours", "1 to 72.", text("1", "", 2), false)
	default:
		return field(id, "Reason", "Kept as evidence and announced in the private IT channel.", lines("Why", ask.Reason, maxReason), !m.needsReason())
	}
}

func (m meta) needsReason() bool { return m.Form == formPress && m.press.Verb.NeedsReason() }

// serialField asks what stands on the device. It is left empty on purpose, even where the button knows which device is
// awaited: a copied number proves nothing.
func (m meta) serialField(given string) slackapi.Block {
	if m.Form == formPress {
		return field(blockSerial, "Serial number", "As read off the device.", text("C02XY", "", 40), false)
	}
	return field(blockSerial, "Serial number", "Where the person has several computers.", text("C02XY", given, 40), true)
}

// idsField asks for people of a batch. Nobody is released by a slip of the hand; rejecting harms nobody.
func (m meta) idsField() slackapi.Block {
	const how = "Separated by spaces, commas or lines. A list that is too long for this: tenure batch, on the command line."
	e := lines("E1042, E1077", "", maxInput)
	if m.press.Verb == activities.VerbBatchReject {
		return field(blockIDs, "Only these employee ids", how+" Empty: everybody who is held.", e, true)
	}
	return field(blockIDs, "Employee ids", how, e, false)
}

func field(id, label, hint string, element slackapi.BlockElement, optional bool) slackapi.Block {
	var h *slackapi.TextBlockObject
	if hint != "" {
		h = plain(hint)
	}
	b := slackapi.NewInputBlock(id, plain(label), h, element)
	b.Optional = optional
	return b
}

func text(placeholder, value string, longest int) *slackapi.PlainTextInputBlockElement {
	e := slackapi.NewPlainTextInputBlockElement(plain(placeholder), inputID)
	e.InitialValue, e.MaxLength = value, longest
	return e
}

func lines(placeholder, value string, longest int) *slackapi.PlainTextInputBlockElement {
	e := text(placeholder, value, longest)
	e.Multiline = true
	return e
}

func emergencyInput(ticked bool) slackapi.BlockElement {
	o := slackapi.NewOptionBlockObject(emergencyYes, plain("Emergency: begin now, wait for nobody"), nil)
	e := slackapi.NewCheckboxGroupsBlockElement(inputID, o)
	if ticked {
		e.InitialOptions = []*slackapi.OptionBlockObject{o}
	}
	return e
}

// whichInput has no choice made, and none that needs no names: whoever releases thirty people has looked at them.
func whichInput() slackapi.BlockElement {
	return slackapi.NewRadioButtonsBlockElement(inputID,
		slackapi.NewOptionBlockObject(whichOnly, plain("Only the people named below"), nil),
		slackapi.NewOptionBlockObject(whichExcept, plain("Everybody held but those named below"), nil))
}
