package googlesim

import (
	"strings"
	"time"
)

// provision is an account that another system is about to make. Its id is chosen beforehand, so that it is the same
// whenever somebody looks first.
type provision struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Login string    `json:"login"`
	First string    `json:"first"`
	Last  string    `json:"last"`
}

// Provision is what Okta does when its Google app is assigned to somebody and creates users: after
// [Simulator.ProvisionTime] there is an account at the login, without an employee number. Where there is one already it
// is the one: its names are brought up to date, and a suspension by an administrator is taken back. It says whether an
// account is there now.
func (s *Simulator) Provision(login, first, last string) (there bool) {
	s.locked(func() {
		s.state.Coming = append(s.state.Coming, provision{ID: s.nextID(), At: s.Now().Add(s.ProvisionTime), Login: login, First: first, Last: last})
		s.arrive(s.Now())
		there = s.user(login) != nil
	})
	return there
}

// Withdraw is what Okta does when its app is taken away from somebody before it has made the account.
func (s *Simulator) Withdraw(login string) {
	s.locked(func() {
		kept := s.state.Coming[:0]
		for _, p := range s.state.Coming {
			if !strings.EqualFold(p.Login, login) {
				kept = append(kept, p)
			}
		}
		s.state.Coming = kept
	})
}

// arrive makes the accounts whose time has come.
func (s *Simulator) arrive(now time.Time) {
	var later []provision
	for _, p := range s.state.Coming {
		if p.At.After(now) {
			later = append(later, p)
			continue
		}
		s.provide(p)
	}
	s.state.Coming = later
}

func (s *Simulator) provide(p provision) {
	u := s.user(p.Login)
	switch {
	case u == nil && s.taken(p.Login):
		return // a group or a deleted account has the address, and the other system is refused
	case u == nil:
		s.addUser(User{ID: p.ID, PrimaryEmail: p.Login, GivenName: p.First, FamilyName: p.Last, Created: p.At})
	default:
		u.GivenName, u.FamilyName = p.First, p.Last
		if u.Suspended && u.SuspensionReason == "ADMIN" {
			u.Suspended, u.SuspensionReason = false, ""
		}
	}
}
