package casefile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

// Hierarchy is what of the store tells who is left without a manager; *store.Store is it.
type Hierarchy interface {
	// Orphans is those who work and whose manager has left, by the manager's profile id.
	Orphans(ctx context.Context) (map[string][]employee.ID, error)
}

// orphaned is a manager who has left and those whom HR still has report to them.
type orphaned struct {
	manager   employee.Employee
	people    []employee.ID
	meanwhile employee.ID // who is their manager in Okta until HR names one; empty for nobody
}

// What is said of a manager has a key of its own, and whom it was said of is kept person by person, with the manager they
// have meanwhile: it is said again when somebody is among them of whom nobody has heard, or when who stood in for their
// manager leaves too, and not when one of them is put right.
const (
	orphansKey = "orphans/"
	orphanKey  = "orphan/"
)

func (o orphaned) key() string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q:", o.meanwhile)
	for _, id := range o.people {
		_, _ = fmt.Fprintf(h, "%q", id)
	}
	return orphansKey + string(o.manager.ID) + "/" + hex.EncodeToString(h.Sum(nil)[:8])
}

func (o orphaned) personKeys() []string {
	keys := make([]string, len(o.people))
	for i, id := range o.people {
		keys[i] = fmt.Sprintf("%s%s/%s/%s", orphanKey, o.manager.ID, id, o.meanwhile)
	}
	return keys
}

// orphaned is every manager who has left and has reports, by id. It is nobody without a mapping: then Tenure keeps no
// manager links.
func (c *Casefile) orphaned(ctx context.Context, at time.Time) ([]orphaned, error) {
	if !c.policy().Maps() {
		return nil, nil
	}
	found, err := c.store.Orphans(ctx)
	if err != nil {
		return nil, err
	}
	var all []orphaned
	for profile, people := range found {
		m, err := c.profile(ctx, profile)
		if err != nil {
			return nil, err
		}
		meanwhile, err := c.standsIn(ctx, profile, at)
		if err != nil {
			return nil, err
		}
		slices.Sort(people)
		all = append(all, orphaned{m, people, meanwhile})
	}
	slices.SortFunc(all, func(a, b orphaned) int { return cmp.Compare(a.manager.ID, b.manager.ID) })
	return all, nil
}

// standsIn is who is the manager of a profile's reports, by the id under which the cases of that person run, so that it
// stays the same when HR goes on with another record of theirs; empty for nobody.
func (c *Casefile) standsIn(ctx context.Context, profile string, at time.Time) (employee.ID, error) {
	m, err := asking{Casefile: c, policy: c.policy(), at: at}.manager(ctx, employee.Employee{ManagerProfileID: profile})
	if err != nil || m == nil {
		return "", err
	}
	return c.store.MainID(ctx, m.ID)
}

// profile is the record of a profile, record that of an id.
func (c *Casefile) profile(ctx context.Context, profile string) (employee.Employee, error) {
	found, err := c.store.Find(ctx, profile)
	for _, e := range found {
		if e.ProfileID == profile {
			return e, err
		}
	}
	return employee.Employee{ID: employee.ID(profile), ProfileID: profile}, err
}

func (c *Casefile) record(ctx context.Context, id employee.ID) (employee.Employee, error) {
	found, err := c.store.Find(ctx, string(id))
	for _, e := range found {
		if e.ID == id {
			return e, err
		}
	}
	return employee.Employee{ID: id}, err
}

// orphanNews tells HR who reports to somebody who has left.
func (c *Casefile) orphanNews(ctx context.Context, at time.Time) ([]activities.Announcement, error) {
	all, err := c.orphaned(ctx, at)
	if err != nil {
		return nil, err
	}
	var out []activities.Announcement
	for _, o := range all {
		told, err := c.store.Told(ctx, o.personKeys())
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(o.personKeys(), func(k string) bool { return !told[k] }) {
			continue
		}
		a, err := c.orphansOf(ctx, o, at)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// heard are the keys of those of whom was told what was told.
func (c *Casefile) heard(ctx context.Context, keys []string, at time.Time) ([]string, error) {
	if !slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, orphansKey) }) {
		return nil, nil
	}
	all, err := c.orphaned(ctx, at)
	if err != nil {
		return nil, err
	}
	var people []string
	for _, o := range all {
		if slices.Contains(keys, o.key()) {
			people = append(people, o.personKeys()...)
		}
	}
	return people, nil
}

func (c *Casefile) orphansOf(ctx context.Context, o orphaned, at time.Time) (activities.Announcement, error) {
	p := c.policy()
	said := asking{Casefile: c, policy: p, at: at}
	var order []string
	under := map[string][]string{} // those who report to one and the same in Okta
	for _, id := range o.people[:min(len(o.people), mostNamed)] {
		e, err := c.record(ctx, id)
		if err != nil {
			return activities.Announcement{}, err
		}
		m, err := said.manager(ctx, e)
		if err != nil {
			return activities.Announcement{}, err
		}
		meanwhile := "nobody"
		if m != nil {
			meanwhile = nameOf(*m)
		}
		if under[meanwhile] == nil {
			order = append(order, meanwhile)
		}
		under[meanwhile] = append(under[meanwhile], nameOf(e))
	}
	var lines []string
	for _, m := range order {
		lines = append(lines, fmt.Sprintf("%s: in Okta the manager is %s meanwhile.", strings.Join(under[m], ", "), m))
	}
	if more := len(o.people) - mostNamed; more > 0 {
		lines = append(lines, fmt.Sprintf("And %d more.", more))
	}
	lines = append(lines, "Name their new manager in Namely: Okta follows within minutes.")
	return activities.Announcement{Key: o.key(), Channel: cmp.Or(p.Slack.HRChannel, p.Slack.Channel),
		Title: fmt.Sprintf("%s has left and is still the manager of %d in Namely", nameOf(o.manager), len(o.people)), Text: strings.Join(lines, "\n")}, nil
}

func nameOf(e employee.Employee) string {
	if e.Name() == "" {
		return string(e.ID)
	}
	return fmt.Sprintf("%s (%s)", e.Name(), e.ID)
}
