package world

import (
	"slices"
	"strings"

	"tenure/simulators/company"
	googlesim "tenure/simulators/google"
	jamfsim "tenure/simulators/jamf"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
)

// LeaversUnit is the organisational unit in Google that leavers are moved to.
const LeaversUnit = "/Leavers"

// seedOkta fills the Okta org: people and the accounts that are nobody's, groups with their rules, applications.
func (w *World) seedOkta(people []company.Person) {
	ids := map[string]string{} // user ids by login
	for _, p := range people {
		if p.Status != "pending" {
			ids[p.Email] = w.Okta.AddUser(oktaUser(p, leads(people, p)))
		}
	}
	for _, a := range company.Accounts() {
		first, last, _ := strings.Cut(a.Name, " ")
		ids[a.Login] = w.Okta.AddUser(oktasim.User{Status: "ACTIVE", Roles: oktaRoles(a.OktaRoles),
			Profile: oktasim.Profile{Login: a.Login, Email: a.Login, FirstName: first, LastName: last}})
	}
	apps := w.seedOktaApps(w.seedOktaGroups(people, ids))
	for _, p := range people {
		w.seedOktaPerson(p, ids, apps)
	}
}

// leads is the number of the nearest of somebody's managers who works for the company.
func leads(people []company.Person, p company.Person) string {
	for m, ok := company.Find(people, p.Manager); ok; m, ok = company.Find(people, m.Manager) {
		if m.Status == "active" {
			return m.Number
		}
	}
	return ""
}

func oktaUser(p company.Person, manager string) oktasim.User {
	return oktasim.User{
		Status: "ACTIVE", Roles: oktaRoles(p.OktaRoles),
		Profile: oktasim.Profile{Login: p.Email, Email: p.Email, FirstName: p.First, LastName: p.Last, EmployeeNumber: p.Number,
			Department: p.Department, Title: p.Title, ManagerID: manager, Extra: map[string]any{"userType": p.WorkerType, "countryCode": p.Country()}},
		Factors: []oktasim.Factor{{Type: "push", Provider: "OKTA"}, {Type: "token:software:totp", Provider: "GOOGLE"}},
	}
}

func oktaRoles(types []string) []oktasim.Role {
	var out []oktasim.Role
	for _, t := range types {
		out = append(out, oktasim.Role{Type: t, Label: strings.ReplaceAll(t, "_", " "), AssignmentType: "USER"})
	}
	return out
}

// seedOktaGroups returns the group ids by name.
func (w *World) seedOktaGroups(people []company.Person, ids map[string]string) map[string]string {
	groups := map[string]string{}
	for _, g := range company.Groups() {
		id := w.Okta.AddGroup(oktasim.Group{Type: "OKTA_GROUP", Name: g.Name, Description: g.Description})
		groups[g.Name] = id
		if g.Rule != "" {
			w.Okta.AddRule(oktasim.Rule{Name: g.Name, Expression: g.Rule, Groups: []string{id}})
			continue
		}
		for _, p := range people {
			if ids[p.Email] != "" && slices.Contains(p.Groups, g.Name) {
				_ = w.Okta.Join(id, ids[p.Email]) // both were made above
			}
		}
	}
	return groups
}

// seedOktaApps returns the application ids by key.
func (w *World) seedOktaApps(groups map[string]string) map[string]string {
	apps := map[string]string{}
	for _, a := range company.Apps() {
		app := oktasim.App{Name: a.Key, Label: a.Label, Status: "ACTIVE"}
		for _, g := range company.Groups() {
			if slices.Contains(g.Apps, a.Key) {
				app.Groups = append(app.Groups, groups[g.Name])
			}
		}
		apps[a.Key] = w.Okta.AddApp(app)
	}
	return apps
}

func (w *World) seedOktaPerson(p company.Person, ids, apps map[string]string) {
	if ids[p.Email] == "" {
		return
	}
	if p.Status == "inactive" {
		w.Okta.SetStatus(ids[p.Email], "DEPROVISIONED")
		return
	}
	for _, key := range p.Apps {
		w.Okta.Assign(apps[key], ids[p.Email])
	}
	for _, d := range p.OktaDevices {
		users := []string{ids[p.Email]}
		for _, other := range d.SharedWith {
			users = append(users, ids[other])
		}
		w.Okta.AddDevice(oktasim.Device{Name: d.Name, Platform: d.Platform, Serial: d.Serial, Status: "ACTIVE", Users: users})
	}
	_ = w.Okta.SignIn(p.Email)
}

// seedGoogle fills Google Workspace: units, people with their mailboxes, groups, the administrator Tenure acts as.
func (w *World) seedGoogle(people []company.Person) {
	w.Google.Seed(func() { w.fillGoogle(people) })
}

