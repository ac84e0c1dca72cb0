package google

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

// dressed gives the person an account with everything in it, other people's entries included.
func (r *rig) dressed() {
	r.sim.Change(leaverMail, func(u *googlesim.User) {
		u.Title, u.Department, u.CostCenter, u.Manager, u.OrgUnitPath = "Clerk", "Support", "1", "old.boss@example.com", "/Sales"
		u.Extra = googlesim.Extra{
			Organizations: []map[string]any{{"title": "Trainer", "type": "school"}},
			Primary:       map[string]any{"location": "Troy"},
			Relations:     []map[string]any{{"type": "assistant", "value": "aid@example.com"}},
			ExternalIDs:   []map[string]any{{"type": "network", "value": "n-1"}}}
	})
}

func (r *rig) profiled() activities.ConvergeGoogle {
	in := r.known(plan.GoogleProfile)
	in.Person.Title, in.Person.Department, in.Person.Custom = "Clerk", "Support", employee.Custom{"cost_center": {"1"}}
	in.ManagerEmail, in.OrgUnit = "old.boss@example.com", "/Sales"
	return in
}

func TestProfile_Unchanged_IsTwoCallsAtMostAndNoWrite(t *testing.T) {
	r := newJoinerRig(t)
	r.dressed()
	in := r.profiled()
	in.Steps = []plan.StepID{plan.StepID(plan.GoogleAccount), plan.StepID(plan.GoogleProfile)}
	gate := r.gate(&doorman{})
	_, steps := r.converge(in)
	wantState(t, steps[plan.GoogleProfile], plan.Verified)
	if calls := r.paths(); len(calls) > 2 || r.writes() != 0 || gate.gives != 0 {
		t.Errorf("calls %v, gate asked %d times", calls, gate.gives)
	}
}

// Each difference is one write of that field, and what else is in the account stays.
func TestProfile_EachDifference(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*activities.ConvergeGoogle)
		want activities.Edit
		sent string
	}{
		"Given":             {func(in *activities.ConvergeGoogle) { in.Person.FirstName = "Samira" }, activities.Edit{Name: "givenName", Was: "Sam", Now: "Samira"}, "name"},
		"Family":            {func(in *activities.ConvergeGoogle) { in.Person.LastName = "Lake" }, activities.Edit{Name: "familyName", Was: "Leaver", Now: "Lake"}, "name"},
		"Title":             {func(in *activities.ConvergeGoogle) { in.Person.Title = "Lead" }, activities.Edit{Name: "title", Was: "Clerk", Now: "Lead"}, "organizations"},
		"TitleGone":         {func(in *activities.ConvergeGoogle) { in.Person.Title = "" }, activities.Edit{Name: "title", Was: "Clerk"}, "organizations"},
		"Department":        {func(in *activities.ConvergeGoogle) { in.Person.Department = "Sales" }, activities.Edit{Name: "department", Was: "Support", Now: "Sales"}, "organizations"},
		"CostCenter":        {func(in *activities.ConvergeGoogle) { in.Person.Custom["cost_center"] = []string{"2"} }, activities.Edit{Name: "costCenter", Was: "1", Now: "2"}, "organizations"},
		"Manager":           {func(in *activities.ConvergeGoogle) { in.ManagerEmail = heirMail }, activities.Edit{Name: "manager", Was: "old.boss@example.com", Now: heirMail}, "relations"},
		"ManagerGone":       {func(in *activities.ConvergeGoogle) { in.ManagerEmail = "" }, activities.Edit{Name: "manager", Was: "old.boss@example.com"}, "relations"},
		"Unit":              {func(in *activities.ConvergeGoogle) { in.OrgUnit = "/Leavers" }, activities.Edit{Name: "orgUnitPath", Was: "/Sales", Now: "/Leavers"}, "orgUnitPath"},
		"NumberOfTheLinked": {func(in *activities.ConvergeGoogle) { in.EmployeeNumber = "E9" }, activities.Edit{Name: "employeeNumber", Was: "E1042", Now: "E9"}, "externalIds"},
		"Address":           {func(in *activities.ConvergeGoogle) { in.Email = "sam.lake@example.com" }, activities.Edit{Name: "primaryEmail", Was: leaverMail, Now: "sam.lake@example.com"}, "primaryEmail"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.dressed()
			extra := r.user(r.leaver.ID).Extra
			in := r.profiled()
			c.edit(&in)
			out, steps := r.converge(in)
			wantState(t, steps[plan.GoogleProfile], plan.Verified)
			if !slices.Equal(out.Changed, []activities.Edit{c.want}) {
				t.Errorf("changed %+v, want %+v", out.Changed, c.want)
			}
			if sent := r.fieldsSent(); !slices.Equal(sent, []string{c.sent}) {
				t.Errorf("sent %v, want %s alone", sent, c.sent)
			}
			if after := r.user(r.leaver.ID).Extra; !reflect.DeepEqual(after, extra) {
				t.Errorf("what else was there became %+v, was %+v", after, extra)
			}
			writes := r.writes()
			again, _ := r.converge(in)
			if r.writes() != writes || len(again.Changed) != 0 {
				t.Errorf("repeating wrote again, or says so: %+v", again)
			}
		})
	}
}

