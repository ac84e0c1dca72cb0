package google

import (
	"context"
	"sync"
	"testing"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
)

const joinerMail = "jo.new@example.com"

// doorman is a gate whose answers a test gives. give and open are asked for the n-th answer; nil lets everybody in.
type doorman struct {
	mu         sync.Mutex
	give, open func(n int) error
	gives      int
	opens      int
}

func (d *doorman) MayGive(context.Context, activities.CaseRef) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gives++
	return answerOf(d.give, d.gives)
}

func (d *doorman) MayOpen(context.Context, activities.CaseRef) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opens++
	return answerOf(d.open, d.opens)
}

func (*doorman) Shut(context.Context, activities.CaseRef) error { return nil }
func (*doorman) Lift(context.Context, activities.CaseRef) error { return nil }

func answerOf(f func(int) error, n int) error {
	if f == nil {
		return nil
	}
	return f(n)
}

var errGone = &activities.Problem{Type: activities.Conflict, Text: "HR says that the person left", Mend: "nothing is to be done"}

func never(int) error { return errGone }

// from refuses from the n-th question on.
func from(n int) func(int) error {
	return func(asked int) error {
		if asked >= n {
			return errGone
		}
		return nil
	}
}

func (r *rig) gate(d *doorman) *doorman {
	r.sys.config.Gate = d
	return d
}

// joiner is what is asked for a new person.
func (r *rig) joiner(steps ...plan.Action) activities.ConvergeGoogle {
	in := activities.ConvergeGoogle{CaseRef: r.ref(), Email: joinerMail, EmployeeNumber: "E2001", Create: true, OrgUnit: "/Sales", ManagerEmail: heirMail,
		Person: employee.Employee{ID: "E2001", FirstName: "Jo", LastName: "New", Title: "Representative", Department: "Sales",
			Custom: employee.Custom{"cost_center": {"4711"}}}}
	for _, s := range steps {
		in.Steps = append(in.Steps, plan.StepID(s))
	}
	return in
}

// known is what is asked for the person who is there, who has nothing but a name and a number.
func (r *rig) known(steps ...plan.Action) activities.ConvergeGoogle {
	in := r.joiner(steps...)
	in.Account, in.Email, in.EmployeeNumber, in.Create, in.OrgUnit, in.ManagerEmail = r.leaver.ID, leaverMail, "E1042", false, "", ""
	in.Person = employee.Employee{ID: "E1042", FirstName: "Sam", LastName: "Leaver"}
	return in
}

func newJoinerRig(t *testing.T, knobs ...func(*googlesim.Simulator)) *rig {
	t.Helper()
	r := newRig(t, knobs...)
	r.sim.AddOrgUnit(googlesim.OrgUnit{Path: "/Sales"})
	return r
}

// converge must end without an error.
func (r *rig) converge(in activities.ConvergeGoogle) (activities.ConvergedGoogle, map[plan.Action]activities.Outcome) {
	r.t.Helper()
	out, err := run(r, activities.GoogleConvergeUser, in)
	if err != nil {
		r.t.Fatal(err)
	}
	byStep := map[plan.Action]activities.Outcome{}
	for _, o := range out.Steps {
		byStep[o.Step.Action()] = o
	}
	return out, byStep
}

// retried runs the activity as Temporal does: again, for as long as it fails with what passes.
func (r *rig) retried(in activities.ConvergeGoogle) (activities.ConvergedGoogle, map[plan.Action]activities.Outcome) {
	r.t.Helper()
	const attempts = 8
	for range attempts {
		out, err := run(r, activities.GoogleConvergeUser, in)
		if err == nil {
			byStep := map[plan.Action]activities.Outcome{}
			for _, o := range out.Steps {
				byStep[o.Step.Action()] = o
			}
			return out, byStep
		}
		if typ, again := typeOf(r.t, err); !again {
			r.t.Fatalf("ended with %s: %v", typ, err)
		}
	}
	r.t.Fatalf("still failing after %d attempts", attempts)
	return activities.ConvergedGoogle{}, nil
}

// writes counts calls that changed something.
func (r *rig) writes() int { return r.sim.Mutations("/token") }

// wantOvertaken: the person's standing no longer allowed it.
func wantOvertaken(t *testing.T, o activities.Outcome) {
	t.Helper()
	wantState(t, o, plan.NotApplicable)
	if o.Problem != activities.Conflict || !hasPrefix(o.Detail, "overtaken: ") {
		t.Errorf("not said to be overtaken: %+v", o)
	}
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }
