package oktasim

import (
	"fmt"
	"slices"
	"strings"
)

// Empty says whether the org has nobody in it: whether it wants seeding or was loaded from Dir.
func (s *Simulator) Empty() bool {
	var empty bool
	s.locked(func() { empty = len(s.state.Users) == 0 })
	return empty
}

// AddUser puts an account into the org and returns its id. Sub-objects without an id get one.
func (s *Simulator) AddUser(u User) string {
	s.locked(func() {
		u = u.clone()
		if u.Profile.Email == "" {
			u.Profile.Email = u.Profile.Login
		}
		if u.Status == "" {
			u.Status = Active
		}
		u.NoPassword = u.NoPassword || u.Status == Staged || u.Status == Provisioned || u.Status == Deprovisioned
		s.nameParts(&u)
		s.insert(&u)
		u.ChangedAt = s.Now().Add(-s.SearchLag) // a seed is in the index already
	})
	return u.ID
}

func (s *Simulator) nameParts(u *User) {
	for i := range u.Roles {
		fill(&u.Roles[i].ID, func() string { return s.id("ra1") })
		fill(&u.Roles[i].AssignmentType, func() string { return "USER" })
	}
	for i := range u.Factors {
		fill(&u.Factors[i].ID, func() string { return s.id("ufs") })
		fill(&u.Factors[i].Provider, func() string { return "OKTA" })
	}
	for i := range u.Sessions {
		fill(&u.Sessions[i].ID, func() string { return s.id("102") })
	}
	for i := range u.Grants {
		fill(&u.Grants[i].ID, func() string { return s.id("oag") })
	}
	for i := range u.Tokens {
		fill(&u.Tokens[i].ID, func() string { return s.id("oar") })
	}
}

func fill(field *string, with func() string) {
	if *field == "" {
		*field = with()
	}
}

// AddGroup adds a group and returns its id. Members map user ids to [ByHand], [ByApp] or a rule's id.
func (s *Simulator) AddGroup(g Group) string {
	s.locked(func() {
		fill(&g.ID, func() string { return s.id("00g") })
		fill(&g.Type, func() string { return OktaGroup })
		g.Created, g.Members = s.Now(), cloneMap(g.Members)
		ensure(&g.Members)
		g.Roles = slices.Clone(g.Roles)
		for i := range g.Roles {
			fill(&g.Roles[i].ID, func() string { return s.id("gra") })
		}
		s.state.Groups[g.ID] = &g
		s.dirty = true
	})
	return g.ID
}

// Join puts a user into a group, as an administrator does by hand.
func (s *Simulator) Join(group, user string) error {
	var err error
	s.locked(func() {
		g, ok := s.state.Groups[group]
		u := s.find(user)
		if !ok || u == nil {
			err = fmt.Errorf("no group %q or no user %q", group, user)
			return
		}
		g.Members[u.ID] = ByHand
		s.record("group.user_membership.add", Party{ID: OperatorID + "2", Type: "User", DisplayName: "another administrator"}, u.party(), g.party())
		err = s.commit()
	})
	return err
}

// Leave takes a user out of a group, as an administrator does by hand. Somebody whom a rule put in is excluded from the
// rule for good.
func (s *Simulator) Leave(group, user string) error {
	var err error
	s.locked(func() {
		g, ok := s.state.Groups[group]
		u := s.find(user)
		if !ok || u == nil {
			err = fmt.Errorf("no group %q or no user %q", group, user)
			return
		}
		s.takeOut(g, u, Party{ID: OperatorID + "2", Type: "User", DisplayName: "another administrator"})
		err = s.commit()
	})
	return err
}

// RenameGroup gives a group another name.
func (s *Simulator) RenameGroup(group, name string) {
	s.locked(func() {
		if g, ok := s.state.Groups[group]; ok {
			g.Name, s.dirty = name, true
		}
	})
}

// DeleteGroup deletes a group.
func (s *Simulator) DeleteGroup(group string) {
	s.locked(func() {
		delete(s.state.Groups, group)
		s.dirty = true
	})
}

// Accept lets a person follow the link of the activation mail and choose a password.
func (s *Simulator) Accept(login string) error {
	var err error
	s.locked(func() {
		u := s.find(login)
		if u == nil || u.Status != Provisioned || u.ActivationMails == 0 {
			err = fmt.Errorf("%q was sent no activation mail, or needs none", login)
			return
		}
		s.touch(u)
		u.NoPassword, u.PasswordChanged = false, s.Now()
		s.setStatus(u, Active)
		err = s.commit()
	})
	return err
}

// AddRule adds an active rule, applies it to everybody, and returns its id.
func (s *Simulator) AddRule(r Rule) string {
	s.locked(func() {
		fill(&r.ID, func() string { return s.id("0pr") })
		fill(&r.Status, func() string { return Active })
		r.Created = s.Now()
		s.state.Rules[r.ID] = &r
		for _, id := range sortedKeys(s.state.Users) {
			s.applyRules(s.state.Users[id])
		}
		s.dirty = true
	})
	return r.ID
}

// AddApp adds an application instance and returns its id.
func (s *Simulator) AddApp(a App) string {
	s.locked(func() {
		fill(&a.ID, func() string { return s.id("0oa") })
		fill(&a.Status, func() string { return Active })
		fill(&a.Label, func() string { return a.Name })
		a.Created, a.Users = s.Now(), cloneMap(a.Users)
		ensure(&a.Users)
		s.state.Apps[a.ID] = &a
		s.dirty = true
	})
	return a.ID
}

// Assign assigns an app to a user directly.
func (s *Simulator) Assign(app, user string) {
	s.locked(func() {
		if a, ok := s.state.Apps[app]; ok {
			a.Users[user] = Assignment{Created: s.Now()}
			s.dirty = true
		}
	})
}

