package google

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

const delegatesPath = "/gmail/v1/users/me/settings/delegates"

func (r *rig) lend(to string) activities.Outcome {
	r.t.Helper()
	return must(r, activities.GoogleDelegateMailbox, activities.DelegateMailbox{Perform: r.perform(plan.GoogleDelegate), Delegate: to})[plan.GoogleDelegate]
}

func (r *rig) takeBack(from string) activities.Outcome {
	r.t.Helper()
	return must(r, activities.GoogleRemoveDelegate, activities.DelegateMailbox{Perform: r.perform(plan.GoogleUndelegate), Delegate: from})[plan.GoogleUndelegate]
}

func TestDelegate_IsVerifiedByReadingIt(t *testing.T) {
	r := newRig(t)
	wantState(t, r.lend(heirMail), plan.Verified)
	if !r.sim.CanOpen(heirMail, leaverMail) {
		t.Error("the heir cannot open the mailbox")
	}
	wantInOrder(t, r.paths(), "POST "+delegatesPath, "GET "+delegatesPath+"/"+heirMail)
	wantState(t, r.lend(heirMail), plan.Verified)
	if n := r.sim.CallsTo("POST", delegatesPath); n != 1 {
		t.Errorf("created %d times", n)
	}
}

func TestDelegate_GivenByAnAlias_IsMadeByPrimaryAddress(t *testing.T) {
	r := newRig(t)
	wantState(t, r.lend("kim@example.com"), plan.Verified)
	if d := r.user(leaverMail).Mail.Delegates; len(d) != 1 || d[0].Email != heirMail {
		t.Errorf("delegates: %+v", d)
	}
}

func TestDelegate_MadeBySomebodyElseMeanwhile_409IsVerified(t *testing.T) {
	r := newRig(t)
	r.on("POST", delegatesPath, 1, func() { r.sim.AddDelegate(leaverMail, heirMail) })
	wantState(t, r.lend(heirMail), plan.Verified)
}

func TestDelegate_AnswerLostAfterTheEffect_IsVerified(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "POST", Path: delegatesPath, Drop: kit.DropAfter})
	wantState(t, r.lend(heirMail), plan.Verified)
}

func TestDelegate_ConnectionLostBeforeTheEffect_IsRetried(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "POST", Path: delegatesPath, Drop: kit.DropBefore})
	_, err := run(r, activities.GoogleDelegateMailbox, activities.DelegateMailbox{Perform: r.perform(plan.GoogleDelegate), Delegate: heirMail})
	if typ, retried := typeOf(t, err); typ != activities.Unavailable || !retried {
		t.Errorf("ended with %s, retried %v", typ, retried)
	}
}

func TestDelegate_Answered200WithoutEffect_IsUnverified(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "POST", Path: delegatesPath, Status: http.StatusOK})
	wantState(t, r.lend(heirMail), plan.Unverified)
}

func TestDelegate_ShowsAfterALag_IsVerified(t *testing.T) {
	r := newRig(t, func(s *googlesim.Simulator) { s.DelegateLag = time.Minute })
	r.on("GET", delegatesPath+"/"+heirMail, 3, func() { r.pass(time.Minute) })
	wantState(t, r.lend(heirMail), plan.Verified)
}

func TestDelegate_WhereItCannotBe_NeedsAttention(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*rig)
		to    string
		typ   string
	}{
		"HeirUnknown":        {func(*rig) {}, "nobody@example.com", activities.NotFound},
		"HeirNotNamed":       {func(*rig) {}, "", activities.InvalidInput},
		"HeirIsTheLeaver":    {func(*rig) {}, leaverMail, activities.InvalidInput},
		"HeirOfAnotherFirm":  {func(*rig) {}, "kim@example.net", activities.Forbidden},
		"HeirSuspended":      {func(r *rig) { r.sim.SuspendByOkta(heirMail) }, heirMail, activities.Conflict},
		"HeirWithoutMailbox": {func(r *rig) { r.sim.Change(heirMail, func(u *googlesim.User) { u.NoMailbox = true }) }, heirMail, activities.InvalidInput},
		"NoMailbox":          {func(r *rig) { r.sim.Change(leaverMail, func(u *googlesim.User) { u.NoMailbox = true }) }, heirMail, activities.Conflict},
		"GmailOff": {func(r *rig) {
			r.sim.AddOrgUnit(googlesim.OrgUnit{Path: "/", GmailOff: true})
		}, heirMail, activities.Conflict},
		"DelegationOff": {func(r *rig) {
			r.sim.AddOrgUnit(googlesim.OrgUnit{Path: "/", DelegationOff: true})
		}, heirMail, activities.Forbidden},
		"TooManyDelegates": {func(r *rig) { r.sim.AddDelegate(leaverMail, "other@example.com") }, heirMail, activities.Conflict},
		"ChangeOfPasswordPending": {func(r *rig) {
			r.sim.Change(leaverMail, func(u *googlesim.User) { u.ChangePassword = true })
		}, heirMail, activities.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(s *googlesim.Simulator) { s.MaxDelegates = 1 })
			c.spoil(r)
			o := r.lend(c.to)
			wantState(t, o, plan.NeedsAttention)
			if o.Problem != c.typ {
				t.Errorf("problem %s, want %s: %s", o.Problem, c.typ, o.Detail)
			}
		})
	}
}

