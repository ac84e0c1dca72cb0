package google

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

const transfersPath = "/admin/datatransfer/v1/transfers"

func (r *rig) startTransfer() (activities.TransferState, error) {
	r.t.Helper()
	return run(r, activities.GoogleStartTransfer, activities.StartTransfer{Perform: r.perform(plan.GoogleTransfer), To: heirMail, Apps: []string{"drive", "calendar"}})
}

func (r *rig) mustTransfer(want plan.State) activities.TransferState {
	r.t.Helper()
	out, err := r.startTransfer()
	if err != nil {
		r.t.Fatal(err)
	}
	wantState(r.t, out.Outcome, want)
	return out
}

func (r *rig) readTransfer(id string, want plan.State) activities.TransferState {
	r.t.Helper()
	out, err := run(r, activities.GoogleReadTransfer, activities.ReadTransfer{Perform: r.perform(plan.GoogleTransfer), Transfer: id})
	if err != nil {
		r.t.Fatal(err)
	}
	wantState(r.t, out.Outcome, want)
	return out
}

func slow(s *googlesim.Simulator) { s.TransferTime = time.Hour }

func TestTransfer_RunsToTheEnd_AndTakesPrivateFilesToo(t *testing.T) {
	r := newRig(t, slow)
	r.sim.AddFile(leaverMail, "private", false)
	r.sim.AddFile(leaverMail, "shared", true)
	started := r.mustTransfer(plan.Waiting)
	r.pass(30 * time.Minute)
	r.readTransfer(started.Transfer, plan.Waiting)
	r.pass(30 * time.Minute)
	r.readTransfer(started.Transfer, plan.Verified)
	if n := len(r.user(heirMail).Files); n != 2 {
		t.Errorf("%d files moved, want 2", n)
	}
	job := r.sim.Transfers()[0]
	if job.From != r.leaver.ID || job.To != r.heir.ID || len(job.Apps) != 2 {
		t.Errorf("job: %+v", job)
	}
}

func TestTransfer_StartedAgain_IsAdopted(t *testing.T) {
	r := newRig(t, slow)
	first := r.mustTransfer(plan.Waiting)
	again := r.mustTransfer(plan.Waiting)
	if !again.Adopted || again.Transfer != first.Transfer || len(r.sim.Transfers()) != 1 {
		t.Errorf("first %+v, again %+v, jobs %d", first, again, len(r.sim.Transfers()))
	}
}

func TestTransfer_WhichJobsAreAdopted(t *testing.T) {
	both := []string{googlesim.DriveApp, googlesim.CalendarApp}
	for name, c := range map[string]struct {
		seed    func(*rig)
		adopted bool
	}{
		"OfThisCase":            {func(r *rig) { r.sim.AddTransfer(leaverMail, heirMail, start.Add(-50*time.Second), both...) }, true},
		"WithMoreApplications":  {func(r *rig) { r.sim.AddTransfer(leaverMail, heirMail, start, append(both, "810260081642")...) }, true},
		"CompletedAlready":      {func(r *rig) { r.sim.TransferTime = 0; r.sim.AddTransfer(leaverMail, heirMail, start, both...) }, true},
		"OfAnEarlierCase_IsNot": {func(r *rig) { r.sim.AddTransfer(leaverMail, heirMail, start.Add(-2*time.Minute), both...) }, false},
		"ToSomebodyElse_IsNot":  {func(r *rig) { r.sim.AddTransfer(leaverMail, googlesim.AdminEmail, start, both...) }, false},
		"WithoutCalendar_IsNot": {func(r *rig) { r.sim.AddTransfer(leaverMail, heirMail, start, googlesim.DriveApp) }, false},
		"Failed_IsNot": {func(r *rig) {
			r.sim.FailTransfers(googlesim.DriveApp, true)
			r.sim.TransferTime = 0
			r.sim.AddTransfer(leaverMail, heirMail, start, both...)
			r.sim.FailTransfers(googlesim.DriveApp, false)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, slow)
			c.seed(r)
			out, err := r.startTransfer()
			if err != nil || out.Adopted != c.adopted {
				t.Errorf("adopted %v, want %v: %+v %v", out.Adopted, c.adopted, out, err)
			}
		})
	}
}

