package casefile

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
)

// whom finds the person the ask is about.
func (w *weighing) whom(ctx context.Context) error {
	e, err := w.meant(ctx)
	if err != nil || e.ProfileID == "" {
		return err
	}
	w.out.Person = e
	if w.out.Accounts, err = w.store.Accounts(ctx, e.ID); err != nil {
		return err
	}
	heirs, err := w.heirs(ctx, w.policy, e)
	if err != nil {
		return err
	}
	w.out.Settings = plan.SettingsFor(w.policy, e, first(heirs))
	return nil
}

// meant is who is meant: by the case, by the account, by what was typed. It is zero for what is about nobody: a batch,
// a tracker.
func (w *weighing) meant(ctx context.Context) (employee.Employee, error) {
	who := strings.TrimSpace(w.Ask.Who)
	switch {
	case w.Ask.Case != "":
		return w.ofCase(ctx)
	case w.door == doorOkta && w.Ask.Account != "":
		return w.ofAccount(ctx, policy.DoorOkta, w.Ask.Account, who)
	case who != "":
		return w.typed(ctx, who)
	case slices.Contains([]activities.Verb{activities.VerbOffboard, activities.VerbReturnLaptop, activities.VerbExplain,
		activities.VerbOnboard, activities.VerbMove}, w.Ask.Verb):
		return employee.Employee{}, no(activities.InvalidInput, "give the work address or the employee id", "it is missing who is meant")
	}
	return employee.Employee{}, nil
}

// ofCase is whose case it is, by that very id: a case named after one person's id is not about another whose profile
// or address happens to read the same.
func (w *weighing) ofCase(ctx context.Context) (employee.Employee, error) {
	return w.known(ctx, employeeOf(w.Ask.Case))
}

func (w *weighing) known(ctx context.Context, id string) (employee.Employee, error) {
	found, err := w.store.Find(ctx, id)
	if err != nil {
		return employee.Employee{}, err
	}
	found = slices.DeleteFunc(found, func(e employee.Employee) bool { return string(e.ID) != id })
	if len(found) == 0 {
		return employee.Employee{}, nobody(id)
	}
	if e, ok := theLiving(found); ok {
		return e, nil
	}
	return found[0], nil // profiles of one and the same id
}

// ofAccount is whose account a system reports. Whom the identity ledger knows as its owner it is, whatever the login
// reads; a login that is somebody else's is a contradiction that a person must look at. An account nobody was linked
// to is known by its login alone.
func (w *weighing) ofAccount(ctx context.Context, system, account, login string) (employee.Employee, error) {
	owner, err := w.store.AccountOwner(ctx, system, account)
	if err != nil {
		return employee.Employee{}, err
	}
	if owner == "" {
		if login == "" {
			return employee.Employee{}, no(activities.NotFound, "look the account up in "+system+", and offboard the person by hand if it is one who left",
				"the %s account %s is nobody's whom Tenure knows", system, account)
		}
		return w.typed(ctx, login)
	}
	found, err := w.store.Find(ctx, login)
	if err != nil {
		return employee.Employee{}, err
	}
	isOwner := func(e employee.Employee) bool { return e.ID == owner }
	if len(found) > 0 && !slices.ContainsFunc(found, isOwner) {
		return employee.Employee{}, no(activities.Ambiguous, "find out who is meant, and offboard that person by hand",
			"the %s account %s belongs to %s, but its login %q is %s's", system, account, owner, login, found[0].ID)
	}
	return w.known(ctx, string(owner))
}

// typed is who is meant by what somebody typed, or by a login.
func (w *weighing) typed(ctx context.Context, who string) (employee.Employee, error) {
	found, err := w.store.Find(ctx, who)
	if err != nil {
		return employee.Employee{}, err
	}
	if len(found) == 0 {
		return employee.Employee{}, nobody(who)
	}
	e, ok := theLiving(found)
	if !ok {
		var names []string
		for _, e := range found {
			names = append(names, fmt.Sprintf("%s (%s, %s)", e.ID, e.Name(), e.Status))
		}
		return e, no(activities.Ambiguous, "give the employee id of the right one", "%q fits %d people: %s", who, len(found), strings.Join(names, ", "))
	}
	return e, nil
}

func nobody(who string) error {
	return no(activities.NotFound, "give the work address or the employee id exactly as HR has it (the directory is read from Namely every few minutes)",
		"nobody is known as %q", who)
}

// employeeOf is the employee in a workflow id.
func employeeOf(caseID string) string {
	_, rest, _ := strings.Cut(caseID, "/")
	id, _, _ := strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(id); err == nil {
		return plain
	}
	return id
}