// fieldsSent are the fields of the one update.
func (r *rig) fieldsSent() []string {
	r.t.Helper()
	var fields map[string]any
	for _, c := range r.sim.Calls() {
		if c.Method == http.MethodPut {
			if fields != nil {
				r.t.Error("more than one write")
			}
			fields = jsonObject(r.t, c.Body)
		}
	}
	var names []string
	for f := range fields {
		names = append(names, f)
	}
	slices.Sort(names)
	return names
}

func TestProfile_ManagerWasTheOnlyRelation_IsClearedByNull(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.Manager = heirMail })
	_, steps := r.converge(r.known(plan.GoogleProfile))
	wantState(t, steps[plan.GoogleProfile], plan.Verified)
	if u := r.user(leaverMail); u.Manager != "" {
		t.Errorf("manager %s", u.Manager)
	}
}

func TestProfile_SeveralManagers_OneIsLeft(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) {
		u.Manager = heirMail
		u.Extra.Relations = []map[string]any{{"type": "manager", "value": "boss@example.com"}}
	})
	in := r.known(plan.GoogleProfile)
	in.ManagerEmail = heirMail
	r.converge(in)
	if u := r.user(leaverMail); u.Manager != heirMail || len(u.Extra.Relations) != 0 {
		t.Errorf("account %+v", u)
	}
}

func TestProfile_WhatHRDoesNotSay_IsLeft(t *testing.T) {
	r := newJoinerRig(t)
	r.dressed()
	in := r.profiled()
	in.Person.FirstName, in.Person.LastName, in.Person.Custom, in.OrgUnit, in.EmployeeNumber, in.Email = "", "", nil, "", "", ""
	out, steps := r.converge(in)
	wantState(t, steps[plan.GoogleProfile], plan.Verified)
	if len(out.Changed) != 0 || r.writes() != 0 {
		t.Errorf("changed %+v", out.Changed)
	}
}

func TestProfile_NameLongerThanGoogleTakes_IsCutAndStable(t *testing.T) {
	r := newJoinerRig(t)
	in := r.known(plan.GoogleProfile)
	in.Person.LastName = strings.Repeat("ä", 70)
	for range 2 {
		_, steps := r.converge(in)
		wantState(t, steps[plan.GoogleProfile], plan.Verified)
	}
	if n := r.writes(); n != 1 {
		t.Errorf("%d writes", n)
	}
}

func TestProfile_Renamed_KeepsTheAccountAndTheOldAddress(t *testing.T) {
	r := newJoinerRig(t)
	in := r.known(plan.GoogleProfile)
	in.Email, in.Person.LastName = "sam.lake@example.com", "Lake"
	out, _ := r.converge(in)
	if u := r.user(in.Email); u.ID != r.leaver.ID || !slices.Contains(u.Aliases, leaverMail) || out.Email != in.Email {
		t.Errorf("account %+v, result %+v", u, out)
	}
}

