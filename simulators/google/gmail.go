package googlesim

import (
	"net/http"
	"slices"
	"strings"
)

type wireDelegate struct {
	Email  string `json:"delegateEmail"`
	Status string `json:"verificationStatus,omitempty"`
}

func (u *User) delegate(email string) int {
	return slices.IndexFunc(u.Mail.Delegates, func(d Delegate) bool { return strings.EqualFold(d.Email, email) })
}

// visible says whether reads show the delegate: not while the lag lasts, and not where the unit forbids delegation.
func (s *Simulator) visible(u *User, d Delegate) bool {
	return !s.Now().Before(d.Visible) && !s.delegationOff(u.OrgUnitPath)
}

func (s *Simulator) listDelegates(c *call) answer {
	var out []wireDelegate
	for _, d := range c.box.Mail.Delegates {
		if s.visible(c.box, d) {
			out = append(out, wireDelegate{d.Email, d.Status})
		}
	}
	return listing("delegates", out, "")
}

func (s *Simulator) getDelegate(c *call) answer {
	i := c.box.delegate(c.path("email"))
	if i < 0 || !s.visible(c.box, c.box.Mail.Delegates[i]) {
		return refuse(http.StatusNotFound, "notFound", "Requested entity was not found.")
	}
	d := c.box.Mail.Delegates[i]
	return ok(wireDelegate{d.Email, d.Status})
}

func (s *Simulator) createDelegate(c *call) answer {
	var body wireDelegate
	if !c.body(&body) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	if refused := s.checkDelegate(c.box, body.Email); refused != nil {
		return *refused
	}
	d := Delegate{Email: body.Email, Status: "accepted", Visible: s.Now().Add(s.DelegateLag)}
	c.box.Mail.Delegates = append(c.box.Mail.Delegates, d)
	return changed(wireDelegate{d.Email, d.Status})
}

func (s *Simulator) checkDelegate(box *User, email string) *answer {
	limit := s.MaxDelegates
	if limit == 0 {
		limit = 25
	}
	to := s.user(email)
	switch {
	case !strings.Contains(email, "@") || box.ChangePassword:
		return refusedBecause(refuse(http.StatusBadRequest, "failedPrecondition", "Precondition check failed."))
	case s.delegationOff(box.OrgUnitPath):
		return refusedBecause(refuse(http.StatusForbidden, "insufficientPermissions", "Mail delegation is disabled for this user."))
	case to == nil || to == box || to.Suspended || to.NoMailbox || !strings.EqualFold(to.PrimaryEmail, email):
		return refusedBecause(refuse(http.StatusBadRequest, "invalidArgument", "Invalid delegate"))
	case box.delegate(email) >= 0:
		return refusedBecause(refuse(http.StatusConflict, "alreadyExists", "Requested entity already exists"))
	case len(box.Mail.Delegates) >= limit:
		return refusedBecause(refuse(http.StatusBadRequest, "failedPrecondition", "Delegator user cannot have any more delegates"))
	}
	return nil
}

func (s *Simulator) deleteDelegate(c *call) answer {
	i := c.box.delegate(c.path("email"))
	if i < 0 {
		return refuse(http.StatusNotFound, "notFound", "Requested entity was not found.")
	}
	c.box.Mail.Delegates = slices.Delete(c.box.Mail.Delegates, i, i+1)
	return emptied()
}

type wireForwarding struct {
	Enabled     bool   `json:"enabled"`
	Email       string `json:"emailAddress,omitempty"`
	Disposition string `json:"disposition,omitempty"`
}

func (s *Simulator) getForwarding(c *call) answer { return ok(showForwarding(c.box.Mail.Forwarding)) }

func showForwarding(f Forwarding) wireForwarding {
	return wireForwarding(f)
}

// updateForwarding changes nothing when "enabled" was left out, so that a client that forgets to force a false
// value finds forwarding still on.
func (s *Simulator) updateForwarding(c *call) answer {
	var body struct {
		Enabled     *bool  `json:"enabled"`
		Email       string `json:"emailAddress"`
		Disposition string `json:"disposition"`
	}
	if !c.body(&body) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	box := &c.box.Mail
	switch {
	case body.Enabled == nil:
		return ok(showForwarding(box.Forwarding))
	case !*body.Enabled:
		box.Forwarding = Forwarding{}
	case !slices.ContainsFunc(box.ForwardingAddresses, func(a ForwardingAddress) bool {
		return strings.EqualFold(a.Email, body.Email) && a.Status == "accepted"
	}):
		return refuse(http.StatusBadRequest, "failedPrecondition", "Unrecognized forwarding address")
	default:
		box.Forwarding = Forwarding{true, body.Email, body.Disposition}
	}
	return changed(showForwarding(box.Forwarding))
}

type wireForwardingAddress struct {
	Email  string `json:"forwardingEmail"`
	Status string `json:"verificationStatus,omitempty"`
}

func (s *Simulator) listForwardingAddresses(c *call) answer {
	var out []wireForwardingAddress
	for _, a := range c.box.Mail.ForwardingAddresses {
		out = append(out, wireForwardingAddress(a))
	}
	return listing("forwardingAddresses", out, "")
}

func (s *Simulator) createForwardingAddress(c *call) answer {
	var body wireForwardingAddress
	if !c.body(&body) || !strings.Contains(body.Email, "@") {
		return refuse(http.StatusBadRequest, "invalidArgument", "Invalid forwarding address")
	}
	if slices.ContainsFunc(c.box.Mail.ForwardingAddresses, func(a ForwardingAddress) bool { return strings.EqualFold(a.Email, body.Email) }) {
		return refuse(http.StatusConflict, "alreadyExists", "Requested entity already exists")
	}
	a := ForwardingAddress{body.Email, "pending"}
	if s.ours(body.Email) {
		a.Status = "accepted"
	}
	c.box.Mail.ForwardingAddresses = append(c.box.Mail.ForwardingAddresses, a)
	return changed(wireForwardingAddress(a))
}

func (s *Simulator) listFilters(c *call) answer {
	var out []map[string]any
	for _, f := range c.box.Mail.Filters {
		action := map[string]any{}
		if f.Forward != "" {
			action["forward"] = f.Forward
		}
		if len(f.Add) > 0 {
			action["addLabelIds"] = f.Add
		}
		if len(f.Remove) > 0 {
			action["removeLabelIds"] = f.Remove
		}
		out = append(out, map[string]any{"id": f.ID, "criteria": map[string]string{"from": f.From, "query": f.Query}, "action": action})
	}
	return listing("filter", out, "")
}

func (s *Simulator) deleteFilter(c *call) answer {
	i := slices.IndexFunc(c.box.Mail.Filters, func(f Filter) bool { return f.ID == c.path("id") })
	if i < 0 {
		return refuse(http.StatusNotFound, "notFound", "Requested entity was not found.")
	}
	c.box.Mail.Filters = slices.Delete(c.box.Mail.Filters, i, i+1)
	return emptied()
}

func (s *Simulator) getVacation(c *call) answer { return ok(c.box.Mail.Vacation) }

// updateVacation replaces the whole setting, but for a switch that was left out; a reply that is on needs a subject
// or a body.
func (s *Simulator) updateVacation(c *call) answer {
	v := Vacation{Enabled: c.box.Mail.Vacation.Enabled}
	if !c.body(&v) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	if v.Enabled && v.Subject == "" && v.Text == "" && v.HTML == "" {
		return refuse(http.StatusBadRequest, "invalidArgument", "A vacation response needs a subject or a body")
	}
	c.box.Mail.Vacation = v
	return changed(v)
}
