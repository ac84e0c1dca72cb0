package console

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tenure/simulators/company"
	easypostsim "tenure/simulators/easypost"
	googlesim "tenure/simulators/google"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	retrieversim "tenure/simulators/retriever"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

// view is what the page shows: everybody in one line each, and one person at every vendor.
type view struct {
	Vendors   []vendor             `json:"vendors"`
	People    []line               `json:"people"`
	Person    string               `json:"person"` // work address of the person shown
	Namely    *namelysim.Profile   `json:"namely"`
	Manager   string               `json:"manager"`
	Okta      *okta                `json:"okta"`
	Google    *google              `json:"google"`
	Jamf      []device             `json:"jamf"`
	Retriever []retrieversim.Order `json:"retriever"`
	Balances  map[string]int       `json:"balances"`
	Parcels   []parcel             `json:"parcels"`
	Slack     slack                `json:"slack"`
	Jira      []issue              `json:"jira"` // parents first, newest first; sub-tasks follow their parent
	Faults    []fault              `json:"faults"`
	// Departments are those with somebody to turn inactive; Hooks are the vendors that call others by themselves.
	Departments []string         `json:"departments"`
	Hooks       map[string]hooks `json:"hooks"`
}

type vendor struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Calls  int    `json:"calls"`
	Faults int    `json:"faults"`
}

// line is one person in the directory, as the vendors see the person side by side.
type line struct {
	Email     string `json:"email"`
	Name      string `json:"name"`
	Title     string `json:"title"`
	HR        string `json:"hr"` // "" for an account without an HR record
	Departure string `json:"departure,omitempty"`
	Okta      string `json:"okta"`
	Google    string `json:"google"`
	Devices   int    `json:"devices"`
	Locked    int    `json:"locked"`
}

type okta struct {
	oktasim.Person
	Profile oktasim.Profile `json:"profile"`
	Mails   int             `json:"activationMails"`
	Kinds   []string        `json:"factorKinds"`
	Since   []string        `json:"sessionTimes"`
	Events  []oktasim.Event `json:"events"` // newest first
}

// google is an account without its password digest and its codes.
type google struct {
	googlesim.User
	PasswordDigest string     `json:"passwordDigest,omitempty"` // hides the account's own
	BackupCodes    int        `json:"backupCodes"`
	State          string     `json:"state"`
	AcceptsMail    bool       `json:"acceptsMail"`
	Groups         []string   `json:"groups"`
	Transfers      []transfer `json:"transfers"`
}

type transfer struct {
	googlesim.Transfer
	FromEmail string `json:"fromEmail"`
	ToEmail   string `json:"toEmail"`
}

// device is a machine without its PINs, which are shown on demand: see [console.pins].
type device struct {
	jamfsim.Device
	LockPIN   bool      `json:"lockPin"` // whether there is one
	StoredPIN bool      `json:"storedPin"`
	Commands  []command `json:"commands"` // oldest first
}

type command struct {
	jamfsim.Command
	PIN bool `json:"pin"`
}

type parcel struct {
	easypostsim.Parcel
	Watched bool `json:"watched"` // somebody asked EasyPost to track it
	Return  bool `json:"return"`
}

type slack struct {
	Users        []slacksim.User        `json:"users"`
	Channels     []slacksim.Room        `json:"channels"`
	Ephemerals   []slacksim.Ephemeral   `json:"ephemerals"`
	Interactions []slacksim.Interaction `json:"interactions"`
	Views        []slacksim.View        `json:"views"`
	Connections  int                    `json:"connections"`
	Cast         []part                 `json:"cast"` // who is worth playing
}

type part struct {
	world.Part
	Name string `json:"name"` // handle
}

type issue struct {
	jirasim.Issue
	To         []string          `json:"to"`         // statuses it can go to from here
	Names      map[string]string `json:"names"`      // display names by account id
	Properties map[string]any    `json:"properties"` // left out: bookkeeping that Jira shows nobody
	Index      struct{}          `json:"index"`
}

// shown is how many messages, answers and log lines a panel goes back.
const shown = 40

func last[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

// view reads all vendors. An empty person is the demonstration's leaver; all lists everybody's orders, parcels,
// tickets and commanded machines instead of that person's.
func (c *console) view(person string, all bool) view {
	c.w.Jamf.Tick()
	c.w.Retriever.Tick()
	c.w.EasyPost.Tick()
	v := view{Person: c.chosen(person), Slack: c.slack()}
	v.Vendors, v.Faults = c.vendors(), c.faults()
	accounts, workspace, fleet := c.w.Okta.Snapshot(), c.w.Google.Snapshot(), c.w.Jamf.Snapshot()
	v.People = c.people(accounts, workspace.Users, fleet.Devices)
	if p, ok := c.w.Namely.Profile(v.Person); ok {
		v.Namely = &p
		if m, ok := c.w.Namely.Profile(p.ReportsTo); ok {
			v.Manager = m.FirstName + " " + m.LastName
		}
	}
	v.Okta, v.Google = c.okta(accounts, v.Person), c.google(workspace, v.Person)
	who := c.traces(v)
	v.Jamf = who.devices(fleet, all)
	v.Retriever, v.Parcels, v.Balances = c.shipments(who, all)
	v.Jira = c.issues(who, all)
	v.Departments, v.Hooks = c.departments(), c.hooks()
	return v
}

func (c *console) chosen(person string) string {
	if person != "" {
		return person
	}
	leaver := company.DemoLeaver().Email
	if _, ok := c.w.Namely.Profile(leaver); ok {
		return leaver
	}
	if all := c.w.Namely.Profiles(); len(all) > 0 {
		return all[0].Email
	}
	return leaver
}

func (c *console) vendors() []vendor {
	kits := c.w.Kits()
	out := []vendor{}
	for _, name := range world.Vendors() {
		out = append(out, vendor{Name: name, URL: c.w.URL[name], Calls: len(kits[name].Calls()), Faults: len(kits[name].Faults())})
	}
	return out
}

func (c *console) people(accounts []oktasim.Person, users []googlesim.User, devices []jamfsim.Device) []line {
	lines := map[string]*line{}
	at := func(email string) *line {
		if lines[email] == nil {
			lines[email] = &line{Email: email}
		}
		return lines[email]
	}
	for _, u := range users {
		at(u.PrimaryEmail).Name, at(u.PrimaryEmail).Google = u.Name(), u.State()
	}
	for _, a := range accounts {
		at(a.Login).Name, at(a.Login).Okta = a.Name, a.Status
	}
	for _, p := range c.w.Namely.Profiles() {
		l := at(p.Email)
		l.Name, l.Title, l.HR, l.Departure = p.FirstName+" "+p.LastName, p.JobTitle, p.Status, p.Departure
	}
	for _, d := range devices {
		if l := lines[d.Email]; l != nil {
			l.Devices++
			if d.Locked {
				l.Locked++
			}
		}
	}
	out := []line{}
	for _, l := range lines {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b line) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Email, b.Email)) })
	return out
}

func (c *console) okta(accounts []oktasim.Person, login string) *okta {
	i := slices.IndexFunc(accounts, func(p oktasim.Person) bool { return p.Login == login })
	if i < 0 {
		return nil
	}
	out := &okta{Person: accounts[i]}
	user, _ := c.w.Okta.User(login)
	out.Profile, out.Mails = user.Profile, user.ActivationMails
	for _, f := range user.Factors {
		out.Kinds = append(out.Kinds, f.Type+" ("+f.Provider+")")
	}
	for _, s := range user.Sessions {
		out.Since = append(out.Since, s.At.Format("2006-01-02 15:04:05 UTC"))
	}
	for _, e := range slices.Backward(c.w.Okta.Log()) {
		if len(out.Events) < shown && slices.ContainsFunc(e.Target, func(t oktasim.Party) bool { return t.ID == user.ID }) {
			out.Events = append(out.Events, e)
		}
	}
	return out
}

func (c *console) google(all googlesim.Snapshot, email string) *google {
	u, ok := c.w.Google.User(email)
	if !ok {
		return nil
	}
	out := &google{User: u, BackupCodes: len(u.BackupCodes), State: u.State(), AcceptsMail: c.w.Google.AcceptsMail(email)}
	for _, g := range all.Groups {
		for _, m := range g.Members {
			if m.ID == u.ID {
				out.Groups = append(out.Groups, g.Email+" ("+strings.ToLower(m.Role)+")")
			}
		}
	}
	addresses := map[string]string{}
	for _, other := range all.Users {
		addresses[other.ID] = other.PrimaryEmail
	}
	for _, t := range all.Transfers {
		if t.From == u.ID || t.To == u.ID {
			out.Transfers = append(out.Transfers, transfer{Transfer: t, FromEmail: addresses[t.From], ToEmail: addresses[t.To]})
		}
	}
	return out
}

