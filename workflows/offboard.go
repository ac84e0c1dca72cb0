package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// The phases of Offboard as search attribute and card show them.
const (
	phaseOpen      = "open"
	phaseApproval  = "approval"
	phaseScheduled = "scheduled"
	phaseContain   = "contain"
	phaseHandOver  = "hand_over"
	phaseLease     = "lease"
	phaseWatch     = "watch"
	phaseClose     = "close"
	phaseRescind   = "rescind"
	phaseRehire    = "rehire"  // making way for somebody who is hired again
	phaseRehired   = "rehired" // the way is free; what is left is people's
	phaseClosed    = "closed"
)

// OffboardInput starts an offboarding case, or goes on with one.
type OffboardInput struct {
	Request OffboardRequest `json:"request"`
	// State is set when an earlier run of the same case was continued as new.
	State *OffboardState `json:"state,omitempty"`

	// Run names a case that began when one before it, under the same workflow id, was over; empty for the first.
	Run string `json:"run,omitempty"`
	// Earlier are cases before this one whose end people have not seen yet.
	Earlier []CaseState `json:"earlier,omitempty"`
	// Heard is what HR said while the case before made way.
	Heard []EmployeeChange `json:"heard,omitempty"`
}

// OffboardRequest is who is to leave, when, and on whose word.
type OffboardRequest struct {
	Employee  employee.ID `json:"employee"`
	ProfileID string      `json:"profileId,omitempty"`
	Actor     string      `json:"actor"` // "<door>:<id>": "namely:watch", "cli:jo"
	// ActorEmployee is who stands behind Actor, where the front door found out.
	ActorEmployee employee.ID `json:"actorEmployee,omitempty"`

	Reason string `json:"reason,omitempty"`
	// EffectiveAt is when containment begins; zero or past means now.
	EffectiveAt time.Time `json:"effectiveAt,omitzero"`
	// Emergency cases of an authorised person do not wait for approval.
	Emergency bool `json:"emergency,omitempty"`
	// DryRun reads, plans and ends: nothing is changed anywhere.
	DryRun   bool      `json:"dryRun,omitempty"`
	HREdited time.Time `json:"hrEdited,omitzero"`
	Detected time.Time `json:"detected,omitzero"`
	// Again says that a case before this one, which was over, took the request: nobody waits to see it begin.
	Again bool `json:"again,omitempty"`
}

// OffboardState is the state of an offboarding case.
type OffboardState struct {
	Case     CaseState           `json:"case"`
	Request  OffboardRequest     `json:"request"`
	Opened   bool                `json:"opened"`
	Accounts activities.Accounts `json:"accounts,omitempty"`
	Facts    plan.Facts          `json:"facts"`
	Planned  bool                `json:"planned"`
	Heir     *plan.Heir          `json:"heir,omitempty"`
	Approved []string            `json:"approved,omitempty"`
	// ApprovedBy are the people behind Approved, as far as they are known.
	ApprovedBy []employee.ID `json:"approvedBy,omitempty"`
	// Trouble is why the case could not open yet, Alarmed the kinds of it that IT was told of.
	Trouble string   `json:"trouble,omitempty"`
	Alarmed []string `json:"alarmed,omitempty"`
	// HurriedBy asked for an emergency while the case was opening.
	HurriedBy string `json:"hurriedBy,omitempty"`
	// Stranger says that it is not known who asked for the case, so that only people who are known may approve it.
	Stranger  bool       `json:"stranger,omitempty"`
	Denied    string     `json:"denied,omitempty"`
	Contained bool       `json:"contained"` // every containment lane has been tried
	Lease     LeaseState `json:"lease"`
	Watch     WatchState `json:"watch"`
	// Anew is the request for the next case, which reached this one when it was over but for its end.
	Anew      *OffboardRequest `json:"anew,omitempty"`
	Rescinded *PersonSays      `json:"rescinded,omitempty"`
	// Rehired is who let the person in again, once they are hired again.
	Rehired *PersonSays `json:"rehired,omitempty"`
}

// OffboardResult is how a case ended. Plan is set for a dry run only.
type OffboardResult struct {
	View activities.CaseView `json:"view"`
	Plan *plan.Plan          `json:"plan,omitempty"`
}

// offboard is one running case.
type offboard struct {
	caseCore
	*OffboardState
	lanes map[string]bool // lanes and long steps that run, so that none is started twice

	changes    int              // how often HR's word has come
	rescinding bool             // a person's rescind is being kept as evidence
	hide       func()           // ends the mirrors
	replaced   bool             // the run makes way for the next case
	late       []EmployeeChange // what HR says meanwhile, which is for that one
}

// Offboard carries one leaver from the word that they leave to the last verified step.
func Offboard(ctx workflow.Context, in OffboardInput) (OffboardResult, error) {
	c, err := newOffboard(ctx, in)
	if err != nil {
		return OffboardResult{}, err
	}
	shown, hide := workflow.WithCancel(ctx)
	c.hide = hide
	c.showEarlier(shown, in.Earlier)
	err = c.open(ctx, in)
	switch {
	case err != nil:
		return OffboardResult{}, err
	case in.Request.DryRun:
		return c.preview(ctx)
	case !c.Opened:
		return c.neverOpened(ctx)
	}
	c.startMirrors(shown)
	work, stop := workflow.WithCancel(ctx)
	ended := false
	workflow.GoNamed(work, "case", func(ctx workflow.Context) { c.run(ctx); ended = true })
	workflow.GoNamed(work, "daily", c.daily)
	if err := workflow.Await(ctx, func() bool { return ended || c.calledBack() || c.mayContinueAsNew(ctx) }); err != nil {
		return OffboardResult{}, err
	}
	if !ended && !c.calledBack() {
		c.leave()
		return OffboardResult{}, c.continueAsNew(ctx, in)
	}
	stop()
	switch {
	case c.Rescinded != nil:
		c.undo(ctx)
		c.followHR(ctx)
	case c.Rehired != nil:
		c.giveWay(ctx)
	}
	return c.close(ctx)
}

