package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
)

// LookInput asks for what only a worker can read, because the store or the vendor's credential is there. What is nil is
// not asked.
type LookInput struct {
	People  *activities.FindPeople  `json:"people,omitempty"`
	Batches *activities.ListBatches `json:"batches,omitempty"`
	Batch   *activities.ShowBatch   `json:"batch,omitempty"`
	Watch   *activities.AskWatch    `json:"watch,omitempty"`
	// Role asks where somebody stands and what their role gives; Compare asks besides how their account in Okta differs
	// from that, and which logins are taken where they have none.
	Role    *activities.AskRole `json:"role,omitempty"`
	Compare bool                `json:"compare,omitempty"`
	// Fields and Schema are what a policy's mapping is checked against.
	Fields *activities.ListFields `json:"fields,omitempty"`
	Schema *activities.ReadSchema `json:"schema,omitempty"`
}

// LookResult answers what was asked.
type LookResult struct {
	People  *activities.FoundPeople `json:"people,omitempty"`
	Batches *activities.Batches     `json:"batches,omitempty"`
	Batch   *employee.Batch         `json:"batch,omitempty"`
	Watch   *activities.WatchState  `json:"watch,omitempty"`

	Role       *activities.RoleNow    `json:"role,omitempty"`
	Comparison *activities.Comparison `json:"comparison,omitempty"`
	Taken      []TakenAt              `json:"taken,omitempty"`
	Fields     *activities.Fields     `json:"fields,omitempty"`
	Schema     *activities.Schema     `json:"schema,omitempty"`
	// Silent are the systems that were asked and gave no answer. What they would have said is nil.
	Silent []Silence `json:"silent,omitempty"`
}

// TakenAt is a login that somebody else has, and in which system.
type TakenAt struct {
	System string `json:"system"`
	activities.TakenLogin
}

// Silence is why a system gave no answer to one question.
type Silence struct {
	System string `json:"system"`
	Type   string `json:"type"` // an error type of activities/errors.go
	Text   string `json:"text"`
	Mend   string `json:"mend,omitempty"`
}

// Look answers a question of a front door that has no store of its own. It changes nothing. Somebody waits for it: a
// vendor that does not answer is said, and not waited for.
func Look(ctx workflow.Context, in LookInput) (LookResult, error) {
	var r LookResult
	for _, err := range []error{
		answer(ctx, activities.CaseFind, in.People, &r.People),
		answer(ctx, activities.BatchList, in.Batches, &r.Batches),
		answer(ctx, activities.BatchShow, in.Batch, &r.Batch),
		answer(ctx, activities.WatchStatus, in.Watch, &r.Watch),
		answer(ctx, activities.CaseRole, in.Role, &r.Role),
	} {
		if err != nil {
			return r, err
		}
	}
	fields, schema := glance(ctx, activities.NamelyListFields, in.Fields), glance(ctx, activities.OktaReadSchema, in.Schema)
	r.Fields, r.Schema = seen(ctx, &r, fields), seen(ctx, &r, schema)
	if r.Role != nil && in.Compare {
		r.compare(ctx, in.Role.CaseRef)
	}
	return r, nil
}

// mostLogins is how many logins are asked after: each costs a vendor a call, and one of the first is free as a rule.
const mostLogins = 5

// noGoogle is [plan.RoleSettings.Google] where nobody makes accounts there.
const noGoogle = "none"

// compare says how the account in Okta differs from the role, and where there is none, which of the logins are taken.
func (r *LookResult) compare(ctx workflow.Context, ref activities.CaseRef) {
	now := r.Role
	ref.Employee = now.Main
	is := glance(ctx, activities.OktaCompareUser, &activities.ConvergeOkta{CaseRef: ref, Account: now.Accounts[activities.QueueOkta],
		Login: firstOf(now.Logins, now.Person.Email), EmployeeNumber: string(now.Person.ID), Role: now.Role, Given: now.Given})
	if r.Comparison = seen(ctx, r, is); r.Comparison == nil || r.Comparison.Exists || len(now.Logins) == 0 {
		return
	}
	wanted := activities.FindLogin{Identity: activities.Identity{CaseRef: ref, Email: now.Person.Email, EmployeeNumber: string(now.Person.ID)},
		Wanted: now.Logins[:min(len(now.Logins), mostLogins)]}
	okta, google := glance(ctx, activities.OktaFindLogin, &wanted), (*glimpse[activities.TakenLogins])(nil)
	if now.Settings.Role.Google != noGoogle {
		google = glance(ctx, activities.GoogleFindLogin, &wanted)
	}
	for _, asked := range []*glimpse[activities.TakenLogins]{okta, google} {
		if got := seen(ctx, r, asked); got != nil {
			for _, t := range got.Taken {
				r.Taken = append(r.Taken, TakenAt{System: asked.system, TakenLogin: t})
			}
		}
	}
}

// answer runs the activity that answers a question, if it was asked.
func answer[In, Out any](ctx workflow.Context, a activities.Activity[In, Out], in *In, out **Out) error {
	if in == nil {
		return nil
	}
	got, err := call(ctx, a, *in, "look", lane{})
	*out = &got
	return err
}

// glimpse is a question to a vendor that is being asked.
type glimpse[Out any] struct {
	system string
	future workflow.Future
}

// glanced is how often a vendor is asked before it counts as silent: a passing fault is not worth a person's time.
const glanced = 2

// glance asks a vendor, if there is a question; nil otherwise.
func glance[In, Out any](ctx workflow.Context, a activities.Activity[In, Out], in *In) *glimpse[Out] {
	if in == nil {
		return nil
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: a.Queue, ScheduleToStartTimeout: examineTaken, StartToCloseTimeout: examineMade,
		ScheduleToCloseTimeout: examineTaken + examineMade,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: glanced}, Summary: "look",
		Priority: temporal.Priority{PriorityKey: priorityRead},
	})
	return &glimpse[Out]{system: a.Queue, future: workflow.ExecuteActivity(ctx, a.Name, *in)}
}

// seen is what the vendor said. Of one that gave no answer it is kept why, once.
func seen[Out any](ctx workflow.Context, r *LookResult, g *glimpse[Out]) *Out {
	if g == nil {
		return nil
	}
	var got Out
	err := g.future.Get(ctx, &got)
	if err == nil {
		return &got
	}
	r.Silent = append(r.Silent, silence(g.system, err))
	return nil
}

func silence(system string, err error) Silence {
	if late := unfinished(system, system, err)[0]; late.Check == system+".worker" {
		return Silence{System: system, Type: activities.Unavailable, Text: "no worker took the question from the queue " + system + " within " + examineTaken.String(), Mend: late.Mend}
	}
	t := troubleOf(err)
	return Silence{System: system, Type: t.Type, Text: t.Text, Mend: t.Mend}
}

func firstOf(words []string, otherwise string) string {
	if len(words) > 0 {
		return words[0]
	}
	return otherwise
}
