package workflows_test

import (
	"encoding/json"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

func step(v activities.CaseView, id plan.StepID) activities.StepView {
	for _, st := range v.Steps {
		if st.ID == id {
			return st
		}
	}
	return activities.StepView{}
}

// want checks where a step stands.
func (s *stage) want(v activities.CaseView, id plan.StepID, state plan.State) {
	s.Helper()
	if got := step(v, id); got.State != state {
		s.Errorf("step %s is %q (%s; %s), want %q", id, got.State, got.Detail, got.Mend, state)
	}
}

// proved checks that the case is closed as completed and that every critical step is known to hold.
func (s *stage) proved(v activities.CaseView) {
	s.Helper()
	if !v.Closed || v.Outcome != "completed" {
		s.Errorf("the case ended %q: %s", v.Outcome, v.Headline)
	}
	for _, st := range v.Steps {
		if st.Critical && !st.State.Proved() {
			s.Errorf("critical step %s ended %s: %s", st.ID, st.State, st.Detail)
		}
		if !st.State.Ended() {
			s.Errorf("step %s never ended: %s", st.ID, st.State)
		}
	}
}

func (s *stage) oktaUser() oktasim.User {
	s.Helper()
	u, ok := s.world.Okta.User(s.leaver.Email)
	if !ok {
		s.Fatal("the leaver is not in Okta")
	}
	return u
}

func (s *stage) googleUser() googlesim.User {
	s.Helper()
	u, ok := s.world.Google.User(s.leaver.Email)
	if !ok {
		s.Fatal("the leaver is not in Google")
	}
	return u
}

func (s *stage) mac() jamfsim.Device {
	s.Helper()
	d, ok := s.world.Jamf.Device(s.laptop().Serial)
	if !ok {
		s.Fatal("the leaver's laptop is not in Jamf")
	}
	return d
}

// locks counts the lock commands that were ever queued for the laptop, and the PINs among them.
func (s *stage) locks() (commands int, pins []string) {
	for _, c := range s.world.Jamf.Commands(s.mac().ID) {
		if c.Type == "DEVICE_LOCK" {
			commands++
			if !slices.Contains(pins, c.PIN) {
				pins = append(pins, c.PIN)
			}
		}
	}
	return commands, pins
}

// delegates lists who sees the leaver's mailbox.
func (s *stage) delegates() []string {
	var out []string
	for _, d := range s.googleUser().Mail.Delegates {
		out = append(out, d.Email)
	}
	return out
}

// cards are the case's messages in the channel: there is to be one. What somebody deleted leaves a stone behind.
func (s *stage) cards() []slacksim.Post {
	room, _ := s.world.Slack.Channel(world.ITChannel)
	return slices.DeleteFunc(room.Messages, func(m slacksim.Post) bool { return m.Subtype == "tombstone" })
}

// tickets are the issues that stand by themselves, tasks those below them.
func (s *stage) tickets() (tickets, tasks []jirasim.Issue) {
	for _, i := range s.world.Jira.Snapshot().Issues {
		if i.Parent == "" {
			tickets = append(tickets, i)
		} else {
			tasks = append(tasks, i)
		}
	}
	return tickets, tasks
}

// taskFor is the sub-task of a step.
func (s *stage) taskFor(id plan.StepID) (jirasim.Issue, bool) {
	_, tasks := s.tickets()
	i := slices.IndexFunc(tasks, func(i jirasim.Issue) bool { return strings.Contains(i.Summary, string(id)) })
	if i < 0 {
		return jirasim.Issue{}, false
	}
	return tasks[i], true
}

// once checks that nothing which costs money, strands a Mac or confuses people happened twice.
func (s *stage) once() {
	s.Helper()
	if n := len(s.world.Retriever.Orders()); n != 1 {
		s.Errorf("%d boxes were ordered", n)
	}
	if n, pins := s.locks(); n != 1 || len(pins) != 1 || s.mac().Stranded {
		s.Errorf("%d lock commands with %d PINs", n, len(pins))
	}
	if n := len(s.world.Google.Transfers()); n != 1 {
		s.Errorf("%d transfers", n)
	}
	s.onceShown()
}

// onceShown checks that people see one card and one ticket, with every entry once and in order.
func (s *stage) onceShown() {
	s.Helper()
	if n := len(s.cards()); n != 1 {
		s.Errorf("%d cards", n)
	}
	tickets, _ := s.tickets()
	if len(tickets) != 1 {
		s.Errorf("%d tickets", len(tickets))
	}
	if len(s.cards()) == 1 {
		s.inOrder("Slack", s.threadRanges(s.cards()[0]))
	}
	if len(tickets) == 1 {
		s.inOrder("Jira", s.commentRanges(tickets[0]))
	}
}

// span is the numbers of the entries that one message shows.
type span struct {
	First int `json:"from"`
	Last  int `json:"to"`
}

func (s *stage) threadRanges(card slacksim.Post) []span {
	var out []span
	for _, m := range card.Thread {
		if m.Metadata == nil {
			continue
		}
		first, _ := m.Metadata.EventPayload["first"].(float64)
		last, _ := m.Metadata.EventPayload["last"].(float64)
		out = append(out, span{int(first), int(last)})
	}
	return out
}

func (s *stage) commentRanges(ticket jirasim.Issue) []span {
	var out []span
	for _, c := range ticket.Comments {
		var r span
		if raw := c.Properties["tenure.entry"]; json.Unmarshal(raw, &r) == nil && r.First > 0 {
			out = append(out, r)
		}
	}
	return out
}

// inOrder checks that entries 1 to the last were shown, each once and each after the one before.
func (s *stage) inOrder(where string, spans []span) {
	s.Helper()
	next := 1
	for _, r := range spans {
		if r.First != next || r.Last < r.First {
			s.Errorf("%s shows entries %d to %d where %d was next (all: %v)", where, r.First, r.Last, next, spans)
			return
		}
		next = r.Last + 1
	}
	if next == 1 {
		s.Errorf("%s shows no entries", where)
	}
}

// records is the evidence of everything that was kept, checked for being unbroken.
func (s *stage) records() []evidence.Record {
	s.Helper()
	_, err := s.store.VerifyEvidence(s.Context())
	s.must(err)
	var out []evidence.Record
	s.must(s.store.EachEvidence(s.Context(), func(r evidence.Record) error { out = append(out, r); return nil }))
	return out
}

// recorded says whether the evidence has a step in a state.
func (s *stage) recorded(id plan.StepID, state plan.State) bool {
	return slices.ContainsFunc(s.records(), func(r evidence.Record) bool { return r.Step == id && r.State == state })
}

// nothingChanged checks that no vendor was asked to change anything.
func (s *stage) nothingChanged(except ...string) {
	s.Helper()
	for _, system := range world.Vendors() {
		if slices.Contains(except, system) {
			continue
		}
		for _, c := range s.changes(system) {
			s.Errorf("%s: %s %s", system, c.Method, c.Path)
		}
	}
}

// mentions finds messages that say something.
func mentions(words string) func(slacksim.Message) bool {
	return func(m slacksim.Message) bool { return strings.Contains(m.Text, words) }
}

// lyingRemoval is Gmail saying that a delegate was removed who was not.
var lyingRemoval = kit.Fault{Method: "DELETE", Path: "/gmail/v1/users/me/settings/delegates/*", Status: 204}

// anApp is the id of some application of the leaver in Okta.
func (s *stage) anApp() string {
	s.Helper()
	for _, c := range s.world.Okta.Calls() {
		if rest, ok := strings.CutPrefix(c.Path, "/api/v1/apps/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			return id
		}
	}
	s.Fatal("no application of the leaver was ever looked at")
	return ""
}