// Google has been seen to answer that an address is taken after it had given it.
func TestProfile_RenameAnswered409AfterItsEffect_IsVerified(t *testing.T) {
	r := newJoinerRig(t)
	in := r.known(plan.GoogleProfile)
	in.Email = "sam.lake@example.com"
	r.on("PUT", r.leaver.ID, 1, func() {
		r.sim.Change(r.leaver.ID, func(u *googlesim.User) { u.PrimaryEmail, u.Aliases = in.Email, []string{leaverMail} })
		r.sim.Inject(kit.Fault{Method: "PUT", Status: http.StatusConflict, Times: 1,
			Body: `{"error":{"code":409,"message":"Entity already exists.","errors":[{"reason":"duplicate"}]}}`})
	})
	_, steps := r.converge(in)
	wantState(t, steps[plan.GoogleProfile], plan.Verified)
}

func TestProfile_NewAddressIsAnAliasOfTheAccount(t *testing.T) {
	for name, blocks := range map[string]bool{"ChangesPlaces": false, "BlocksAndIsFreed": true} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t, func(s *googlesim.Simulator) { s.AliasBlocksRename = blocks })
			r.sim.Change(leaverMail, func(u *googlesim.User) { u.Aliases = []string{"sam@example.com"} })
			in := r.known(plan.GoogleProfile)
			in.Email = "sam@example.com"
			_, steps := r.converge(in)
			wantState(t, steps[plan.GoogleProfile], plan.Verified)
			if u := r.user(r.leaver.ID); u.PrimaryEmail != "sam@example.com" || !slices.Equal(u.Aliases, []string{leaverMail}) {
				t.Errorf("account %+v", u)
			}
		})
	}
}

// What Google refuses keeps nothing else back.
func TestProfile_RefusedPart_IsNamed_AndTheRestIsBrought(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*rig)
		edit   func(*activities.ConvergeGoogle)
		typ    string
		says   string
	}{
		"UnknownUnit": {nil, func(in *activities.ConvergeGoogle) { in.OrgUnit = "/Nowhere" }, activities.InvalidInput, "/Nowhere"},
		"UnknownUnit_ThatMayNotBeLookedAt": {func(r *rig) {
			r.sim.Inject(kit.Fault{Path: "/admin/directory/v1/customer/*/orgunits/*", Status: http.StatusForbidden})
		}, func(in *activities.ConvergeGoogle) { in.OrgUnit = "/Nowhere" }, activities.InvalidInput, "/Nowhere"},
		"AddressOfSomebody": {func(r *rig) { r.sim.AddUser(googlesim.User{ID: "77", PrimaryEmail: "sam.lake@example.com"}) },
			func(in *activities.ConvergeGoogle) { in.Email = "sam.lake@example.com" }, activities.Conflict, "account 77"},
		"AddressOfAGroup": {func(r *rig) { r.sim.AddGroup("sam.lake@example.com", "Lakes") },
			func(in *activities.ConvergeGoogle) { in.Email = "sam.lake@example.com" }, activities.Conflict, "group"},
		"AddressOfADeletedOne": {func(r *rig) { r.sim.AddUser(googlesim.User{PrimaryEmail: "sam.lake@example.com", Deleted: start}) },
			func(in *activities.ConvergeGoogle) { in.Email = "sam.lake@example.com" }, activities.Conflict, "does not show"},
		"Both": {func(r *rig) { r.sim.AddUser(googlesim.User{ID: "77", PrimaryEmail: "sam.lake@example.com"}) },
			func(in *activities.ConvergeGoogle) { in.Email, in.OrgUnit = "sam.lake@example.com", "/Nowhere" }, activities.InvalidInput, "account 77"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			if c.before != nil {
				c.before(r)
			}
			in := r.known(plan.GoogleProfile)
			in.Person.Title = "Lead"
			c.edit(&in)
			out, steps := r.converge(in)
			o := steps[plan.GoogleProfile]
			wantState(t, o, plan.NeedsAttention)
			if o.Problem != c.typ || !strings.Contains(o.Detail, c.says) {
				t.Errorf("outcome %+v", o)
			}
			if r.user(r.leaver.ID).Title != "Lead" || len(out.Changed) != 1 || out.Changed[0].Name != "title" {
				t.Errorf("the rest was not brought: %+v", out.Changed)
			}
		})
	}
}

