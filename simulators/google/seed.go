package googlesim

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// AddUser seeds an account and returns it as it was kept. PrimaryEmail is all it needs; an address that is taken
// panics, because a seed that is not there makes a test prove nothing. The account is there at once, mailbox
// included, unless NoMailbox says otherwise.
func (s *Simulator) AddUser(u User) (kept User) {
	s.locked(func() {
		if s.user(u.PrimaryEmail) != nil {
			panic(fmt.Sprintf("googlesim: %s is there already", u.PrimaryEmail))
		}
		kept = s.addUser(u).copy()
	})
	return kept
}

func (s *Simulator) addUser(u User) *User {
	if u.ID == "" {
		u.ID = s.nextID()
	}
	if u.OrgUnitPath == "" {
		u.OrgUnitPath = "/"
	}
	if u.Created.IsZero() {
		u.Created = s.Now()
	}
	if u.Password != "" {
		u.PasswordDigest, u.Password = digest(u.Password), ""
	}
	s.state.Users[u.ID] = &u
	return &u
}

// Change edits an account in place, for what no other seed does. key is an id or an address.
func (s *Simulator) Change(key string, edit func(*User)) {
	s.locked(func() { edit(s.mustUser(key)) })
}

func (s *Simulator) mustUser(key string) *User {
	u := s.user(key)
	if u == nil {
		panic(fmt.Sprintf("googlesim: no account %q", key))
	}
	return u
}

// AddOrgUnit seeds an organisational unit.
func (s *Simulator) AddOrgUnit(u OrgUnit) {
	u.Path = path.Clean("/" + u.Path)
	s.locked(func() { s.state.OrgUnits[u.Path] = u })
}

// AddGroup seeds a group; members are added with [Simulator.AddMember].
func (s *Simulator) AddGroup(email, name string, aliases ...string) (id string) {
	s.locked(func() {
		id = "grp" + s.nextID()
		s.state.Groups[id] = &Group{ID: id, Email: email, Name: name, Aliases: aliases}
	})
	return id
}

// AddMember seeds a membership of an account (by id or address) in a group (by id or address).
func (s *Simulator) AddMember(group, user, role string) {
	s.locked(func() {
		g, u := s.group(group), s.mustUser(user)
		if g == nil {
			panic(fmt.Sprintf("googlesim: no group %q", group))
		}
		g.Members = append(g.Members, Member{ID: u.ID, Email: u.PrimaryEmail, Role: role, Type: "USER"})
	})
}

// SetDynamic makes a group one whose membership is computed, so that changes by hand are refused.
func (s *Simulator) SetDynamic(group string) {
	s.locked(func() { s.group(group).Dynamic = true })
}

// AddRole gives a delegated admin role to an account, or to a group and so to its members.
func (s *Simulator) AddRole(to, roleID string) (assignmentID string) {
	s.locked(func() {
		assignmentID = s.nextID()
		a := RoleAssignment{ID: assignmentID, RoleID: roleID, Type: "group"}
		if g := s.group(to); g != nil {
			a.AssignedTo = g.ID
		} else {
			a.AssignedTo, a.Type = s.mustUser(to).ID, "user"
		}
		s.state.Assignments = append(s.state.Assignments, a)
	})
	return assignmentID
}

// AddSession seeds a place where the person is signed in.
func (s *Simulator) AddSession(user, device string) {
	s.Change(user, func(u *User) {
		u.Sessions = append(u.Sessions, Session{ID: s.nextID(), Device: device, Since: s.Now()})
	})
}

// AddToken seeds an application that the person let in.
func (s *Simulator) AddToken(user, clientID, name string, scopes ...string) {
	s.Change(user, func(u *User) { u.Tokens = append(u.Tokens, Token{clientID, name, scopes}) })
}

// AddASP seeds an application-specific password.
func (s *Simulator) AddASP(user, name string) {
	s.Change(user, func(u *User) { u.ASPs = append(u.ASPs, ASP{len(u.ASPs) + 1, name, s.Now()}) })
}

// AddBackupCodes seeds backup verification codes.
func (s *Simulator) AddBackupCodes(user string, codes ...string) {
	s.Change(user, func(u *User) { u.BackupCodes = append(u.BackupCodes, codes...) })
}

// AddDelegate seeds somebody whom the person let into the mailbox.
func (s *Simulator) AddDelegate(user, delegate string) {
	s.Change(user, func(u *User) {
		u.Mail.Delegates = append(u.Mail.Delegates, Delegate{Email: delegate, Status: "accepted"})
	})
}