// run is the case from gate to close, as a table of contents.
func (c *offboard) run(ctx workflow.Context) {
	steps := []func(workflow.Context) error{
		c.gate,      // approvals, and the moment at which it is to begin
		c.contain,   // snapshot and containment, every system by itself
		c.plan,      // what is to be done beyond, decided once from the facts
		c.handOver,  // mailbox, files, groups, apps and devices, side by side
		c.lease,     // the mailbox stays lent for 60 days, then the account is suspended
		c.watch,     // nobody gets back in for 30 days
		c.settleAll, // every step ended, every critical one proved or waived by a person
	}
	for _, step := range steps {
		if err := step(ctx); err != nil || c.Denied != "" {
			return
		}
	}
}

func newOffboard(ctx workflow.Context, in OffboardInput) (*offboard, error) {
	st := in.State
	if st == nil {
		st = beginOffboard(ctx, in)
	}
	c := &offboard{OffboardState: st, lanes: map[string]bool{}}
	c.caseCore = caseCore{CaseState: &st.Case, clock: newClock(st.Case.Settings.Day), act: c.actOn, readable: canRead, describe: c.describeCase}
	c.barred, c.surveyed = c.tooEarly, c.devicesKnown
	c.cut = func() bool { return c.Anew != nil }
	c.resume()
	err := c.handle(ctx)
	for _, change := range in.Heard {
		c.onEmployeeChanged(ctx, change)
	}
	return c, err
}

// beginOffboard is the state of a case that has just been asked for.
func beginOffboard(ctx workflow.Context, in OffboardInput) *OffboardState {
	r, now, info, run := in.Request, workflow.Now(ctx), workflow.GetInfo(ctx), in.Run
	if run == "" {
		run = firstRun(info)
	}
	if r.Detected.IsZero() {
		r.Detected = now
	}
	effective := r.EffectiveAt
	if effective.IsZero() {
		effective = now
	}
	return &OffboardState{Request: r, Case: CaseState{
		Process: ProcessOffboard, Reason: r.Reason, Emergency: r.Emergency,
		Ref: activities.CaseRef{Case: info.WorkflowExecution.ID, Run: run, Employee: r.Employee, Actor: r.Actor,
			Opened: now, HREdited: r.HREdited, Effective: effective, Detected: r.Detected},
	}}
}

// resume puts steps that an earlier run left under way back in line. Doing them again is safe: every activity
// reads before it acts.
func (c *offboard) resume() {
	for _, r := range c.Steps {
		if r.State == plan.Running || r.State == plan.Waiting && !longStep(r) {
			r.State = plan.Pending
		}
	}
}

// open loads the person and the policy. It is the only thing that can fail a case, and it comes before anything
// is changed or shown anywhere.
func (c *offboard) open(ctx workflow.Context, in OffboardInput) error {
	if !c.Opened {
		o, err := c.load(ctx, in)
		if err != nil || !c.Opened {
			return err
		}
		c.Person, c.Settings, c.Accounts, c.HRLate = o.Person, o.Settings, o.Accounts, o.HRLate
		c.Facts.Managers = o.Managers
		c.knowAsker(ctx)
		c.adopt(o.Contain)
		c.say(ctx, activities.EntryInfo, "", "Offboarding of %s (%s) started by %s. %s", c.Person.Name(), c.Ref.Employee, c.Ref.Actor, c.Reason)
		if c.HurriedBy != "" {
			c.hurry(ctx, c.HurriedBy)
		}
	}
	c.clock.day = c.Settings.Day
	workflow.GoNamed(ctx, "clock", c.clock.run)
	return nil
}

// mayContinueAsNew says whether the run may be replaced: the history has grown long and nothing is under way that
// would be lost.
func (c *caseCore) mayContinueAsNew(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	long := info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > 4000
	return long && c.busy == 0 && c.calling() == 0 && workflow.AllHandlersFinished(ctx)
}

func (c *offboard) continueAsNew(ctx workflow.Context, in OffboardInput) error {
	drain(ctx, EmployeeChanged, c.onEmployeeChanged)
	drain(ctx, ShipmentMoved, c.onShipmentMoved)
	in.State, in.Earlier, in.Heard = c.OffboardState, c.unseen(), nil
	return workflow.NewContinueAsNewError(ctx, Offboard, in)
}

// close seals the evidence and waits until people have seen the end, or until the next case is asked for.
func (c *offboard) close(ctx workflow.Context) (OffboardResult, error) {
	_ = workflow.Await(ctx, func() bool { return c.busy == 0 })
	if err := c.enter(ctx, phaseClosed); err != nil {
		return OffboardResult{}, err
	}
	sealed, err := c.seal(ctx, c.ending())
	if err != nil {
		return OffboardResult{}, err
	}
	c.ClosedAt = workflow.Now(ctx)
	c.Outcome = c.ending()
	c.say(ctx, activities.EntryReport, "", "%s", c.report(ctx, sealed))
	c.showEnd(ctx)
	lastWord(ctx)
	if c.Anew != nil {
		return OffboardResult{}, c.beginAnew(ctx)
	}
	return OffboardResult{View: c.view(ctx)}, nil
}