// AddDevice registers a device for its users and returns its id.
func (s *Simulator) AddDevice(d Device) string {
	s.locked(func() {
		fill(&d.ID, func() string { return s.id("guo") })
		fill(&d.Status, func() string { return Active })
		fill(&d.Platform, func() string { return "MACOS" })
		d.Created, d.Users = s.Now(), slices.Clone(d.Users)
		s.state.Devices[d.ID] = &d
		s.dirty = true
	})
	return d.ID
}

// SignIn signs a person in: a session, the last login and a line in the System Log. Okta refuses it in every status
// but ACTIVE.
func (s *Simulator) SignIn(login string) error {
	var err error
	s.locked(func() {
		u := s.find(login)
		if u == nil || u.Status != Active {
			err = fmt.Errorf("sign-in of %q refused", login)
			return
		}
		u.Sessions = append(u.Sessions, Session{ID: s.id("102"), At: s.Now()})
		u.LastLogin = s.Now()
		s.record("user.session.start", u.party(), u.party())
		err = s.commit()
	})
	return err
}

// Import lets a directory or HR app import bring an account back to ACTIVE, as a badly mapped import does to
// leavers.
func (s *Simulator) Import(app, login string) error {
	var err error
	s.locked(func() {
		u, a := s.find(login), s.state.Apps[app]
		if u == nil || a == nil {
			err = fmt.Errorf("no user %q or no app %q", login, app)
			return
		}
		s.touch(u)
		u.NoPassword, u.Transitioning = false, ""
		s.setStatus(u, Active)
		s.record("user.lifecycle.reactivate", system, u.party(), a.party())
		err = s.commit()
	})
	return err
}

// SetStatus puts a user into a status without asking whether Okta would.
func (s *Simulator) SetStatus(user, status string) {
	s.locked(func() {
		if u := s.find(user); u != nil {
			s.touch(u)
			s.setStatus(u, status)
		}
	})
}

// User is a copy of an account, by id or login.
func (s *Simulator) User(key string) (User, bool) {
	var out User
	var ok bool
	s.locked(func() {
		if u := s.find(key); u != nil {
			out, ok = u.clone(), true
		}
	})
	return out, ok
}

// UserGroups are the names of a user's groups, sorted, without Everyone. The user is given by id or login.
func (s *Simulator) UserGroups(user string) []string {
	out := []string{}
	s.locked(func() {
		if u := s.find(user); u != nil {
			for _, g := range s.memberships(u.ID) {
				if g.ID != s.state.Everyone {
					out = append(out, g.Name)
				}
			}
		}
	})
	slices.Sort(out)
	return out
}

// GroupNamed is a copy of the group with a name; of several the oldest.
func (s *Simulator) GroupNamed(name string) (Group, bool) {
	var out Group
	var ok bool
	s.locked(func() {
		for _, id := range sortedKeys(s.state.Groups) {
			if g := s.state.Groups[id]; g.Name == name && !ok {
				out, ok = *g, true
				out.Members, out.Roles = cloneMap(g.Members), slices.Clone(g.Roles)
			}
		}
	})
	return out, ok
}

// Rule is a copy of a group rule.
func (s *Simulator) Rule(id string) (Rule, bool) {
	var out Rule
	var ok bool
	s.locked(func() {
		if r := s.state.Rules[id]; r != nil {
			out, ok = *r, true
			out.Groups, out.Exclude = slices.Clone(r.Groups), slices.Clone(r.Exclude)
		}
	})
	return out, ok
}

// Device is a copy of a device.
func (s *Simulator) Device(id string) (Device, bool) {
	var out Device
	var ok bool
	s.locked(func() {
		if d := s.state.Devices[id]; d != nil {
			out, ok = *d, true
			out.Users = slices.Clone(d.Users)
		}
	})
	return out, ok
}

// Person is an account as a console shows it.
type Person struct {
	ID             string
	Login          string
	Name           string
	Status         string
	Transitioning  string
	EmployeeNumber string
	Sessions       int
	Factors        int
	Tokens         int
	Roles          []string
	Groups         []string // names
	Apps           []string // labels
	Devices        []string // names
}

// Snapshot is every account as a console shows it, oldest first.
func (s *Simulator) Snapshot() []Person {
	var out []Person
	s.locked(func() {
		for _, id := range sortedKeys(s.state.Users) {
			out = append(out, s.person(s.state.Users[id]))
		}
	})
	return out
}

func (s *Simulator) person(u *User) Person {
	p := Person{ID: u.ID, Login: u.Profile.Login, Name: strings.TrimSpace(u.Profile.FirstName + " " + u.Profile.LastName),
		Status: u.Status, Transitioning: u.Transitioning, EmployeeNumber: u.Profile.EmployeeNumber,
		Sessions: len(u.Sessions), Factors: len(u.Factors), Tokens: len(u.Tokens)}
	for _, r := range u.Roles {
		p.Roles = append(p.Roles, r.Type)
	}
	for _, g := range s.memberships(u.ID) {
		p.Groups = append(p.Groups, g.Name)
	}
	for _, id := range sortedKeys(s.state.Apps) {
		if s.scope(s.state.Apps[id], u) != "" {
			p.Apps = append(p.Apps, s.state.Apps[id].Label)
		}
	}
	for _, id := range sortedKeys(s.state.Devices) {
		if contains(s.state.Devices[id].Users, u.ID) {
			p.Devices = append(p.Devices, s.state.Devices[id].Name)
		}
	}
	return p
}

// SetPassword gives an account a password, whatever its status.
func (s *Simulator) SetPassword(user string) {
	s.locked(func() {
		if u := s.find(user); u != nil {
			u.NoPassword, u.PasswordChanged, s.dirty = false, s.Now(), true
		}
	})
}
