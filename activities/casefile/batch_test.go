package casefile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/activities/examinetest"
	"tenure/internal/employee"
	"tenure/internal/guard"
	"tenure/internal/policy"
)

// crowd is an office of so many people, of whom the first ten turned inactive at once: batch B1.
type crowd struct {
	*office
	t      *testing.T
	people []employee.Employee
	now    time.Time
}

func newCrowd(t *testing.T, n int) *crowd {
	t.Helper()
	c := &crowd{t: t, now: scanned}
	for i := range n {
		c.people = append(c.people, somebody(fmt.Sprint("E", i), ""))
	}
	c.office = newOffice(t, c.people...)
	c.policy.Slack.Channel, c.policy.Access.CLIDecides = "it", policy.CLIAny
	c.change(10, func(e *employee.Employee) { e.Status = employee.Inactive })
	return c
}

// change edits the first so many people and has the directory read.
func (c *crowd) change(n int, f func(*employee.Employee)) {
	c.t.Helper()
	c.now = c.now.Add(5 * time.Minute)
	for i := range n {
		f(&c.people[i])
		c.people[i].UpdatedAt = c.now
	}
	d := c.store.Directory(guard.New(func() policy.Policy { return c.policy }))
	if _, err := d.Apply(c.t.Context(), employee.Scan{At: c.now, People: slices.Clone(c.people)}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crowd) release(by string, nonce string, only ...employee.ID) (activities.BatchDecided, error) {
	return c.DecideBatch(c.t.Context(), activities.DecideBatch{Batch: "B1", Verb: employee.ReleaseBatch, Only: only, Nonce: nonce,
		By: activities.Asker{Actor: by}, Reason: "they left", At: c.now})
}

func says(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not say %q", text, w)
		}
	}
}

func TestDecideBatch_SaysWhatHappensToWhom(t *testing.T) {
	c := newCrowd(t, 100)
	first, err := c.release("cli:jo", "", "E1", "E2")
	if err != nil || first.Done {
		t.Fatalf("%+v, %v", first, err)
	}
	nonce := first.Batch.Proposal.Nonce
	says(t, first.Text, "B1: cli:jo asks to release 2 of 10: E1, E2.", "second, different person", nonce, "Nothing is ever done for the others then: E0, E3, E4, E5, E6, E7, E8, E9.")
	second, err := c.release("cli:kim", "", "E1", "E2", "E3")
	if err != nil {
		t.Fatal(err)
	}
	says(t, second.Text, "takes the place of what cli:jo asked for (release 2 people)")
	done, err := c.release("cli:jo", second.Batch.Proposal.Nonce)
	if err != nil || !done.Done {
		t.Fatalf("%+v, %v", done, err)
	}
	says(t, done.Text, "B1: 3 released, 7 rejected (E0, E4, E5, E6, E7, E8, E9).", "begin now")
}

// Who speaks at the command line is only said: two voices there can be one person.
func TestDecideBatch_AndRaise_TwoVoicesOfTheCommandLine_AreNotTwoPeople(t *testing.T) {
	c := newCrowd(t, 100)
	c.policy.Access.CLIDecides = policy.CLIOne
	raise := func(by, nonce string) (activities.GuardRaised, error) {
		return c.RaiseGuard(t.Context(), activities.RaiseGuard{People: 20, Lasts: time.Hour, Nonce: nonce, By: activities.Asker{Actor: by}, Reason: "a team closes", At: c.now})
	}
	batch := func(by, nonce string) (bool, error) {
		got, err := c.release(by, nonce, "E1")
		return got.Done, err
	}
	for what, say := range map[string]func(by, nonce string) (bool, error){
		"release": batch,
		"raise":   func(by, nonce string) (bool, error) { got, err := raise(by, nonce); return got.Done, err },
	} {
		if done, err := say("cli:jo", ""); err != nil || done {
			t.Fatalf("%s: %v, %v", what, done, err)
		}
		if done, err := say("cli:kim", ""); done || activities.ProblemOf(err).Text == "" || !strings.Contains(err.Error(), "both speak at the command line") {
			t.Errorf("%s: %v, %v", what, done, err)
		}
		if done, err := say("slack:UKIM", ""); err != nil || !done {
			t.Errorf("%s: %v, %v", what, done, err)
		}
	}
}

