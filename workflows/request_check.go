package workflows

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// hasty is how long somebody who waits for an answer lets a look-up take. What does not answer by then is a no.
const hasty = 20 * time.Second

// hastily is call for a read on which an answer to a person depends: it gives up soon.
func hastily[In, Out any](ctx workflow.Context, a activities.Activity[In, Out], in In, summary string, within time.Duration) (Out, error) {
	var out Out
	p := profileOf(a.Kind)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: a.Queue, StartToCloseTimeout: min(p.start, within), ScheduleToCloseTimeout: within, HeartbeatTimeout: p.heartbeat,
		RetryPolicy: &p.retry, Summary: summary, Priority: temporal.Priority{PriorityKey: priorityEmergency},
	})
	return out, workflow.ExecuteActivity(ctx, a.Name, in).Get(ctx, &out)
}

func (r *request) weigh(ctx workflow.Context) error {
	in := activities.WeighAsk{Ask: r.Ask, At: workflow.Now(ctx)}
	for range 2 {
		w, err := call(ctx, activities.CaseWeighAsk, in, "may "+r.Ask.Actor+" ask for "+string(r.Ask.Verb), lane{})
		if err != nil {
			return err
		}
		if w.LookUp == nil {
			r.weighed, r.result.By, r.result.Refusal = w, w.By, w.Refusal
			return nil
		}
		member, err := onceMore(func() (activities.Member, error) {
			return hastily(ctx, activities.SlackLookUpMember, *w.LookUp, "who is "+w.LookUp.User, hasty)
		})
		if err != nil {
			t := troubleOf(err)
			r.weighed = w // the channel is known, so the refusal is announced
			r.refuse(t.Type, "try again in a minute, or use the command line", "it could not be checked who asks: %s", t.Text)
			r.result.Refusal.Stranger = true
			return nil
		}
		in.Member = &member
	}
	r.refuse(activities.Forbidden, "use the command line", "it could not be checked who asks")
	return nil
}

// standing refuses whoever is being offboarded themselves: until their accounts are shut, which takes Slack longer
// than others, they hold every right that the policy gave them. What cannot be checked is a no, but for what a system
// reports.
func (r *request) standing(ctx workflow.Context) error {
	who := r.weighed.By.Employee
	if who == "" || r.Ask.Verb == activities.VerbExplain {
		return nil
	}
	s, err := onceMore(func() (activities.Standing, error) {
		return hastily(ctx, activities.AskStanding, activities.StandingOf{Employee: who}, "is "+string(who)+" leaving", hasty)
	})
	switch {
	case err == nil && s.Leaving:
		r.refuse(activities.Forbidden, "somebody else of the IT team must ask", "%s may not ask for %s: they are being offboarded themselves (%s)", r.Ask.Actor, r.Ask.Verb, s.Case)
		r.result.Refusal.Stranger = true
	case err != nil && !r.ofSystem():
		r.refuse(troubleOf(err).Type, "try again in a minute", "it could not be checked whether %s is being offboarded themselves: %s", r.Ask.Actor, troubleOf(err).Text)
	}
	return nil
}

// ofSystem says whether a system reports what it saw, rather than a person asking.
func (r *request) ofSystem() bool {
	door, _, _ := strings.Cut(r.Ask.Actor, ":")
	return door != "slack" && door != "cli"
}

// onceMore asks again when nothing at all came back: the worker that was asked was restarted.
func onceMore[Out any](ask func() (Out, error)) (Out, error) {
	out, err := ask()
	var silence *temporal.TimeoutError
	if errors.As(err, &silence) {
		return ask()
	}
	return out, err
}

// administered is a system whose last administrator is spared.
type administered struct {
	name string
	of   activities.Activity[activities.Identity, activities.Admins]
}

// administered are the systems in which the person may have an account. Whom Okta reports is shut there already.
func (r *request) administered() []administered {
	all := []administered{{"Google", activities.GoogleFindAdmins}}
	if !r.ofSystem() {
		all = append(all, administered{"Okta", activities.OktaFindAdmins})
	}
	return slices.DeleteFunc(all, func(a administered) bool {
		return r.weighed.Person.Email == "" && r.weighed.Accounts[a.of.Queue] == ""
	})
}

// sparesLast refuses to offboard whoever alone holds the highest role of Okta or Google: afterwards nobody could mend
// anything. A system that does not answer does not hold up an emergency; what a system reports waits for it, for
// nobody is there who could ask again.
func (r *request) sparesLast(ctx workflow.Context) error {
	if r.Ask.Verb != activities.VerbOffboard {
		return nil
	}
	systems := r.administered()
	done := workflow.NewWaitGroup(ctx)
	admins, errs := make([]activities.Admins, len(systems)), make([]error, len(systems))
	for i, s := range systems {
		done.Add(1)
		workflow.GoNamed(ctx, "admins of "+s.name, func(ctx workflow.Context) {
			defer done.Done()
			admins[i], errs[i] = r.findAdmins(ctx, s)
		})
	}
	done.Wait(ctx)
	for i, s := range systems {
		switch {
		case errs[i] == nil && admins[i].Holds && admins[i].Others == 0:
			r.refuse(activities.Forbidden, "give the role to somebody else in "+s.name+" first",
				"%s is the last super administrator of %s: without them nobody could administer it", r.weighed.Person.ID, s.name)
			return nil
		case errs[i] != nil && !r.Ask.Emergency && troubleOf(errs[i]).Type != activities.NotFound:
			r.refuse(troubleOf(errs[i]).Type, "try again when "+s.name+" answers, or ask for an emergency, which does not wait for this check",
				"it could not be checked whether %s is the last super administrator of %s: %s", r.weighed.Person.ID, s.name, troubleOf(errs[i]).Text)
			return nil
		}
	}
	return nil
}

// findAdmins asks one system. A person waits for the answer; for a system it is asked until it answers.
func (r *request) findAdmins(ctx workflow.Context, s administered) (activities.Admins, error) {
	who, summary := r.identity(s.of.Queue), "who administers "+s.name
	switch {
	case r.ofSystem():
		var out activities.Admins
		var no error
		err := persist(ctx, days, func(ctx workflow.Context) (err error) {
			out, err = call(ctx, s.of, who, summary, lane{})
			if err != nil && !retryableTrouble(troubleOf(err).Type) {
				no, err = err, nil // it has answered
			}
			return err
		})
		return out, errors.Join(err, no)
	case r.Ask.Emergency:
		return hastily(ctx, s.of, who, summary, r.patience())
	}
	return onceMore(func() (activities.Admins, error) { return hastily(ctx, s.of, who, summary, r.patience()) })
}

// patience is how long the look for administrators may take: an emergency is contained within a minute.
func (r *request) patience() time.Duration {
	if r.Ask.Emergency {
		return 5 * time.Second
	}
	return hasty
}

func (r *request) identity(system string) activities.Identity {
	p := r.weighed.Person
	return activities.Identity{CaseRef: activities.CaseRef{Case: "request/" + r.Ask.Key, Employee: p.ID, Actor: r.Ask.Actor},
		Account: r.weighed.Accounts[system], Email: p.Email, EmployeeNumber: string(p.ID)}
}