func TestTransfer_AnswerLost_MakesOneJobOnly(t *testing.T) {
	t.Run("AndListedAtOnce", func(t *testing.T) {
		r := newRig(t, slow)
		r.sim.Inject(kit.Fault{Method: "POST", Path: transfersPath, Drop: kit.DropAfter, Times: 1})
		out := r.mustTransfer(plan.Waiting)
		if n := len(r.sim.Transfers()); n != 1 || out.Transfer != r.sim.Transfers()[0].ID {
			t.Errorf("%d jobs: %+v", n, out)
		}
	})
	t.Run("AndListedLater", func(t *testing.T) {
		r := newRig(t, slow, func(s *googlesim.Simulator) { s.TransferLag = 20 * time.Second })
		r.sim.Inject(kit.Fault{Method: "POST", Path: transfersPath, Drop: kit.DropAfter, Times: 1})
		if _, err := r.startTransfer(); err == nil {
			t.Fatal("an unclear insert was taken for a success")
		}
		r.pass(20 * time.Second)
		if out := r.mustTransfer(plan.Waiting); !out.Adopted || len(r.sim.Transfers()) != 1 {
			t.Errorf("%d jobs: %+v", len(r.sim.Transfers()), out)
		}
	})
}

func TestTransfer_Failed_NeedsAttentionAndNamesWhatFailed(t *testing.T) {
	r := newRig(t)
	r.sim.FailTransfers(googlesim.CalendarApp, true)
	out := r.mustTransfer(plan.NeedsAttention)
	if len(out.Failed) != 1 || out.Failed[0] != "calendar" || !strings.Contains(out.Outcome.Detail, "calendar") {
		t.Errorf("failed: %+v", out)
	}
	r.sim.FailTransfers(googlesim.CalendarApp, false)
	if again := r.mustTransfer(plan.Verified); again.Adopted {
		t.Error("the failed job was adopted")
	}
}

func TestTransfer_WhereItCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*rig)
		want  plan.State
	}{
		"HeirSuspended": {func(r *rig) { r.sim.SuspendByOkta(heirMail) }, plan.NeedsAttention},
		"CalendarOff":   {func(r *rig) { r.sim.RemoveApplication(googlesim.CalendarApp) }, plan.NeedsAttention},
		"LeaverGone":    {func(r *rig) { r.sim.Change(leaverMail, func(u *googlesim.User) { u.Deleted = start }) }, plan.NotApplicable},
		"HeirSuspendedMidway": {func(r *rig) {
			r.on("POST", transfersPath, 1, func() { r.sim.SuspendByOkta(heirMail) })
		}, plan.NeedsAttention},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.spoil(r)
			r.mustTransfer(c.want)
			if n := len(r.sim.Transfers()); n != 0 {
				t.Errorf("%d jobs", n)
			}
		})
	}
}

func TestTransfer_SuspendedLeaver_IsNoObstacle(t *testing.T) {
	r := newRig(t)
	r.sim.SuspendByOkta(leaverMail)
	r.mustTransfer(plan.Verified)
}

func TestTransfer_Throttled_IsRateLimited(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "GET", Path: transfersPath, Throttle: true})
	_, err := r.startTransfer()
	if typ, retried := typeOf(t, err); typ != activities.RateLimited || !retried {
		t.Errorf("ended with %s, retried %v", typ, retried)
	}
}

func TestReadTransfer_UnknownJob_NeedsAttention(t *testing.T) {
	r := newRig(t)
	out, err := run(r, activities.GoogleReadTransfer, activities.ReadTransfer{Perform: r.perform(plan.GoogleTransfer), Transfer: "gone"})
	if err != nil || out.Outcome.State != plan.NeedsAttention {
		t.Errorf("%+v %v", out, err)
	}
}

func TestTransfer_AnotherWordForRunning_IsWaiting(t *testing.T) {
	r := newRig(t, slow)
	id := r.mustTransfer(plan.Waiting).Transfer
	r.sim.Inject(kit.Fault{Method: "GET", Path: transfersPath + "/*", Status: http.StatusOK,
		Body: `{"id":"x","overallTransferStatusCode":"PENDING","applicationDataTransfers":[{"applicationId":"55656082996","applicationTransferStatus":"Completed"},{"applicationId":"435070579839"}]}`})
	r.readTransfer(id, plan.Waiting)
}