func TestDecideBatch_RefusalsKeepTheirType(t *testing.T) {
	c := newCrowd(t, 100)
	p, err := c.release("cli:jo", "", "E1")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		err  func() error
		typ  string
		says string
	}{
		{func() error { _, err := c.release("cli:jo", p.Batch.Proposal.Nonce); return err }, activities.Forbidden, "cannot confirm"},
		{func() error { _, err := c.release("cli:kim", "00"); return err }, activities.Conflict, "not asked for any more"},
		{func() error { _, err := c.release("cli:kim", "", "E77"); return err }, activities.InvalidInput, "E77 is not held"},
		{func() error { _, err := c.ShowBatch(t.Context(), activities.ShowBatch{Batch: "B7"}); return err }, activities.NotFound, "B7"},
		{func() error {
			_, err := c.DecideBatch(t.Context(), activities.DecideBatch{Batch: "B1", By: activities.Asker{Actor: "cli:kim"}})
			return err
		}, activities.InvalidInput, "reason"},
		{func() error {
			_, err := c.RaiseGuard(t.Context(), activities.RaiseGuard{People: 5, Lasts: time.Hour, By: activities.Asker{Actor: "cli:kim"}})
			return err
		}, activities.InvalidInput, "reason"},
		{func() error {
			_, err := c.AcceptReading(t.Context(), activities.AcceptReading{By: activities.Asker{Actor: "cli:kim"}, Reason: "new token"})
			return err
		}, activities.Conflict, "was accepted"},
	} {
		typ, text, mend := problemOf(t, f.err())
		if typ != f.typ || !strings.Contains(text, f.says) || mend == "" {
			t.Errorf("%s: %q (%q), want %s with %q", typ, text, mend, f.typ, f.says)
		}
	}
}

func TestRaiseGuard_AskedAndConfirmed(t *testing.T) {
	c := newCrowd(t, 100)
	ask := activities.RaiseGuard{People: 20, Lasts: time.Hour, By: activities.Asker{Actor: "cli:jo", Employee: "E50"}, Reason: "a closing", At: time.Now()}
	asked, err := c.RaiseGuard(t.Context(), ask)
	if err != nil || asked.Done {
		t.Fatalf("%+v, %v", asked, err)
	}
	says(t, asked.Text, "up to 20 people within 1h", "second, different person", asked.Raise.Asked.Nonce)
	open, err := c.RaiseGuard(t.Context(), activities.RaiseGuard{Nonce: asked.Raise.Asked.Nonce, By: activities.Asker{Actor: "slack:U1", Employee: "E51"}, Reason: "yes", At: time.Now()})
	if err != nil || !open.Done {
		t.Fatalf("%+v, %v", open, err)
	}
	says(t, open.Text, "is open", "stay held")
	state, err := c.WatchStatus(t.Context(), activities.AskWatch{})
	if err != nil || state.Raise == nil || state.Raise.State != employee.RaiseOpen || state.Held != 10 || len(state.Batches) != 1 || state.Poll.Outcome != employee.PollAccepted {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestExamine_GoneFromNamely(t *testing.T) {
	o, _ := today(t, asItIs)
	people := company()
	gone := people[1]
	if _, err := o.store.Directory(stern{}).Apply(t.Context(), employee.Scan{At: time.Now(), People: slices.Delete(slices.Clone(people), 1, 2)}); err != nil {
		t.Fatal(err)
	}
	found, _ := o.examine(t)
	examinetest.Only(t, found, "tenure.gone")
	examinetest.Want(t, found, "tenure.gone", activities.FindingWarning, string(gone.ID), "tenure offboard")
}