func (c *console) slack() slack {
	s := c.w.Slack.Snapshot()
	for i := range s.Channels {
		s.Channels[i].Messages = last(s.Channels[i].Messages, shown)
	}
	out := slack{Users: s.Users, Channels: s.Channels, Ephemerals: last(s.Ephemerals, shown), Views: s.Views,
		Interactions: last(s.Interactions, shown), Connections: s.Connections, Cast: []part{}}
	for _, p := range world.Cast() {
		if u, ok := c.w.Slack.User(p.User); ok {
			out.Cast = append(out.Cast, part{Part: p, Name: u.Name})
		}
	}
	return out
}

// traces is what tells a person's things at vendors that know no accounts.
type traces struct {
	email, personal, name string
	serials               []string
}

func (c *console) traces(v view) traces {
	t := traces{email: v.Person}
	if v.Namely != nil {
		t.personal, t.name = v.Namely.Personal, v.Namely.FirstName+" "+v.Namely.LastName
	}
	if p, ok := company.Find(c.seeds, v.Person); ok {
		for _, d := range p.Devices {
			t.serials = append(t.serials, d.Serial)
		}
	}
	return t
}

func (t traces) devices(fleet jamfsim.Snapshot, all bool) []device {
	commands := map[string][]command{}
	for _, c := range fleet.Commands {
		commands[c.ManagementID] = append(commands[c.ManagementID], command{Command: c, PIN: c.PIN != ""})
	}
	out := []device{}
	for _, d := range fleet.Devices {
		mine := d.Email == t.email || slices.Contains(t.serials, d.Serial)
		if mine || all && len(commands[d.ManagementID]) > 0 {
			out = append(out, device{Device: d, LockPIN: d.LockPIN != "", StoredPIN: d.StoredPIN != "", Commands: commands[d.ManagementID]})
		}
	}
	return out
}

func (t traces) owns(o retrieversim.Order) bool {
	email := ""
	if o.Person.Email != nil {
		email = *o.Person.Email
	}
	return slices.Contains(t.serials, o.Serial) || email != "" && (email == t.email || email == t.personal) || o.Person.Name == t.name
}

func (c *console) shipments(who traces, all bool) ([]retrieversim.Order, []parcel, map[string]int) {
	snap, carrier := c.w.Retriever.Snapshot(), c.w.EasyPost.Snapshot()
	orders, legs := []retrieversim.Order{}, map[string]bool{} // tracking code to whether it is the way back
	for _, o := range snap.Orders {
		if all || who.owns(o) {
			orders = append(orders, o)
			legs[o.Outbound], legs[o.Return] = false, true
		}
	}
	delete(legs, "")
	parcels := []parcel{}
	for _, p := range carrier.Parcels {
		back, mine := legs[p.Code]
		if !all && !mine {
			continue
		}
		watched := slices.ContainsFunc(carrier.Trackers, func(t easypostsim.Tracker) bool { return t.Code == p.Code })
		parcels = append(parcels, parcel{Parcel: p, Watched: watched, Return: back})
	}
	return orders, parcels, maps.Clone(snap.Balances)
}

// issues lists tickets, each followed by its sub-tasks. A ticket is a person's when it names the address or the name.
func (c *console) issues(who traces, all bool) []issue {
	site := c.w.Jira.Snapshot()
	names := map[string]string{}
	for _, u := range site.Users {
		names[u.AccountID] = u.DisplayName
	}
	var out []issue
	for _, parent := range slices.Backward(site.Issues) {
		text := parent.Summary + " " + parent.Description
		mine := strings.Contains(text, who.email) || who.name != "" && strings.Contains(text, who.name)
		if parent.Parent != "" || !all && !mine {
			continue
		}
		out = append(out, issue{Issue: parent, To: ways(site, parent), Names: names})
		for _, child := range site.Issues {
			if child.Parent == parent.Key {
				out = append(out, issue{Issue: child, To: ways(site, child), Names: names})
			}
		}
	}
	return out
}

func ways(site jirasim.Site, i jirasim.Issue) []string {
	var out []string
	for _, p := range site.Projects {
		if p.Key != i.Project {
			continue
		}
		for _, w := range p.Workflow.Transitions {
			if w.To != i.Status.Name && (len(w.From) == 0 || slices.Contains(w.From, i.Status.Name)) {
				out = append(out, w.To)
			}
		}
	}
	return out
}
