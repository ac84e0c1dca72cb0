package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// caseCore is what every process of one person shares: the step records, the log, the clock and the mirrors.
type caseCore struct {
	*CaseState
	clock *clock
	busy  int // activities under way that must end before a run may be continued as new
	// showing counts the mirrors' calls under way: a run that is replaced then could not say what they have posted.
	showing int
	// leaving is set once the run is to be replaced: a mirror that wakes in that very moment begins nothing more.
	leaving bool
	// earlier are the cases before this one, under the same workflow id, whose end people have not seen; past marks one.
	earlier []*caseCore
	past    bool
	// cut says whether nothing may be waited for any more; nil means that it may.
	cut func() bool
	// act performs steps that share one activity; each process brings its own.
	act func(workflow.Context, []*StepRecord) ([]activities.Outcome, error)
	// readable says whether Tenure can read back what a person says was done.
	readable func(*StepRecord) bool
	// barred says whether a step must not be tried yet; nil bars nothing.
	barred func(*StepRecord) bool
	// surveyed says whether every step of containment is known yet; nil means that they are.
	surveyed func() bool
	// answered is asked first about what a person says of a step, and says whether it took it; nil takes nothing.
	answered func(workflow.Context, *StepRecord, StepRequest, string) (bool, error)
	// hidden says that the case is not shown to people yet; nil shows it from the beginning.
	hidden func() bool
	// describe adds to the view what only the process knows.
	describe func(*activities.CaseView)

	blockedOn string // last value of the search attribute
}

// Search attributes: ids and codes only.
var (
	attrEmployee  = temporal.NewSearchAttributeKeyKeyword("EmployeeID")
	attrProcess   = temporal.NewSearchAttributeKeyKeyword("Process")
	attrPhase     = temporal.NewSearchAttributeKeyKeyword("Phase")
	attrEffective = temporal.NewSearchAttributeKeyTime("EffectiveAt")
	attrBlockedOn = temporal.NewSearchAttributeKeyKeyword("BlockedOn")
	attrUrgency   = temporal.NewSearchAttributeKeyKeyword("Urgency")
)

func (c *caseCore) enter(ctx workflow.Context, phase string) error {
	if c.Phase == phase {
		return nil
	}
	c.Phase = phase
	c.touch(ctx)
	return workflow.UpsertTypedSearchAttributes(ctx,
		attrEmployee.ValueSet(string(c.Ref.Employee)), attrProcess.ValueSet(string(c.Process)),
		attrPhase.ValueSet(phase), attrEffective.ValueSet(c.Ref.Effective), attrUrgency.ValueSet(c.urgency()))
}

func (c *caseCore) urgency() string {
	if c.Emergency {
		return "emergency"
	}
	return "normal"
}

// touch is called after every change that people should see.
func (c *caseCore) touch(ctx workflow.Context) {
	c.Version++
	if c.past { // the page and the search attributes are of the case that runs
		return
	}
	workflow.SetCurrentDetails(ctx, markdown(c.view(ctx)))
	if b := c.blocked(); b != c.blockedOn && c.Phase != "" {
		c.blockedOn = b
		_ = workflow.UpsertTypedSearchAttributes(ctx, attrBlockedOn.ValueSet(b))
	}
}

// blocked is a code for whom the case waits: the first step that asks for a person, an approval, or nobody.
func (c *caseCore) blocked() string {
	for _, r := range c.Steps {
		if r.State.AsksForPerson() {
			return "person:" + string(r.ID)
		}
	}
	if c.Phase == phaseApproval {
		return "approval"
	}
	return "none"
}

// say adds an entry to the case's log.
func (c *caseCore) say(ctx workflow.Context, kind activities.EntryKind, step plan.StepID, format string, args ...any) {
	c.LogSeq++
	c.Log = append(c.Log, activities.Entry{Seq: c.LogSeq, At: workflow.Now(ctx), Kind: kind, Step: step, Text: fmt.Sprintf(format, args...)})
	c.touch(ctx)
}