func TestProfile_200WithoutEffect_IsUnverified(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.Inject(kit.Fault{Method: "PUT", Status: http.StatusOK})
	in := r.known(plan.GoogleProfile)
	in.Person.Title = "Lead"
	out, steps := r.converge(in)
	wantState(t, steps[plan.GoogleProfile], plan.Unverified)
	if !strings.Contains(steps[plan.GoogleProfile].ReadBack, "title") || len(out.Changed) != 0 {
		t.Errorf("result %+v", out)
	}
}

func TestProfile_NoAccount(t *testing.T) {
	r := newJoinerRig(t)
	in := r.joiner(plan.GoogleProfile)
	_, steps := r.converge(in)
	wantState(t, steps[plan.GoogleProfile], plan.NotApplicable)
	in.Account = "999"
	_, steps = r.converge(in)
	wantState(t, steps[plan.GoogleProfile], plan.NeedsAttention)
}

func TestProfile_Overtaken(t *testing.T) {
	move := func(r *rig) activities.ConvergeGoogle {
		in := r.known(plan.GoogleProfile)
		in.OrgUnit, in.Person.Title = "/Sales", "Lead"
		return in
	}
	t.Run("BeforeTheWrite_NothingIsWritten", func(t *testing.T) {
		r := newJoinerRig(t)
		r.gate(&doorman{give: never})
		_, steps := r.converge(move(r))
		wantOvertaken(t, steps[plan.GoogleProfile])
		if r.writes() != 0 {
			t.Error("something was written")
		}
	})
	for name, f := range map[string]kit.Fault{"": {Path: "/nothing"},
		"_ThoughTheFirstAttemptFailed": {Method: "PUT", Throttle: true, Times: 1},
		"_ThoughTheAnswerWasLost":      {Method: "PUT", Drop: kit.DropAfter, Times: 1},
		"_ThoughMovingBackFailed":      {}} {
		t.Run("AfterTheWrite_TheUnitIsMovedBack"+name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.gate(&doorman{give: from(2)})
			if f.Path == "" && f.Method == "" {
				r.on("PUT", r.leaver.ID, 2, func() { r.sim.Inject(kit.Fault{Method: "PUT", Throttle: true, Times: 1}) })
			} else {
				r.sim.Inject(f)
			}
			_, steps := r.retried(move(r))
			wantOvertaken(t, steps[plan.GoogleProfile])
			if u := r.user(leaverMail); u.OrgUnitPath != "/" {
				t.Errorf("unit %s", u.OrgUnitPath)
			}
		})
	}
}

// TestConverge_Property: whatever an account is like, and whatever is asked, the account is afterwards as asked, what
// nobody asked about is as before, and asking again writes nothing.
func TestConverge_Property(t *testing.T) {
	const rounds = 60
	r := newJoinerRig(t)
	for seed := range uint64(rounds) {
		rng := rand.New(rand.NewPCG(seed, 4))
		before := randomAccount(rng, seed)
		before.ID = r.sim.AddUser(before).ID
		in := randomAsk(r, rng, before, seed)
		_, steps := r.converge(in)
		for _, o := range steps {
			wantState(t, o, plan.Verified)
		}
		after := r.user(before.ID)
		if fault := asAsked(before, after, in); fault != "" {
			t.Fatalf("seed %d: %s\nbefore %+v\nasked %+v\nafter %+v", seed, fault, before, in, after)
		}
		writes := r.writes()
		again, _ := r.converge(in)
		if r.writes() != writes || len(again.Changed) != 0 {
			t.Fatalf("seed %d: asking again wrote", seed)
		}
	}
}

func pick(rng *rand.Rand, from ...string) string { return from[rng.IntN(len(from))] }

func randomAccount(rng *rand.Rand, seed uint64) googlesim.User {
	u := googlesim.User{PrimaryEmail: fmt.Sprintf("p%d@example.com", seed), GivenName: pick(rng, "Sam", "Kim"), FamilyName: pick(rng, "Lake", "Hill"),
		Title: pick(rng, "", "Clerk", "Lead"), Department: pick(rng, "", "Sales"), CostCenter: pick(rng, "", "1"), Manager: pick(rng, "", heirMail, "boss@example.com"),
		OrgUnitPath: pick(rng, "/", "/Sales", "/Leavers"), EmployeeNumber: pick(rng, "", fmt.Sprintf("P%d", seed)),
		Suspended: rng.IntN(3) == 0, ChangePassword: rng.IntN(2) == 0, Hidden: rng.IntN(2) == 0}
	if u.Suspended {
		u.SuspensionReason = "ADMIN"
	}
	for _, to := range []*[]map[string]any{&u.Extra.Organizations, &u.Extra.Relations, &u.Extra.ExternalIDs} {
		if rng.IntN(2) == 0 {
			*to = []map[string]any{{"type": "custom", "customType": "odd", "value": fmt.Sprint(rng.IntN(9))}}
		}
	}
	if rng.IntN(2) == 0 {
		u.Extra.Primary = map[string]any{"location": "Troy"}
	}
	return u
}

