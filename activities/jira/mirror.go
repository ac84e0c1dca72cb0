package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/plan"
)

// MirrorCase brings the case's ticket up to the view and adds the entries that are not there yet. It implements
// [activities.JiraMirrorCase]. A call is whole and repeatable: it finds its own marks before it writes.
func (s *System) MirrorCase(ctx context.Context, in activities.MirrorCase) (activities.MirrorRef, error) {
	if err := checkInput(in); err != nil {
		return in.Ref, activities.Classify(err)
	}
	m := s.mirroring(ctx, in)
	release, err := s.locks.hold(ctx, m.label)
	if err != nil {
		return in.Ref, err
	}
	defer release()
	err = m.run(ctx)
	m.beat(ctx)
	if err != nil && ctx.Err() != nil {
		return m.ref, ctx.Err()
	}
	return m.ref, activities.Classify(err)
}

func checkInput(in activities.MirrorCase) error {
	missing := func(field, shape string) error {
		return &activities.Problem{Type: activities.InvalidInput, Text: field + " is empty", Mend: shape}
	}
	switch {
	case in.Settings.JiraProject == "":
		return missing("jira.project", "set it in the policy to a project key such as ITOFF, or leave the Jira mirror out")
	case in.View.Case == "":
		return missing("view.case", "it is the workflow id, for example offboard/E1042")
	case in.View.Run == "":
		return missing("view.run", "it is the first run id of the case")
	}
	return nil
}

// mirroring is one call of MirrorCase on its way.
type mirroring struct {
	*System
	in      activities.MirrorCase
	view    activities.CaseView
	page    Page
	label   string
	attempt int32
	// unsure is set while an earlier attempt may have created a ticket that search does not show yet.
	unsure bool
	fresh  bool // the ticket was created by this call
	ticket issue
	mark   caseMark
	linked string // fingerprint of the remote link as it stands
	said   map[string]*marks
	ref    activities.MirrorRef
}

// progress travels in the heartbeat, from one attempt to the next.
type progress struct {
	Ref activities.MirrorRef `json:"ref"`
	// Clear is the last attempt up to which it is certain that no create is without an answer. The SDK may hold a
	// heartbeat back and lose it with the process, so that only what is there counts, never what is missing.
	Clear int32 `json:"clear,omitempty"`
}

func (s *System) mirroring(ctx context.Context, in activities.MirrorCase) *mirroring {
	m := &mirroring{System: s, in: in, view: in.View, page: Render(in.View, s.cfg.Flavour), label: label(in.View),
		attempt: 1, unsure: in.Unclear, ref: in.Ref, said: map[string]*marks{}}
	m.ref.Tasks = maps.Clone(in.Ref.Tasks)
	if !activity.IsActivity(ctx) {
		return m
	}
	m.attempt = activity.GetInfo(ctx).Attempt
	var before progress
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &before) == nil && before.Ref.Seq >= m.ref.Seq {
		m.ref = before.Ref
	}
	m.unsure = m.unsure || before.Clear < m.attempt-1
	return m
}

func (m *mirroring) beat(ctx context.Context) {
	if !activity.IsActivity(ctx) {
		return
	}
	p := progress{Ref: m.ref}
	if !m.unsure {
		p.Clear = m.attempt
	}
	activity.RecordHeartbeat(ctx, p)
}

// run is the order of a mirror's writes: first what makes the ticket findable, last what closes it.
func (m *mirroring) run(ctx context.Context) error {
	for _, do := range []func(context.Context) error{m.haveTicket, m.link, m.showPage, m.tell, m.keepTasks, m.close} {
		if err := do(ctx); err != nil {
			return err
		}
		m.beat(ctx)
	}
	m.ref.Version = max(m.ref.Version, m.view.Version)
	return nil
}

// label is the case's label: ids of people do not belong into a label cloud, hence the hash.
func label(v activities.CaseView) string {
	sum := sha256.Sum256([]byte(v.Case + "/" + v.Run))
	return "tenure-" + hex.EncodeToString(sum[:10])
}

// older says whether the ticket already shows a newer version of the case than this call brings.
func (m *mirroring) older() bool {
	return m.mark.Version > m.view.Version || m.in.Ref.Version > m.view.Version
}

// tell adds the log entries that are not there yet, in order. What is there is read from the ticket itself: an
// answer may have been lost, or a call cancelled.
func (m *mirroring) tell(ctx context.Context) error {
	last := m.ref.Seq
	if waiting := batches(m.in.Entries, last); len(waiting) > 0 {
		said, err := m.heard(ctx, m.ticket.Key)
		if err != nil {
			return err
		}
		for _, b := range batches(m.in.Entries, max(last, said.upTo)) {
			if err := m.post(ctx, m.ticket.Key, m.view.Case, b.text, b.mark); err != nil {
				return err
			}
			said.add(b.mark)
			m.ref.Seq = b.To
			m.beat(ctx)
		}
	}
	for _, e := range m.in.Entries {
		m.ref.Seq = max(m.ref.Seq, e.Seq) // quiet ones too: nothing is left to show of them
	}
	return nil
}

// heard lists what is already said on an issue, reading it once a call.
func (m *mirroring) heard(ctx context.Context, key string) (*marks, error) {
	if have := m.said[key]; have != nil {
		return have, nil
	}
	if m.fresh && key == m.ticket.Key {
		m.said[key] = &marks{}
		return m.said[key], nil
	}
	have, err := m.System.said(ctx, key, m.view.Case)
	if err != nil {
		return nil, err
	}
	m.said[key] = have
	return have, nil
}

// notice says something once on an issue.
func (m *mirroring) notice(ctx context.Context, key, name, text string) error {
	said, err := m.heard(ctx, key)
	if err != nil || said.notices[name] {
		return err
	}
	one := mark{Notice: name}
	if err := m.post(ctx, key, m.view.Case, text, one); err != nil {
		return err
	}
	said.add(one)
	return nil
}

// close says how the case ended and moves the ticket to done. Steps that still wait for a person keep their
// sub-tasks; where the project's workflow then refuses to close the ticket, the comment says who does it.
func (m *mirroring) close(ctx context.Context) error {
	if !m.view.Closed || m.older() {
		return nil
	}
	var open []string
	for _, s := range m.view.Steps {
		if key := m.ref.Tasks[s.ID]; s.State.AsksForPerson() && key != "" {
			open = append(open, key)
		}
	}
	if err := m.notice(ctx, m.ticket.Key, "closed", renderClosed(m.view, open)); err != nil {
		return err
	}
	g := finished
	if m.view.Outcome != "completed" {
		g = abandoned
	}
	err := m.move(ctx, m.ticket.Key, g)
	if len(open) > 0 && permanent(err) {
		return nil
	}
	return err
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// fingerprint tells one content from another.
func fingerprint(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		b = []byte(fmt.Sprint(parts...))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

func taskPrefix(id plan.StepID) string { return "[" + string(id) + "]" }