// TestSuspendedLeaver_IsDecidedByTheAccount: however Google refuses to act as a suspended user, and whenever the
// suspension comes, the step says that the account is suspended.
func TestSuspendedLeaver_IsDecidedByTheAccount(t *testing.T) {
	refusals := []googlesim.Refusal{googlesim.RefusePrecondition, googlesim.RefuseToken, googlesim.RefuseForbidden, googlesim.RefuseBackend}
	for _, refusal := range refusals {
		t.Run("Midway_"+string(refusal), func(t *testing.T) {
			r := newRig(t, func(s *googlesim.Simulator) { s.Suspended = refusal })
			r.before = func(req *http.Request) {
				if strings.HasPrefix(req.URL.Path, "/gmail/") || req.URL.Path == "/token" && r.sim.CallsTo("POST", "/token") > 0 {
					r.before = nil
					r.sim.SuspendByOkta(leaverMail)
				}
			}
			o := r.lend(heirMail)
			wantState(t, o, plan.NeedsAttention)
			if !strings.Contains(o.Detail, "suspended") || !strings.Contains(o.Mend, "unsuspend") {
				t.Errorf("detail %q, mend %q", o.Detail, o.Mend)
			}
		})
	}
	t.Run("Before", func(t *testing.T) {
		r := newRig(t)
		r.sim.SuspendByOkta(leaverMail)
		for _, o := range []activities.Outcome{r.lend(heirMail), r.takeBack(heirMail), r.closeLeaks(""), r.reply("Gone")} {
			wantState(t, o, plan.NeedsAttention)
		}
		if n := len(slices.DeleteFunc(r.paths(), func(p string) bool { return !strings.Contains(p, "/gmail/") })); n != 0 {
			t.Errorf("%d calls to a mailbox known to be closed", n)
		}
	})
}

func TestDelegate_HeirSuspendedMidway_500IsExplained(t *testing.T) {
	r := newRig(t)
	r.on("POST", delegatesPath, 1, func() { r.sim.SuspendByOkta(heirMail) })
	r.sim.Inject(kit.Fault{Method: "POST", Path: delegatesPath, Status: http.StatusInternalServerError})
	o := r.lend(heirMail)
	wantState(t, o, plan.NeedsAttention)
	if !strings.Contains(o.Detail, "heir") {
		t.Errorf("detail %q", o.Detail)
	}
}

func TestRemoveDelegate_IsVerifiedByTheList(t *testing.T) {
	r := newRig(t)
	r.lend(heirMail)
	wantState(t, r.takeBack(heirMail), plan.Verified)
	if r.sim.CanOpen(heirMail, leaverMail) {
		t.Error("the heir can still open the mailbox")
	}
	wantState(t, r.takeBack(heirMail), plan.AlreadyAbsent)
}

func TestRemoveDelegate_OfNobodyInParticular_LeavesTheMailboxLentToNobody(t *testing.T) {
	r := newRig(t)
	r.leaking()
	o := r.takeBack("")
	wantState(t, o, plan.Verified)
	if d := r.user(leaverMail).Mail.Delegates; len(d) != 0 || len(o.Items) != 2 {
		t.Errorf("delegates %+v, outcome %+v", d, o)
	}
	wantState(t, r.takeBack(""), plan.AlreadyAbsent)
}

func TestRemoveDelegate_RemovedBySomebodyElseMeanwhile_404IsVerified(t *testing.T) {
	r := newRig(t)
	r.lend(heirMail)
	r.on("DELETE", heirMail, 1, func() {
		r.sim.Change(leaverMail, func(u *googlesim.User) { u.Mail.Delegates = nil })
	})
	wantState(t, r.takeBack(heirMail), plan.Verified)
}

func TestRemoveDelegate_RenamedSince_IsFoundUnderTheOldAddress(t *testing.T) {
	r := newRig(t)
	r.lend(heirMail)
	r.sim.Change(heirMail, func(u *googlesim.User) { u.PrimaryEmail, u.Aliases = "kim.new@example.com", []string{heirMail} })
	wantState(t, r.takeBack("kim.new@example.com"), plan.Verified)
	if d := r.user(leaverMail).Mail.Delegates; len(d) != 0 {
		t.Errorf("delegates: %+v", d)
	}
}

func TestRemoveDelegate_Answered200WithoutEffect_IsUnverified(t *testing.T) {
	r := newRig(t)
	r.lend(heirMail)
	r.sim.Inject(kit.Fault{Method: "DELETE", Path: delegatesPath + "/*", Status: http.StatusOK})
	wantState(t, r.takeBack(heirMail), plan.Unverified)
}

