package slack

import (
	"fmt"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// maxCard is how much text a card holds, in characters. Slack refuses messages whose blocks hold more than some
// 13,000; a card people read is much shorter.
const maxCard = 7900

// Render draws a case as a card: header, headline, facts, who is waited for, the checklist by phase, the devices'
// way back, buttons for what can be decided now, links, and when it last changed. It is pure: the same view gives the
// same card.
//
// The text is what notifications and screen readers give. A long checklist is compressed (steps that ended are
// counted) rather than cut, and a step that needs a person is always shown. A closed case has no buttons but links.
func Render(v activities.CaseView) (text string, blocks []slackapi.Block) {
	return fallback(v), draw(v, maxCard, append(pressBlocks(v), linkButtons(v)...))
}

// compact draws a case for one person's eyes: shorter, and without buttons.
func compact(v activities.CaseView) (text string, blocks []slackapi.Block) {
	return fallback(v), draw(v, maxCompact, nil)
}

// draw puts a card together. The checklist gets the room that everything else leaves.
func draw(v activities.CaseView, room int, buttons []slackapi.Block) []slackapi.Block {
	head := []slackapi.Block{slackapi.NewHeaderBlock(plain(title(v)))}
	if line := escape(oneLine(v.Headline), 600); line != "" {
		head = append(head, section("*"+line+"*"))
	}
	head = append(head, slackapi.NewSectionBlock(nil, facts(v), nil))
	head = append(head, sections(notices(v))...)
	tail := append(sections(returnLines(v.Returns)), buttons...)
	tail = append(tail, slackapi.NewContextBlock("", mrkdwn(footer(v))))
	blocks := append(head, checklist(v.Steps, room-blockText(head)-blockText(tail))...)
	return append(blocks, tail...)
}

func title(v activities.CaseView) string {
	t := processTitle(v.Process)
	if v.Urgency == "emergency" {
		t = "Emergency " + strings.ToLower(t)
	}
	name := oneLine(v.Name)
	if name == "" {
		name = string(v.Employee)
	}
	return shorten(t+" "+name, maxHeader)
}

// facts are the short facts of a case, two columns of them; at most ten.
func facts(v activities.CaseView) []*slackapi.TextBlockObject {
	var out []*slackapi.TextBlockObject
	add := func(label, value string) {
		if value != "" && len(out) < 10 {
			out = append(out, mrkdwn("*"+label+"*\n"+value))
		}
	}
	add("Case", codeText(v.Case))
	add("Person", person(v))
	add(effectiveTitle(v.Process), dateOr(v.Effective, "not decided"))
	add("Started by", startedBy(v))
	add("Phase", words(v.Phase))
	if !v.OfRole() {
		add("Contained", dateOr(v.ContainedAt, notYet(v.Closed)))
		add("Mailbox lent to", escape(oneLine(v.Heir), 150))
		add("Lease ends", dateOr(v.LeaseEnds, ""))
	}
	if v.JiraKey != "" || v.JiraURL != "" {
		add("Ticket", link(v.JiraURL, firstOf(v.JiraKey, "Jira")))
	}
	if v.WorkflowURL != "" {
		add("Workflow", link(v.WorkflowURL, "open in Temporal"))
	}
	return out
}

func person(v activities.CaseView) string {
	parts := []string{string(v.Employee), oneLine(v.Title), v.Country}
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, escape(p, 60))
		}
	}
	return strings.Join(kept, " · ")
}

func startedBy(v activities.CaseView) string {
	s := actor(v.Actor)
	if v.Reason != "" {
		s += ": " + escape(oneLine(v.Reason), 120)
	}
	if v.HRLate {
		s += " (HR entered it late)"
	}
	return s
}

func dateOr(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return date(t)
}