func (c *caseCore) record(id plan.StepID) *StepRecord {
	i := slices.IndexFunc(c.Steps, func(r *StepRecord) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return c.Steps[i]
}

// adopt takes planned steps up: new ones are added, known ones that have not begun take the fuller plan's words.
func (c *caseCore) adopt(steps []plan.Step) {
	for _, s := range steps {
		r := c.record(s.ID)
		if r == nil {
			r = &StepRecord{State: plan.Pending}
			c.Steps = append(c.Steps, r)
		}
		r.Step = s
		if s.Preset != "" && r.State == plan.Pending {
			r.State = s.Preset
		}
	}
	c.sortSteps()
}

// sortSteps puts the records into the order of the phases and, within one, of the plan.
func (c *caseCore) sortSteps() {
	rank := func(p plan.Phase) int { return slices.Index(plan.Phases(), p) }
	slices.SortStableFunc(c.Steps, func(a, b *StepRecord) int { return rank(a.Phase) - rank(b.Phase) })
}

// do performs steps that share one activity and records what came of each. A step that cannot be done becomes
// somebody's job; the case goes on.
func (c *caseCore) do(ctx workflow.Context, records ...*StepRecord) {
	now := workflow.Now(ctx)
	for _, r := range records {
		r.State, r.Attempts = plan.Running, r.Attempts+1
		if r.Started.IsZero() {
			r.Started = now
		}
	}
	c.touch(ctx)
	c.busy++
	outcomes, err := c.act(ctx, records)
	c.busy--
	for _, r := range records {
		c.settle(ctx, r, outcomeFor(r, outcomes, err))
	}
}

// outcomeFor picks a step's outcome out of what an activity returned, or makes one of its error.
func outcomeFor(r *StepRecord, outcomes []activities.Outcome, err error) activities.Outcome {
	for _, o := range outcomes {
		if o.Step == r.ID {
			return o
		}
	}
	o := activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Account: r.Outcome.Account}
	switch {
	case temporal.IsCanceledError(err):
		o.State = plan.Pending
	case err != nil:
		t := troubleOf(err)
		o.Problem, o.Detail, o.Mend = t.Type, t.Text, t.Mend
		if o.Mend == "" && retryableTrouble(t.Type) {
			o.Mend = "Tenure tries again every day; try the step again as soon as the system answers"
		}
	default:
		o.State, o.Detail, o.Mend = plan.Unverified, "the system said nothing about this step", "look at the system and say done or skip"
	}
	return o
}

// settle records an outcome, logs it, and opens or ends the person's task that goes with it.
func (c *caseCore) settle(ctx workflow.Context, r *StepRecord, o activities.Outcome) {
	was := r.State
	r.Outcome, r.State = o, o.State
	if c.FirstContained.IsZero() {
		c.FirstContained = c.containedAt()
	}
	switch {
	case r.State.AsksForPerson():
		r.Due = workflow.Now(ctx).Add(c.Settings.TaskDue)
		if r.Owner == "" {
			r.Owner = "IT"
		}
		c.say(ctx, activities.EntryTask, r.ID, "%s: %s. %s", r.Title, o.Detail, o.Mend)
	case r.State == plan.Waiting && was != plan.Waiting:
		c.say(ctx, activities.EntryInfo, r.ID, "%s: waiting. %s", r.Title, o.Detail)
	case r.State.Ended():
		r.Due, r.Owner = time.Time{}, ""
		c.say(ctx, activities.EntrySuccess, r.ID, "%s: %s. %s", r.Title, stateWord(r.State), spoken(o))
	default:
		c.touch(ctx)
	}
}

// spoken says what was done and what the read-back said.
func spoken(o activities.Outcome) string {
	switch {
	case o.Detail != "" && o.ReadBack != "":
		return o.Detail + "; read back: " + o.ReadBack
	case o.ReadBack != "":
		return "Read back: " + o.ReadBack
	default:
		return o.Detail
	}
}

// allEnded says whether nothing more will happen to any step.
func (c *caseCore) allEnded() bool {
	return !slices.ContainsFunc(c.Steps, func(r *StepRecord) bool { return !r.State.Ended() })
}

// decided keeps what a person decided as evidence.
func (c *caseCore) decided(ctx workflow.Context, d activities.Decision) error {
	d.CaseRef, d.At = c.Ref, workflow.Now(ctx)
	c.busy++
	defer func() { c.busy-- }()
	_, err := call(ctx, activities.CaseRecordDecision, d, d.What, lane{})
	return err
}

// firstRun is the run id that stays the same however often a case is continued as new. It tells a second case of
// one person from the first.
func firstRun(info *workflow.Info) string {
	if info.FirstRunID != "" {
		return info.FirstRunID
	}
	return info.WorkflowExecution.RunID
}