func (r *rig) closeLeaks(keep string) activities.Outcome {
	r.t.Helper()
	return must(r, activities.GoogleCloseLeaks, activities.CloseLeaks{Perform: r.perform(plan.GoogleForwarding), Keep: keep})[plan.GoogleForwarding]
}

// leaking lets the leaver's mail out in every way.
func (r *rig) leaking() (filter string) {
	r.sim.SetForwarding(leaverMail, "sam@example.net")
	filter = r.sim.AddFilter(leaverMail, "boss@example.com", "sam@example.net")
	r.sim.AddFilter(leaverMail, "news@example.com", "")
	r.sim.AddDelegate(leaverMail, "friend@example.com")
	r.sim.AddDelegate(leaverMail, heirMail)
	return filter
}

func TestCloseLeaks_ClosesAndRecordsEach_AndKeepsTheHeir(t *testing.T) {
	r := newRig(t)
	filter := r.leaking()
	o := r.closeLeaks("Kim.Heir@example.com")
	wantState(t, o, plan.Verified)
	want := []string{"forwarding:sam@example.net", "filter:" + filter + " to sam@example.net", "delegate:friend@example.com"}
	if !slices.Equal(o.Items, want) {
		t.Errorf("recorded %v, want %v", o.Items, want)
	}
	m := r.user(leaverMail).Mail
	if m.Forwarding.Enabled || len(m.Filters) != 1 || len(m.Delegates) != 1 || m.Delegates[0].Email != heirMail {
		t.Errorf("mailbox: %+v", m)
	}
	wantState(t, r.closeLeaks(heirMail), plan.AlreadyAbsent)
}

func TestCloseLeaks_RetriedAfterDyingMidway_KeepsWhatWasRemovedInItems(t *testing.T) {
	r := newRig(t)
	r.leaking()
	remove := r.sim.Inject(kit.Fault{Method: "DELETE", Path: "/gmail/v1/users/me/settings/filters/*", Status: http.StatusServiceUnavailable})
	in := activities.CloseLeaks{Perform: r.perform(plan.GoogleForwarding), Keep: heirMail}
	if _, err := run(r, activities.GoogleCloseLeaks, in); err == nil {
		t.Fatal("ended well with a filter left")
	}
	if len(r.user(leaverMail).Mail.Delegates) != 1 {
		t.Error("a filter that stays kept a delegate alive")
	}
	remove()
	o := r.closeLeaks(heirMail)
	wantState(t, o, plan.Verified)
	if len(o.Items) != 3 {
		t.Errorf("items: %v", o.Items)
	}
}

func TestCloseLeaks_Answered200WithoutEffect_IsUnverified(t *testing.T) {
	for _, path := range []string{"autoForwarding", "filters/*", "delegates/*"} {
		t.Run(path, func(t *testing.T) {
			r := newRig(t)
			r.leaking()
			for _, method := range []string{"PUT", "DELETE"} {
				r.sim.Inject(kit.Fault{Method: method, Path: "/gmail/v1/users/me/settings/" + path, Status: http.StatusOK})
			}
			wantState(t, r.closeLeaks(""), plan.Unverified)
		})
	}
}

func (r *rig) reply(subject string) activities.Outcome {
	r.t.Helper()
	in := activities.SetAutoReply{Perform: r.perform(plan.GoogleAutoReply), Subject: subject, Body: "Please write to Kim.\r\nThank you."}
	return must(r, activities.GoogleSetAutoReply, in)[plan.GoogleAutoReply]
}

func TestAutoReply_ReplacesWhatWasThere_Once(t *testing.T) {
	r := newRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) {
		u.Mail.Vacation = googlesim.Vacation{Enabled: true, Subject: "Skiing", Text: "Back soon", DomainOnly: true, End: 1}
	})
	wantState(t, r.reply("No longer here"), plan.Verified)
	if v := r.user(leaverMail).Mail.Vacation; !v.Enabled || v.Subject != "No longer here" || v.DomainOnly || v.End != 0 {
		t.Errorf("reply: %+v", v)
	}
	wantState(t, r.reply("No longer here"), plan.Verified)
	if n := r.sim.CallsTo("PUT", "/gmail/v1/users/me/settings/vacation"); n != 1 {
		t.Errorf("set %d times", n)
	}
}

func TestAutoReply_Answered200WithoutEffect_IsUnverified(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "PUT", Path: "/gmail/v1/users/me/settings/vacation", Status: http.StatusOK})
	wantState(t, r.reply("No longer here"), plan.Unverified)
}

func TestAutoReply_WithoutText_NeedsAttention(t *testing.T) {
	r := newRig(t)
	in := activities.SetAutoReply{Perform: r.perform(plan.GoogleAutoReply)}
	wantState(t, must(r, activities.GoogleSetAutoReply, in)[plan.GoogleAutoReply], plan.NeedsAttention)
}
