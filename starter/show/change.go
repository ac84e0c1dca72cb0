package show

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// ChangeKind says what of a case changed.
type ChangeKind string

// The kinds of change.
const (
	ChangePhase    ChangeKind = "phase"
	ChangeStep     ChangeKind = "step"
	ChangeDevice   ChangeKind = "device"
	ChangeApproval ChangeKind = "approval"
	ChangeHold     ChangeKind = "hold"
	ChangeHeadline ChangeKind = "headline"
	ChangeClosed   ChangeKind = "closed"
	ChangeNotice   ChangeKind = "notice" // nobody answers for the case
)

// Change is one difference between two views of a case.
type Change struct {
	At   time.Time   `json:"at"`
	Kind ChangeKind  `json:"kind"`
	Step plan.StepID `json:"step,omitempty"`
	// Device is the serial number, for a device.
	Device string `json:"device,omitempty"`
	// From and To are the phase, the state of the step or the milestone of the device, before and after.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	Text string `json:"text,omitempty"`
}

// Changes says what happened between two views of a case, in the order of the case. Of a case that was not seen before
// (the zero view) everything that has happened is told. now stands for when it was seen, where the case does not say.
func Changes(was, is activities.CaseView, now time.Time) []Change {
	var all []Change
	add := func(c Change) {
		if c.At.IsZero() {
			c.At = now
		}
		all = append(all, c)
	}
	if was.Phase != is.Phase {
		add(Change{Kind: ChangePhase, From: was.Phase, To: is.Phase})
	}
	for _, s := range is.Steps {
		if c, ok := stepChange(was, s); ok {
			add(c)
		}
	}
	for _, r := range is.Returns {
		if c, ok := deviceChange(was, r); ok {
			add(c)
		}
	}
	if c, ok := approvalChange(was.Approvals, is.Approvals); ok {
		add(c)
	}
	if was.OnHold != is.OnHold {
		add(holdChange(is))
	}
	if was.Headline != is.Headline && !is.Closed {
		add(Change{Kind: ChangeHeadline, Text: is.Headline})
	}
	if is.Closed && !was.Closed {
		add(Change{Kind: ChangeClosed, At: is.ClosedAt, To: is.Outcome, Text: is.Headline})
	}
	if was.Case == "" {
		slices.SortStableFunc(all, func(a, b Change) int { return a.At.Compare(b.At) })
	}
	return all
}

func stepChange(before activities.CaseView, s activities.StepView) (Change, bool) {
	was := plan.Pending
	text := ""
	if i := slices.IndexFunc(before.Steps, func(b activities.StepView) bool { return b.ID == s.ID }); i >= 0 {
		was, text = before.Steps[i].State, said(before.Steps[i])
	}
	if was == s.State && (text == said(s) || s.State == plan.Pending) {
		return Change{}, false
	}
	c := Change{Kind: ChangeStep, Step: s.ID, From: string(was), To: string(s.State), Text: said(s)}
	if s.State.Ended() {
		c.At = cmp.Or(s.Verified, s.Executed)
	}
	return c, true
}

func deviceChange(before activities.CaseView, r activities.ReturnView) (Change, bool) {
	var was activities.ReturnView
	if i := slices.IndexFunc(before.Returns, func(b activities.ReturnView) bool { return b.Serial == r.Serial }); i >= 0 {
		was = before.Returns[i]
	}
	if was.Milestone == r.Milestone && was.LastSeen == r.LastSeen {
		return Change{}, false
	}
	return Change{Kind: ChangeDevice, Device: r.Serial, From: string(was.Milestone), To: string(r.Milestone), Text: r.LastSeen, At: r.Updated}, true
}

func approvalChange(was, is *activities.Approvals) (Change, bool) {
	switch {
	case is == nil:
		return Change{}, false
	case was != nil && was.Nonce == is.Nonce && slices.Equal(was.By, is.By):
		return Change{}, false
	}
	return Change{Kind: ChangeApproval, To: fmt.Sprintf("%d of %d%s", len(is.By), is.Needed, by(is.By)), Text: is.Why}, true
}

func holdChange(is activities.CaseView) Change {
	if is.OnHold {
		return Change{Kind: ChangeHold, From: "off", To: "on", Text: is.HoldWhy}
	}
	return Change{Kind: ChangeHold, From: "on", To: "off"}
}

// String is the change on one line, without its time.
func (c Change) String() string {
	head := ""
	switch c.Kind {
	case ChangePhase:
		head = "== " + underscores(c.To)
	case ChangeStep:
		head = string(c.Step) + " " + underscores(c.To)
	case ChangeDevice:
		head = "laptop " + c.Device + " " + underscores(cmp.Or(c.To, "not begun"))
	case ChangeApproval:
		head = "approved " + c.To
	case ChangeHold:
		head = "hold " + c.To
	case ChangeNotice:
		return "! " + oneLine(c.Text)
	case ChangeHeadline, ChangeClosed:
		return "-- " + cmp.Or(oneLine(c.Text), "Closed: "+c.To)
	}
	if c.Text != "" {
		head += ": " + c.Text
	}
	return oneLine(head)
}

// Line is the change on one line with its time.
func (c Change) Line() string { return instant(c.At) + "  " + c.String() }

func oneLine(s string) string { return strings.Join(strings.Fields(Plain(s)), " ") }