// notYet is said of what an open case still has to reach.
func notYet(closed bool) string {
	if closed {
		return ""
	}
	return "not yet"
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// notices say what is out of the ordinary and who is waited for.
func notices(v activities.CaseView) []string {
	var lines []string
	if v.OnHold {
		lines = append(lines, ":double_vertical_bar: *On hold*: "+escape(oneLine(v.HoldWhy), 200))
	}
	if a := v.Approvals; a != nil {
		lines = append(lines, approvalLine(*a))
	}
	lines = append(lines, waits(v.WaitsFor)...)
	if !v.NextWake.IsZero() {
		line := ":alarm_clock: *Next*: " + date(v.NextWake)
		if v.NextWakeWhy != "" {
			line += " · " + escape(oneLine(v.NextWakeWhy), 160)
		}
		lines = append(lines, line)
	}
	return lines
}

func approvalLine(a activities.Approvals) string {
	line := fmt.Sprintf(":raised_hand: *Needs approval*: %d of %d given", len(a.By), a.Needed)
	if len(a.By) > 0 {
		by := make([]string, 0, len(a.By))
		for _, who := range a.By {
			by = append(by, actor(who))
		}
		line += " by " + strings.Join(by, ", ")
	}
	if a.Why != "" {
		line += " · " + escape(oneLine(a.Why), 200)
	}
	if !a.Expires.IsZero() {
		line += " · until " + date(a.Expires)
	}
	return line
}

// maxWaits is how many waits are listed one by one; the checklist shows every step that needs a person anyway.
const maxWaits = 5

func waits(list []string) []string {
	var lines []string
	for i, w := range list {
		if i == maxWaits {
			lines = append(lines, fmt.Sprintf(":raised_hand: *Waiting for* %d more, see below", len(list)-maxWaits))
			break
		}
		lines = append(lines, ":raised_hand: *Waiting for* "+escape(oneLine(w), 160))
	}
	return lines
}

// maxReturns is how many devices are listed one by one.
const maxReturns = 6

func returnLines(returns []activities.ReturnView) []string {
	var lines []string
	for i, r := range returns {
		if i == maxReturns {
			lines = append(lines, fmt.Sprintf("… and %d more devices", len(returns)-maxReturns))
			break
		}
		lines = append(lines, returnLine(r))
	}
	if len(lines) > 0 {
		lines = append([]string{"*Devices on their way back*"}, lines...)
	}
	return lines
}

func returnLine(r activities.ReturnView) string {
	s := milestoneSign(r.Milestone)
	parts := []string{fmt.Sprintf("%s *%s* · %s", s.emoji, s.word, escape(strings.TrimSpace(r.Serial+" "+oneLine(r.Model)), 80))}
	parts = append(parts, routeWord(r.Route))
	if r.Tracking != "" {
		parts = append(parts, "tracking "+link(short(r.TrackURL), strings.TrimSpace(r.Carrier+" "+r.Tracking)))
	}
	if r.LastSeen != "" {
		parts = append(parts, escape(oneLine(r.LastSeen), 80))
	}
	if r.Order != "" {
		parts = append(parts, "order "+link(short(r.OrderURL), r.Order))
	}
	if !r.CancelBy.IsZero() && r.Milestone == activities.Ordered {
		parts = append(parts, "can be cancelled until "+date(r.CancelBy))
	}
	return strings.Join(parts, " · ")
}

// short leaves out an address that would eat the card.
func short(address string) string {
	if len(address) > 200 {
		return ""
	}
	return address
}

// linkButtons lead to other pages: pressing one changes nothing.
func linkButtons(v activities.CaseView) []slackapi.Block {
	var out []slackapi.BlockElement
	add := func(id, label, address string) {
		if linkable(address) {
			out = append(out, slackapi.NewButtonBlockElement(id, "", flat(label)).WithURL(address))
		}
	}
	add("open_ticket", "Open ticket", v.JiraURL)
	add("open_workflow", "Open in Temporal", v.WorkflowURL)
	if len(out) == 0 {
		return nil
	}
	return []slackapi.Block{slackapi.NewActionBlock("", out...)}
}

func footer(v activities.CaseView) string {
	line := fmt.Sprintf("Updated %s · version %d", date(lastChange(v)), v.Version)
	if v.Closed {
		line += " · closed: " + words(v.Outcome)
	}
	return line
}

// lastChange is the latest moment the view knows of, so that the same view is always the same card.
func lastChange(v activities.CaseView) time.Time {
	last := v.Opened
	later := func(times ...time.Time) {
		for _, t := range times {
			if t.After(last) {
				last = t
			}
		}
	}
	later(v.Detected, v.ContainedAt, v.ClosedAt)
	for _, s := range v.Steps {
		later(s.Started, s.Executed, s.Verified)
	}
	for _, r := range v.Returns {
		later(r.Updated)
	}
	return last
}

// fallback is the card as one text.
func fallback(v activities.CaseView) string {
	text := title(v) + ". " + oneLine(v.Headline)
	if n := needPerson(v.Steps); n > 0 {
		text += fmt.Sprintf(". %s for a person.", plural(n, "step waits", "steps wait"))
	}
	return escape(text, 1000)
}

func needPerson(steps []activities.StepView) int {
	n := 0
	for _, s := range steps {
		if s.State.AsksForPerson() {
			n++
		}
	}
	return n
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// blockText counts the characters of all text in blocks.
func blockText(blocks []slackapi.Block) int {
	n := 0
	for _, b := range blocks {
		switch b := b.(type) {
		case *slackapi.HeaderBlock:
			n += runes(b.Text.Text)
		case *slackapi.SectionBlock:
			if b.Text != nil {
				n += runes(b.Text.Text)
			}
			for _, f := range b.Fields {
				n += runes(f.Text)
			}
		case *slackapi.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*slackapi.TextBlockObject); ok {
					n += runes(t.Text)
				}
			}
		case *slackapi.ActionBlock:
			n += buttonText(b)
		}
	}
	return n
}

func buttonText(b *slackapi.ActionBlock) int {
	n := 0
	for _, e := range b.Elements.ElementSet {
		button, ok := e.(*slackapi.ButtonBlockElement)
		if !ok {
			continue
		}
		n += runes(button.Text.Text)
		if c := button.Confirm; c != nil {
			n += runes(c.Title.Text) + runes(c.Text.Text) + runes(c.Confirm.Text) + runes(c.Deny.Text)
		}
	}
	return n
}
