package casefile

import (
	"context"
	"fmt"

	"tenure/activities"
	"tenure/internal/employee"
)

// Find says who is meant by a text, or who has these ids. An id that nobody has is left out.
func (c *Casefile) Find(ctx context.Context, in activities.FindPeople) (activities.FoundPeople, error) {
	out := activities.FoundPeople{People: []activities.PersonBrief{}}
	if len(in.IDs) > activities.MaxFound {
		return out, refuse(activities.InvalidInput, fmt.Sprintf("ask for %d at a time", activities.MaxFound), "%d people are asked for at once", len(in.IDs))
	}
	if in.Text != "" {
		found, err := c.store.Find(ctx, in.Text)
		if err != nil {
			return out, activities.Classify(fmt.Errorf("look somebody up: %w", err))
		}
		for _, e := range found {
			out.People = append(out.People, brief(e))
		}
	}
	for _, id := range in.IDs {
		found, err := c.store.Find(ctx, string(id))
		if err != nil {
			return out, activities.Classify(fmt.Errorf("look %s up: %w", id, err))
		}
		for _, e := range found {
			if e.ID == id {
				out.People = append(out.People, brief(e))
			}
		}
	}
	return out, nil
}

func brief(e employee.Employee) activities.PersonBrief {
	return activities.PersonBrief{ID: e.ID, ProfileID: e.ProfileID, Name: e.Name(), Email: e.Email, Status: e.Status, HREdited: e.UpdatedAt}
}
