package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/workflows"
)

// person resolves what somebody typed to one person.
func (c *connection) person(ctx context.Context, text string) (employee.Employee, error) {
	found, err := c.find(ctx, text)
	if err != nil {
		return employee.Employee{}, err
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return employee.Employee{}, failf(ExitUnknown, "nobody is known as %q: give the work address or the employee id exactly as HR has it (the directory is read from Namely every few minutes)", text)
	}
	var names []string
	for _, e := range found {
		names = append(names, fmt.Sprintf("%s (%s, %s)", e.ID, e.Name(), e.Status))
	}
	return employee.Employee{}, failf(ExitAmbiguous, "%q fits %d people: %s; give the employee id of the right one", text, len(found), strings.Join(names, ", "))
}

// find looks in the store, or asks a worker to. A worker tells as much of a person as is needed to ask back.
func (c *connection) find(ctx context.Context, text string) ([]employee.Employee, error) {
	if c.store != nil {
		found, err := c.store.Find(ctx, text)
		if err != nil {
			return nil, failf(ExitUnavailable, "look up %q: %w", text, err)
		}
		return found, nil
	}
	r, err := c.look(ctx, workflows.LookInput{People: &activities.FindPeople{Text: text}})
	if err != nil {
		return nil, err
	}
	var found []employee.Employee
	for _, p := range r.People.People {
		found = append(found, employee.Employee{ID: p.ID, ProfileID: p.ProfileID, Email: p.Email, FullName: p.Name, Status: p.Status})
	}
	return found, nil
}

// briefs are the people with these ids, as far as they are known. Names adorn a table: without them it is shown too.
func (c *connection) briefs(ctx context.Context, ids []employee.ID) map[employee.ID]activities.PersonBrief {
	known := map[employee.ID]activities.PersonBrief{}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if c.store != nil {
		for _, id := range ids {
			if e, err := c.store.Person(ctx, id); err == nil {
				known[id] = activities.PersonBrief{ID: id, ProfileID: e.ProfileID, Name: e.Name(), Email: e.Email, Status: e.Status, HREdited: e.UpdatedAt}
			}
		}
		return known
	}
	for some := range slices.Chunk(ids, activities.MaxFound) {
		r, err := c.look(ctx, workflows.LookInput{People: &activities.FindPeople{IDs: some}})
		if err != nil {
			return known
		}
		for _, p := range r.People.People {
			known[p.ID] = p
		}
	}
	return known
}