func randomAsk(r *rig, rng *rand.Rand, u googlesim.User, seed uint64) activities.ConvergeGoogle {
	in := r.known(plan.GoogleAccount, plan.GoogleProfile)
	in.Account, in.EmployeeNumber = u.ID, fmt.Sprintf("P%d", seed)
	in.Email = pick(rng, u.PrimaryEmail, strings.ToUpper(u.PrimaryEmail), fmt.Sprintf("new%d@example.com", seed))
	in.Person = employee.Employee{FirstName: pick(rng, "Sam", "Kim", " Jo  Ann "), LastName: pick(rng, "Lake", "Dale"), Title: pick(rng, "", "Clerk", "Boss"), Department: pick(rng, "", "Sales", "Legal")}
	if rng.IntN(2) == 0 {
		in.Person.Custom = employee.Custom{"cost_center": {pick(rng, "1", "2")}}
	}
	in.ManagerEmail, in.OrgUnit = pick(rng, "", heirMail, "Boss@example.com"), pick(rng, "", "/Sales", "Leavers/")
	return in
}

func asAsked(before, after googlesim.User, in activities.ConvergeGoogle) string {
	center := before.CostCenter
	if c := in.Person.Custom["cost_center"]; len(c) > 0 {
		center = c[0]
	}
	unit := before.OrgUnitPath
	if in.OrgUnit != "" {
		unit = "/" + strings.Trim(in.OrgUnit, "/")
	}
	want := []string{strings.ToLower(in.Email), words(in.Person.FirstName), in.Person.LastName, in.Person.Title, in.Person.Department, center,
		strings.ToLower(in.ManagerEmail), unit, in.EmployeeNumber}
	got := []string{strings.ToLower(after.PrimaryEmail), after.GivenName, after.FamilyName, after.Title, after.Department, after.CostCenter,
		strings.ToLower(after.Manager), after.OrgUnitPath, after.EmployeeNumber}
	switch {
	case !slices.Equal(want, got):
		return fmt.Sprintf("the profile is %q, want %q", got, want)
	case after.Suspended:
		return "suspended"
	case !reflect.DeepEqual(before.Extra, after.Extra):
		return "what nobody asked about was changed"
	case !before.Suspended && (after.Hidden != before.Hidden || after.ChangePassword != before.ChangePassword || after.PasswordChanges != before.PasswordChanges):
		return "an open account's password or listing was changed"
	case before.Suspended && after.PasswordChanges != before.PasswordChanges+1:
		return "opened with the old password"
	case !strings.EqualFold(after.PrimaryEmail, before.PrimaryEmail) && !slices.Contains(after.Aliases, before.PrimaryEmail):
		return "mail to the old address is lost"
	}
	return ""
}

// The account of somebody who was there before Tenure is in no ledger: a new address alone would not find it.
func TestProfile_Renamed_FoundAtTheFormerAddress(t *testing.T) {
	for name, c := range map[string]struct {
		number string
		found  bool
	}{"NoNumber": {"", true}, "TheirNumber": {"E2001", true}, "AnotherNumber_IsSomebodyElses": {"E7", false}} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			there := r.sim.AddUser(googlesim.User{PrimaryEmail: "jo.old@example.com", GivenName: "Jo", FamilyName: "Old", EmployeeNumber: c.number})
			in := r.joiner(plan.GoogleProfile)
			in.Create, in.Former = false, "jo.old@example.com"
			r.converge(in)
			u, moved := r.sim.User(joinerMail)
			if moved != c.found || c.found && u.ID != there.ID {
				t.Errorf("renamed %v, the same account %v", moved, u.ID == there.ID)
			}
		})
	}
}
