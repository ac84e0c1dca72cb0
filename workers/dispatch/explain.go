package dispatch

import (
	"context"
	"errors"
	"fmt"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/workflows"
)

// explain asks a case how it stands: the one that is named, or else the one that has the person now.
func (d *Dispatcher) explain(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	id, v, err := in.Ask.Case, activities.CaseView{}, error(nil)
	if id == "" {
		id, v, err = d.present(ctx, in.Person)
	} else {
		v, err = d.status(ctx, id)
	}
	if err != nil {
		return activities.CarriedAsk{}, err
	}
	return activities.CarriedAsk{Case: id, View: &v, Text: fmt.Sprintf("%s: %s", in.Person.ID, v.Headline)}, nil
}

// present is the case that has somebody now, in the order in which one goes before the other; without one, the last
// there was.
func (d *Dispatcher) present(ctx context.Context, e employee.Employee) (string, activities.CaseView, error) {
	inOrder := processes(offboard, leave, onboard, move)
	for _, p := range inOrder {
		id := workflows.ID{Process: p, Employee: e.ID}.String()
		if v, open, err := d.running(ctx, id); err != nil || open && !over(v) {
			return id, v, err
		}
	}
	for _, p := range inOrder {
		id := workflows.ID{Process: p, Employee: e.ID}.String()
		v, err := d.status(ctx, id)
		if missing := new(activities.Problem); errors.As(err, &missing) && missing.Type == activities.NotFound {
			continue
		}
		return id, v, err
	}
	return "", activities.CaseView{}, no(activities.NotFound, "see what there is with: tenure list --all", "there is no case of %s", e.ID)
}
