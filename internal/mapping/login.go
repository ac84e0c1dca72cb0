package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tenure/internal/role"
)

// Logins are what somebody may be called in Okta.
type Logins struct {
	// Wanted are the logins in the order in which they are tried, in lower case and each once.
	Wanted []string
	// FromHR says that the first is the address that HR gave.
	FromHR bool
	Faults []role.Fault
}

// lastNumber is how far a name is numbered before somebody must think of something.
const lastNumber = 20

// localMost is the longest part before the @ (RFC 5321, 4.5.3.1.1).
const localMost = 64

var localShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

// Logins are the logins for a person with these records: the address of the company's domain that HR gives, the
// leading record's before another's; then what mapping.login.make makes of the leading record; then the last of those
// with numbers from 2. Where no name gives letters (it is in another script) the employee number is taken.
func (r *Rules) Logins(people []Person) Logins {
	ordered, _ := r.order(people)
	var out Logins
	for _, p := range ordered {
		if address := r.fromHR(p, &out); address != "" && !out.FromHR {
			out.Wanted, out.FromHR = []string{address}, true
		}
	}
	if len(ordered) == 0 {
		return out
	}
	last := ""
	for _, local := range r.made(ordered[0], &out) {
		out.want(local + "@" + r.domain())
		last = local
	}
	for n := 2; last != "" && n <= lastNumber; n++ {
		number := fmt.Sprint(n)
		out.want(strings.TrimRight(last[:min(len(last), localMost-len(number))], ".-_") + number + "@" + r.domain())
	}
	return out
}

func (l *Logins) want(login string) {
	if !slices.Contains(l.Wanted, login) {
		l.Wanted = append(l.Wanted, login)
	}
}

func (r *Rules) domain() string { return strings.ToLower(r.settings.Company.Domain) }

// fromHR is the login that HR means, if it is an address of the company.
func (r *Rules) fromHR(p Person, out *Logins) string {
	address := p.Record.Email
	if r.from != nil {
		texts, err := r.from.texts(newScene(p, r.settings.Company))
		if err != nil {
			out.Faults = append(out.Faults, cannot("mapping.login.from", p, err))
		}
		address = strings.Join(texts, "")
	}
	address = strings.ToLower(strings.TrimSpace(address))
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" || domain != r.domain() || strings.ContainsAny(local, " \t\"<>,;") {
		return ""
	}
	return address
}

// made are the parts before the @ that the expressions make.
func (r *Rules) made(p Person, out *Logins) []string {
	seen := newScene(p, r.settings.Company)
	var locals []string
	for i, x := range r.make {
		texts, err := x.texts(seen)
		if err != nil {
			out.Faults = append(out.Faults, cannot(numbered("mapping.login.make", i+1), p, err))
			continue
		}
		if local := tidy(strings.Join(texts, "")); local != "" {
			locals = append(locals, local)
		}
	}
	if len(locals) == 0 {
		if local := tidy(plain(string(p.Record.ID))); local != "" {
			locals = append(locals, local)
		}
	}
	return locals
}

var dots = regexp.MustCompile(`[._-]{2,}`)

// tidy makes a local part of what an expression gave: without dots that were between two names of which one is blank.
// What cannot be part of an address is nothing.
func tidy(local string) string {
	local = strings.ToLower(strings.TrimSpace(local))
	local = strings.Trim(dots.ReplaceAllStringFunc(local, func(s string) string { return s[:1] }), "._-")
	if len(local) > localMost {
		local = strings.TrimRight(local[:localMost], "._-")
	}
	if !localShape.MatchString(local) {
		return ""
	}
	return local
}
