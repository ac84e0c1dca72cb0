package oktasim

import (
	"net/http"
	"time"
)

func (s *Simulator) setStatus(u *User, status string) {
	u.Status, u.StatusChanged = status, s.Now()
	switch status {
	case Active, Provisioned:
		u.Activated = s.Now()
	case Deprovisioned:
		s.deprovision(u)
	}
	s.applyRules(u)
}

// deprovision is what a finished deactivation takes away. Groups stay: on a return they come back with all they
// give. Assignments of inactive apps stay too.
func (s *Simulator) deprovision(u *User) {
	u.Sessions, u.Tokens, u.Grants, u.Roles = nil, nil, nil, nil
	u.NoPassword = true
	for _, a := range s.state.Apps {
		if a.Status == Active {
			delete(a.Users, u.ID)
		}
	}
}

// move starts a change of status that may take a while.
func (s *Simulator) move(u *User, to string) {
	s.touch(u)
	if s.LifecycleTakes > 0 {
		u.Transitioning, u.SettlesAt = to, s.Now().Add(s.LifecycleTakes)
		s.moving[u.ID] = u
		return
	}
	u.Transitioning, u.SettlesAt = "", time.Time{}
	s.setStatus(u, to)
}

func (s *Simulator) suspend(c *call, u *User) {
	if u.Status != Active {
		c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: suspendUser", "Cannot suspend a user that is not active")
		return
	}
	s.touch(u)
	s.setStatus(u, Suspended)
	s.record("user.lifecycle.suspend", c.actor(), u.party())
	c.ok(struct{}{})
}

func (s *Simulator) unsuspend(c *call, u *User) {
	if u.Status != Suspended {
		c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: unsuspendUser", "Cannot unsuspend a user that is not suspended")
		return
	}
	s.touch(u)
	s.setStatus(u, Active)
	s.record("user.lifecycle.unsuspend", c.actor(), u.party())
	s.provision(c, u)
	c.ok(struct{}{})
}

// deactivate answers a second call as it answers an id that never existed.
func (s *Simulator) deactivate(c *call, u *User) {
	if u.Status == Deprovisioned {
		c.missing(u.ID, "User")
		return
	}
	s.beginDeactivation(c, u)
	c.ok(struct{}{})
}

func (s *Simulator) beginDeactivation(c *call, u *User) {
	before := s.pushedApps(u)
	s.move(u, Deprovisioned)
	s.record("user.lifecycle.deactivate", c.actor(), u.party())
	if len(before) > 0 {
		s.cascade(c, u)
	}
}

// cascade tells Google that a user is deactivated, once the lock is free.
func (s *Simulator) cascade(c *call, u *User) {
	if tell, login := s.OnDeactivate, u.Profile.Login; tell != nil {
		c.after = append(c.after, func() { tell(login) })
	}
}

// provision tells Google that somebody is to have an account, once the lock is free.
func (s *Simulator) provision(c *call, u *User) {
	open := u.Status == Active || u.Status == Provisioned || u.Transitioning == Active || u.Transitioning == Provisioned
	if s.OnProvision == nil || !open || len(s.googleApps(u, pushNewUsers)) == 0 {
		return
	}
	login, first, last := u.Profile.Login, u.Profile.FirstName, u.Profile.LastName
	c.after = append(c.after, func() { s.OnProvision(login, first, last) })
}

func (s *Simulator) activate(c *call, u *User) {
	if u.Transitioning == Active || u.Transitioning == Provisioned {
		c.fail(http.StatusConflict, "E0000112", "Cannot update this user because they are still being activated.")
		return
	}
	if u.Status != Staged && u.Status != Deprovisioned {
		c.fail(http.StatusForbidden, "E0000016", "Activation failed because the user is already active")
		return
	}
	to := Active
	if u.NoPassword {
		to = Provisioned
	}
	s.move(u, to)
	s.mail(c, u, to == Provisioned && c.query("sendEmail") != "false")
	s.record("user.lifecycle.activate", c.actor(), u.party())
	s.provision(c, u)
	c.ok(activationLink(u))
}

// mail counts the mails with a link to a first password. Okta sends them unless it is told not to.
func (s *Simulator) mail(c *call, u *User, sent bool) {
	if sent {
		u.ActivationMails++
		c.changed()
	}
}

func activationLink(u *User) map[string]string {
	token := "activation" + u.ID
	return map[string]string{"activationToken": token, "activationUrl": "https://simulated.example.com/welcome/" + token}
}

func (s *Simulator) reactivate(c *call, u *User) {
	if u.Status != Provisioned && u.Status != Recovery {
		c.wrongStatus()
		return
	}
	s.mail(c, u, c.query("sendEmail") == "true")
	s.record("user.lifecycle.reactivate", c.actor(), u.party())
	c.ok(activationLink(u))
}

func (s *Simulator) unlock(c *call, u *User) {
	if u.Status != LockedOut {
		c.fail(http.StatusForbidden, "E0000032", "Unlock is not allowed for this user.", "The user is not locked out.")
		return
	}
	s.touch(u)
	s.setStatus(u, Active)
	s.record("user.account.unlock", c.actor(), u.party())
	c.ok(struct{}{})
}

func (s *Simulator) expirePassword(c *call, u *User) {
	if u.NoPassword || u.Status == Deprovisioned || u.Status == Suspended {
		c.wrongStatus()
		return
	}
	s.touch(u)
	s.setStatus(u, PasswordExpired)
	s.record("user.account.expire_password", c.actor(), u.party())
	c.ok(u.wire())
}
