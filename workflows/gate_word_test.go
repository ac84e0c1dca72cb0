package workflows_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/workflows"
)

// nonce is what an approval at this moment must carry.
func (s *stage) nonce() string {
	s.Helper()
	found, err := s.env.QueryWorkflow(workflows.Status.Name)
	s.must(err)
	var v activities.CaseView
	s.must(found.Get(&v))
	if v.Approvals == nil {
		s.Fatalf("nothing waits for an approval: %s", v.Headline)
	}
	return v.Approvals.Nonce
}

// A no and the last yes that arrive together: whoever comes first decides, and never both.
func TestGate_DenyAndTheLastApproveTogether_TheFirstDecides(t *testing.T) {
	t.Parallel()
	both := func(s *stage, denyFirst bool) (no, yes *answer) {
		no, yes = &answer{what: "Deny"}, &answer{what: "Approve"}
		s.after(time.Hour, func() {
			deny := func() { s.env.UpdateWorkflow(workflows.Deny.Name, "d", no.callback(), says("pat", "wrong person")) }
			if denyFirst {
				deny()
			}
			s.env.UpdateWorkflow(workflows.Approve.Name, "a", yes.callback(), workflows.ApproveRequest{PersonSays: says("lee", "ok"), Nonce: s.nonce()})
			if !denyFirst {
				deny()
			}
		})
		return no, yes
	}
	t.Run("no first", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, brisk, guarded(1))
		no, yes := both(s, true)
		v := s.play()
		s.agreed(no)
		s.refused(yes, activities.Conflict, "denied already", "wrong person")
		s.untouched()
		if v.Outcome != "denied" {
			t.Errorf("%s", v.Headline)
		}
	})
	t.Run("yes first", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, brisk, guarded(1))
		s.receive(5 * day)
		no, yes := both(s, false)
		v := s.play()
		s.agreed(yes)
		s.refused(no, activities.Conflict, "does not wait for an approval", "rescind it instead")
		s.proved(v)
		for _, line := range s.thread() {
			if strings.Contains(line, "Nothing was done") {
				t.Errorf("people read %q", line)
			}
		}
	})
}

func TestGate_DeniedTwice_TheSecondIsRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, guarded(1))
	first, second := &answer{what: "Deny"}, &answer{what: "Deny again"}
	s.after(time.Hour, func() {
		s.env.UpdateWorkflow(workflows.Deny.Name, "1", first.callback(), says("pat", "wrong person"))
		s.env.UpdateWorkflow(workflows.Deny.Name, "2", second.callback(), says("lee", "so say I"))
	})
	s.play()
	s.agreed(first)
	s.refused(second, activities.Conflict, "denied already (cli:pat: wrong person)")
	s.untouched()
}

// Who asked at a door that did not know them could be who approves at another. So one approval more is asked for, and
// all by people who are known: one of them is somebody else in any case.
func TestGate_AskerUnknown_NeedsOneApprovalMoreAndKnownPeople(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(1))
	r := s.request()
	r.Actor = "cli:root"
	s.receive(5 * day)
	self := s.known(time.Hour, "slack:UKIM", "E9001")
	halfway := s.see(2 * time.Hour)
	unknown := s.approve(3*time.Hour, "cli:kim")
	s.after(4*time.Hour, func() { s.untouched() })
	other := s.known(5*time.Hour, "slack:UPAT", "E9002")
	v := s.playRequest(r).View
	s.agreed(self)
	if a := halfway.Approvals; a == nil || a.Needed != 2 || !strings.Contains(a.Why, "does not know who cli:root is") {
		t.Errorf("the view asks for %+v", a)
	}
	s.refused(unknown, activities.Forbidden, "cli:root", "cli:kim", "one person")
	s.agreed(other)
	s.proved(v)
}

// HR changes its mind when access has been ended already: nothing comes back by itself, so people are told.
func TestBegun_HRMovesOrClearsTheDay_PeopleAreTold(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.hears(day, employee.Departing, opening.Add(9*day))
	s.hears(day+time.Hour, employee.Departing, opening.Add(-day)) // the past, which has been dealt with
	s.hears(2*day, employee.Staying, time.Time{})
	v := s.play()
	s.proved(v)
	s.told("HR moved the departure date to 2026-12-02", "HR cleared the departure date after access was ended: rescind the case, or leave it")
}

// A moved ticket says that the laptop is here. Nobody read its serial number, and nobody says so.
func TestReturn_ReceivedByWord_IsNotCalledVerified(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	serial := s.laptop().Serial
	s.after(4*day, func() {
		s.must(s.env.SignalWorkflowByID(s.returnID(), workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "jira:5b10", Serial: serial,
			At: s.env.Now(), ByWord: true, Note: "ticket IT-7 was moved"}))
	})
	v := s.play()
	got := step(v, plan.DeviceReturn.For(serial))
	if got.State != plan.Skipped || !strings.Contains(got.Detail, "jira:5b10, ticket IT-7 was moved; the serial number was not read") {
		t.Errorf("%s is %s: %s; %s", got.ID, got.State, got.Detail, got.ReadBack)
	}
	if strings.Contains(strings.Join(s.thread(), "\n"), "read off the device") {
		t.Error("people were told that a serial number was read")
	}
}

func TestReturn_AloneAndReceivedByWord_SaysOnWhatItRests(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.after(4*day, func() {
		s.env.SignalWorkflow(workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "jira:5b10", At: s.env.Now(), ByWord: true, Note: "ticket IT-7 was moved"})
	})
	v := s.playReturn()
	got := step(v, plan.Action("device.checkin").For(s.laptop().Serial))
	if got.State != plan.Skipped || got.By != "jira:5b10" || got.ReadBack != "ticket IT-7 was moved; the serial number was not read" || !got.Verified.IsZero() {
		t.Errorf("%+v", got)
	}
	if v.Outcome != "completed" {
		t.Errorf("%s", v.Headline)
	}
}