// AddFilter seeds a mail filter; forward is empty for one that forwards nothing.
func (s *Simulator) AddFilter(user, from, forward string) (id string) {
	s.Change(user, func(u *User) {
		id = "filter" + s.nextID()
		f := Filter{ID: id, From: from, Forward: forward}
		if forward == "" {
			f.Remove = []string{"INBOX"}
		}
		u.Mail.Filters = append(u.Mail.Filters, f)
	})
	return id
}

// SetForwarding seeds auto-forwarding of the whole mailbox.
func (s *Simulator) SetForwarding(user, to string) {
	s.Change(user, func(u *User) {
		u.Mail.ForwardingAddresses = append(u.Mail.ForwardingAddresses, ForwardingAddress{to, "accepted"})
		u.Mail.Forwarding = Forwarding{true, to, "leaveInInbox"}
	})
}

// AddFile seeds a file in My Drive.
func (s *Simulator) AddFile(user, name string, shared bool) {
	s.Change(user, func(u *User) { u.Files = append(u.Files, File{Name: name, Shared: shared}) })
}

// AddMobileDevice seeds a phone or tablet.
func (s *Simulator) AddMobileDevice(d MobileDevice) (resourceID string) {
	s.locked(func() {
		if d.ResourceID == "" {
			d.ResourceID = "mob" + s.nextID()
		}
		if d.Status == "" {
			d.Status = "APPROVED"
		}
		s.state.Devices = append(s.state.Devices, d)
		resourceID = d.ResourceID
	})
	return resourceID
}

// SuspendByOkta is what Okta does to the account behind an address when its Google app pushes deactivations. It
// says whether there was an account to suspend.
func (s *Simulator) SuspendByOkta(email string) (found bool) {
	s.locked(func() {
		if u := s.user(email); u != nil {
			suspend(u, "ADMIN")
			found = true
		}
	})
	return found
}

// SignIn is the person trying to sign in. It leaves a session and a time of last sign-in.
func (s *Simulator) SignIn(email, password, device string) (err error) {
	s.locked(func() {
		u := s.user(email)
		switch {
		case u == nil:
			err = errors.New("couldn't find this account")
		case u.Suspended:
			err = errors.New("this account is suspended")
		case u.PasswordDigest == "" || u.PasswordDigest != digest(password):
			err = errors.New("wrong password")
		default:
			u.LastLogin = s.Now()
			u.Sessions = append(u.Sessions, Session{ID: s.nextID(), Device: device, Since: u.LastLogin})
		}
	})
	return err
}

// CanOpen says whether a delegate sees the mailbox in Gmail now: not once its owner is suspended, and not in a
// unit where Gmail or delegation is off.
func (s *Simulator) CanOpen(delegate, mailbox string) (open bool) {
	s.read(func() {
		u, d := s.user(mailbox), s.user(delegate)
		if u == nil || d == nil || d.Suspended || s.mailboxClosed(u) != nil || s.delegationOff(u.OrgUnitPath) {
			return
		}
		i := u.delegate(d.PrimaryEmail)
		open = i >= 0 && u.Mail.Delegates[i].Status == "accepted" && !s.Now().Before(u.Mail.Delegates[i].Visible)
	})
	return open
}

// AcceptsMail says whether new mail to the address is taken; mail to a suspended account bounces.
func (s *Simulator) AcceptsMail(email string) (accepted bool) {
	s.read(func() {
		u := s.user(email)
		accepted = u != nil && !u.Suspended && !u.NoMailbox
	})
	return accepted
}

func (s *Simulator) sortedUsers() []*User {
	out := make([]*User, 0, len(s.state.Users))
	for _, u := range s.state.Users {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *User) int { return strings.Compare(a.PrimaryEmail, b.PrimaryEmail) })
	return out
}

func (s *Simulator) sortedGroups() []*Group {
	out := make([]*Group, 0, len(s.state.Groups))
	for _, g := range s.state.Groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *Group) int { return strings.Compare(a.Email, b.Email) })
	return out
}

func (s *Simulator) sortedUnits() []OrgUnit {
	out := make([]OrgUnit, 0, len(s.state.OrgUnits))
	for _, u := range s.state.OrgUnits {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b OrgUnit) int { return strings.Compare(a.Path, b.Path) })
	return out
}
