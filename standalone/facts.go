package main

import (
	"fmt"
	"slices"
	"strings"

	"tenure/simulators/company"
	oktasim "tenure/simulators/okta"
	"tenure/simulators/world"
)

// is compares what was found with what was wanted.
func is(text, seen, want string) fact {
	if seen != want {
		return fact{text: text, seen: fmt.Sprintf("%s, not %s", seen, want)}
	}
	return fact{text: text, seen: seen, holds: true}
}

func among(text, seen string, want ...string) fact {
	return fact{text: text, seen: seen, holds: slices.Contains(want, seen)}
}

// profile reads an Okta account's attributes as one line.
func profile(u oktasim.User) string {
	p := u.Profile
	return strings.Join([]string{p.EmployeeNumber, p.FirstName, p.LastName, p.Department, p.Title, "reports to " + p.ManagerID, fmt.Sprint(p.Extra["userType"])}, ", ")
}

// profileOf is the same line for a person with a job.
func profileOf(p company.Person, job world.Job) string {
	manager, _ := company.Find(company.People(), job.Manager)
	return strings.Join([]string{p.Number, p.First, p.Last, job.Department, job.Title, "reports to " + manager.Number, p.WorkerType}, ", ")
}

func groups(w *world.World, login string) string { return strings.Join(w.Okta.UserGroups(login), ", ") }

// mailbox says how somebody's Google account stands.
func mailbox(w *world.World, login string) string {
	u, found := w.Google.User(login)
	if !found {
		return "none"
	}
	return u.State() + " in " + u.OrgUnitPath
}

func factsOfJoin(in *installation) []fact {
	w, late, next := in.world, company.DemoJoiner(), company.DemoNextJoiner()
	job := world.Job{Department: late.Department, Title: late.Title, Manager: late.Manager}
	gives := "all-staff, dept-engineering, on-call, vpn-users"
	here, _ := w.Okta.User(late.Email)
	soon, _ := w.Okta.User(next.Email)
	return []fact{
		among("Okta has "+late.Name(), here.Status, "PROVISIONED", "ACTIVE"),
		is("with the attributes", profile(here), profileOf(late, job)),
		is("and the groups", groups(w, late.Email), gives),
		is("their Google account", mailbox(w, late.Email), "active in /Engineering"),
		is("Okta has "+next.Name()+", who begins in three days", soon.Status, "STAGED"),
		is("with the attributes", profile(soon), profileOf(next, job)),
		is("their Google account", mailbox(w, next.Email), "active in /Engineering"),
	}
}

func factsOfMove(in *installation) []fact {
	w, p := in.world, company.DemoMover()
	u, _ := w.Okta.User(p.Email)
	return []fact{
		is("Okta has "+p.Name(), u.Status, "ACTIVE"),
		is("with the attributes", profile(u), profileOf(p, movedTo())),
		is("and the groups, the one given by hand among them", groups(w, p.Email), "all-staff, dept-product, managers, vpn-users"),
		is("their Google account", mailbox(w, p.Email), "active in /Product"),
		is("the pager was kept for seven of the policy's days", overlapped(w, u), "at least 7 s after the new title"),
	}
}

// overlapped reads in Okta's System Log how long after the new job the group of the old one was left.
func overlapped(w *world.World, u oktasim.User) string {
	var edited, left oktasim.Event
	for _, e := range w.Okta.Log() {
		about := func(id string) bool {
			return slices.ContainsFunc(e.Target, func(t oktasim.Party) bool { return t.ID == id })
		}
		onCall, _ := w.Okta.GroupNamed("on-call")
		switch {
		case !about(u.ID):
		case e.EventType == "user.account.update_profile":
			edited = e
		case e.EventType == "group.user_membership.remove" && about(onCall.ID):
			left = e
		}
	}
	switch took := left.Published.Sub(edited.Published); {
	case edited.Seq == 0:
		return "the profile was never updated"
	case left.Seq == 0:
		return "it is not left yet"
	case took.Seconds() < 6.5:
		return fmt.Sprintf("only %.1f s after the new title", took.Seconds())
	}
	return "at least 7 s after the new title"
}

// factsOfAway are what holds while somebody is on leave.
func factsOfAway(w *world.World, p company.Person) []fact {
	u, _ := w.Okta.User(p.Email)
	kept := slices.Clone(p.Groups)
	slices.Sort(kept)
	return []fact{
		is("while "+p.First+" was away, Okta had them", u.Status, "SUSPENDED"),
		is("with their groups", groups(w, p.Email), strings.Join(kept, ", ")),
	}
}

func factsOfLeave(in *installation) []fact {
	w, p := in.world, company.DemoAway()
	u, _ := w.Okta.User(p.Email)
	return append(slices.Clone(in.whileAway),
		is("Okta has "+p.Name()+" again", u.Status, "ACTIVE"),
		is("with the attributes of the job they got meanwhile", profile(u), profileOf(p, movedTo())),
		is("and its groups", groups(w, p.Email), "all-staff, dept-product, vpn-users"),
		is("their Google account", mailbox(w, p.Email), "active in /Product"),
	)
}

func factsOfRehire(in *installation) []fact {
	w, p := in.world, company.DemoLeaver()
	u, _ := w.Okta.User(p.Email)
	g, _ := w.Google.User(p.Email)
	delegates, apps := "nobody", "none"
	for _, d := range g.Mail.Delegates {
		delegates = d.Email
	}
	for _, s := range w.Okta.Snapshot() {
		for _, app := range []string{"Salesforce", "Figma"} { // which they had been assigned by hand
			if s.ID == u.ID && slices.Contains(s.Apps, app) {
				apps = app
			}
		}
	}
	return []fact{
		is("the offboarding ended", in.ended.Outcome, "rehired"),
		among("Okta has "+p.Name(), u.Status, "PROVISIONED", "ACTIVE"),
		is("as the same account", u.ID, in.account),
		is("with the attributes of today's job", profile(u), profileOf(p, movedTo())),
		is("and the groups of today's role alone", groups(w, p.Email), "all-staff, dept-product, vpn-users"),
		is("applications of the earlier job", apps, "none"),
		is("their Google account", mailbox(w, p.Email), "active in /Product"),
		is("who else reads their mail", delegates, "nobody"),
	}
}
