package googlesim

import (
	"encoding/json"
	"slices"
)

// Snapshot is the organisation as an administrator's console would show it.
type Snapshot struct {
	Users     []User         `json:"users"` // by address; deleted ones included
	Groups    []Group        `json:"groups"`
	OrgUnits  []OrgUnit      `json:"orgUnits"`
	Transfers []Transfer     `json:"transfers"` // oldest first
	Devices   []MobileDevice `json:"devices"`
}

// State is the account's state in one word for a page: active, suspended, archived, deleted.
func (u User) State() string {
	switch {
	case !u.Deleted.IsZero():
		return "deleted"
	case u.Suspended:
		return "suspended"
	case u.Archived:
		return "archived"
	}
	return "active"
}

// Name is the display name.
func (u User) Name() string {
	if u.GivenName == "" {
		return u.FamilyName
	}
	return u.GivenName + " " + u.FamilyName
}

// copy is a deep copy: what a method hands out must not change under its reader.
func (u *User) copy() User { return deep(*u) }

func deep[T any](v T) T {
	var out T
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // our own types always encode
	}
	return out
}

// Snapshot copies everything there is to show.
func (s *Simulator) Snapshot() (snap Snapshot) {
	s.read(func() {
		for _, u := range s.sortedUsers() {
			snap.Users = append(snap.Users, *u)
		}
		for _, g := range s.sortedGroups() {
			snap.Groups = append(snap.Groups, *g)
		}
		for _, t := range s.state.Transfers {
			snap.Transfers = append(snap.Transfers, *t)
		}
		snap.OrgUnits, snap.Devices = s.sortedUnits(), slices.Clone(s.state.Devices)
		snap = deep(snap)
	})
	return snap
}

// User returns an account by id, address or alias.
func (s *Simulator) User(key string) (u User, found bool) {
	s.read(func() {
		if p := s.user(key); p != nil {
			u, found = p.copy(), true
		}
	})
	return u, found
}

// Group returns a group by id or address.
func (s *Simulator) Group(key string) (g Group, found bool) {
	s.read(func() {
		if p := s.group(key); p != nil {
			g, found = deep(*p), true
		}
	})
	return g, found
}

// Transfers returns every job ever made, oldest first: a duplicate shows here.
func (s *Simulator) Transfers() []Transfer { return s.Snapshot().Transfers }

// Roles lists the delegated admin roles given to a user or group id.
func (s *Simulator) Roles(id string) (out []RoleAssignment) {
	s.read(func() {
		for _, a := range s.state.Assignments {
			if a.AssignedTo == id {
				out = append(out, a)
			}
		}
	})
	return out
}