func (w *World) fillGoogle(people []company.Person) {
	w.Google.AddOrgUnit(googlesim.OrgUnit{Path: LeaversUnit})
	for _, d := range company.Departments() {
		w.Google.AddOrgUnit(googlesim.OrgUnit{Path: "/" + d})
	}
	for _, a := range company.Accounts() {
		first, last, _ := strings.Cut(a.Name, " ")
		w.Google.AddUser(googlesim.User{PrimaryEmail: a.Login, GivenName: first, FamilyName: last, OrgUnitPath: "/"})
	}
	w.Google.AddUser(googlesim.User{PrimaryEmail: GoogleAdmin, GivenName: "Tenure", FamilyName: "Integration", OrgUnitPath: "/", IsAdmin: true})
	// The stand-in brings an administrator of its own; here the head of IT alone is one.
	w.Google.Change(googlesim.AdminEmail, func(u *googlesim.User) { u.IsAdmin = false })
	for _, p := range people {
		if p.Status != "pending" {
			w.seedMailbox(p)
		}
	}
	for _, p := range people {
		for _, d := range p.Mail.Delegates {
			w.Google.AddDelegate(p.Email, d)
		}
	}
	for _, g := range company.MailGroups(people) {
		w.Google.AddGroup(g.Email, g.Name)
		for _, m := range g.Members {
			w.Google.AddMember(g.Email, m, "MEMBER")
		}
		for _, o := range g.Owners {
			w.Google.AddMember(g.Email, o, "OWNER")
		}
	}
}

func (w *World) seedMailbox(p company.Person) {
	w.Google.AddUser(googlesim.User{PrimaryEmail: p.Email, GivenName: p.First, FamilyName: p.Last, OrgUnitPath: "/" + p.Department,
		EmployeeNumber: p.Number, Title: p.Title, Department: p.Department, IsAdmin: p.GoogleSuperAdmin,
		Suspended: p.Status == "inactive", RecoveryEmail: p.Personal, Password: "seeded-" + p.ProfileID})
	if p.Status == "inactive" {
		return
	}
	w.Google.AddSession(p.Email, "browser")
	for _, t := range p.Mail.Tokens {
		w.Google.AddToken(p.Email, strings.ToLower(strings.ReplaceAll(t, " ", "-"))+".apps.example.com", t, "https://www.googleapis.com/auth/drive.readonly")
	}
	if p.Mail.ForwardTo != "" {
		w.Google.SetForwarding(p.Email, p.Mail.ForwardTo)
	}
	for _, f := range p.Mail.Files {
		w.Google.AddFile(p.Email, f, false)
	}
}

// seedJamf enrols everybody's devices.
func (w *World) seedJamf(people []company.Person) {
	w.Jamf.AddClient(jamfsim.DefaultClientID, jamfsim.DefaultClientSecret)
	var all []jamfsim.Device
	for _, p := range people {
		for _, d := range p.Devices {
			kind := jamfsim.Computer
			if d.Mobile {
				kind = jamfsim.Mobile
			}
			all = append(all, jamfsim.Device{Kind: kind, Serial: d.Serial, Name: d.Name, Model: d.Model, AssetTag: d.AssetTag,
				Intel: !d.AppleSilicon, OSVersion: d.OSVersion, Username: strings.SplitN(p.Email, "@", 2)[0], RealName: p.Name(), Email: p.Email})
		}
	}
	w.Jamf.AddDevices(all...)
}

// integrationsOwner is the profile id of whoever made Namely's token: somebody in IT without a part in a demonstration,
// who manages nobody and whom nobody turns inactive to see what happens, because no reading of a token whose owner has
// left is believed. It is the last one who fits; "", which is Namely's first profile, where nobody does.
func integrationsOwner(people []company.Person) string {
	parts := cast(people)
	for _, p := range slices.Backward(people) {
		manages := slices.ContainsFunc(people, func(q company.Person) bool { return q.Manager == p.ProfileID })
		if p.Department == "IT" && p.Status == "active" && p.WorkerType == "Full Time" && !p.GoogleSuperAdmin && parts[p.Email] == "" && !manages {
			return p.ProfileID
		}
	}
	return ""
}

// seedNamely writes the HR records.
func (w *World) seedNamely(people []company.Person) {
	for _, o := range company.Offices() {
		w.Namely.SetOffice(o.Name, namelysim.Address{Line1: o.Address.Line1, Line2: o.Address.Line2, City: o.Address.City,
			State: o.Address.State, Zip: o.Address.Zip, Country: o.Address.Country})
	}
	// Namely has no field for leave of absence. This company made one, as companies do.
	w.Namely.AddField(namelysim.Field{Name: namelysim.LeaveField, Label: "Leave status", Type: "select", Section: "Job"})
	profiles := make([]namelysim.Profile, 0, len(people))
	for _, p := range people {
		profiles = append(profiles, hrRecord(p))
	}
	w.Namely.AddProfiles(profiles...)
}

// hrRecord is the HR record of a person.
func hrRecord(p company.Person) namelysim.Profile {
	return namelysim.Profile{ID: p.ProfileID, Email: p.Email, FirstName: p.First, LastName: p.Last, Status: p.Status,
		JobTitle: p.Title, ReportsTo: p.Manager, EmployeeType: p.WorkerType, EmployeeID: p.Number, Start: p.Start, Departure: p.Departure,
		Personal: p.Personal, Department: p.Department, Office: p.Office.Name,
		Home: namelysim.Address{Line1: p.Home.Line1, Line2: p.Home.Line2, City: p.Home.City, State: p.Home.State, Zip: p.Home.Zip, Country: p.Home.Country}}
}

// Hire is HR making a record for somebody new. Who has one keeps it as it is.
func (w *World) Hire(p company.Person) { w.Namely.Hire(hrRecord(p)) }

// Job is what HR says that somebody works as.
type Job struct {
	Department, Title string
	Manager           string // profile id
}

// Assign is HR giving somebody, by profile id or work address, another job.
func (w *World) Assign(person string, to Job) {
	w.Namely.Edit(person, func(p *namelysim.Profile) {
		p.Department, p.JobTitle, p.ReportsTo = to.Department, to.Title, to.Manager
	})
}
