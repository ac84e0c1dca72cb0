package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// The phases of joining, moving and leave that hold no steps of a plan; the others are package plan's.
const (
	phaseIdentify = string(plan.Identify)
	phasePrepare  = string(plan.Prepare)
	phaseBegin    = string(plan.Begin)
	phaseAdjust   = string(plan.Adjust)
	phaseOverlap  = string(plan.Overlap)
	phasePause    = string(plan.Pause)
	phaseAway     = "away"
	phaseResume   = string(plan.Resume)
	phaseSettle   = string(plan.Settle)
	phaseCleanUp  = string(plan.CleanUp)
)

// RoleInput starts a case of joining, moving or leave of absence, or goes on with one.
type RoleInput struct {
	Request RoleRequest `json:"request"`
	// State is set when an earlier run of the same case was continued as new.
	State *RoleState `json:"state,omitempty"`
	// Run names a case that began when one before it, under the same workflow id, was over; empty for the first.
	Run string `json:"run,omitempty"`
	// Earlier are cases before this one whose end people have not seen yet.
	Earlier []CaseState `json:"earlier,omitempty"`
	// Rehire is what the case before this one had heard at its very end: HR made the record active again.
	Rehire bool `json:"rehire,omitempty"`
	// Kept are groups of an earlier role that another case keeps for a while, and hands on.
	Kept []KeptGroup `json:"kept,omitempty"`
}

// RoleRequest is whose role is to be looked at, and on whose word. It says who, and nothing of what is to be done: that
// is worked out from HR's records at the time.
type RoleRequest struct {
	Employee  employee.ID `json:"employee"`
	ProfileID string      `json:"profileId,omitempty"`
	Actor     string      `json:"actor"` // "<door>:<id>": "namely:watch", "cli:jo"
	// ActorEmployee is who stands behind Actor, where the front door found out.
	ActorEmployee employee.ID `json:"actorEmployee,omitempty"`
	Reason        string      `json:"reason,omitempty"`
	HREdited      time.Time   `json:"hrEdited,omitzero"`
	Detected      time.Time   `json:"detected,omitzero"`
	// Readmit says that a person asked for somebody to be let in whose access a case has ended.
	Readmit bool `json:"readmit,omitempty"`
}

// RoleState is the state of such a case.
type RoleState struct {
	Case    CaseState   `json:"case"`
	Request RoleRequest `json:"request"`
	Opened  bool        `json:"opened"`
	// Now is what was worked out last.
	Now activities.RoleNow `json:"now"`
	// Trouble is why the case could not open yet, Alarmed the kinds of it that IT was told of.
	Trouble string   `json:"trouble,omitempty"`
	Alarmed []string `json:"alarmed,omitempty"`

	// Rehire says that HR made the record active again; Admitted who let them in whom a case had shut out.
	Rehire     bool        `json:"rehire,omitempty"`
	Admitted   *PersonSays `json:"admitted,omitempty"`
	AdmittedAt time.Time   `json:"admittedAt,omitzero"`
	// Told says that the offboarding that is to make way has been told.
	Told bool `json:"told,omitempty"`
	// Unsure are people whom the policy would take for the same person, and the ledger would not.
	Unsure []employee.ID `json:"unsure,omitempty"`
	// Login is the one that was chosen, Named says that it is settled.
	Login string `json:"login,omitempty"`
	Named bool   `json:"named,omitempty"`
	// OktaStatus and OktaLogin are the Okta account's as they were read last.
	OktaStatus string `json:"oktaStatus,omitempty"`
	OktaLogin  string `json:"oktaLogin,omitempty"`
	// Prepared and Begun say how far the accounts are: made, and opened.
	Prepared bool `json:"prepared,omitempty"`
	Begun    bool `json:"begun,omitempty"`
	// Away says that the accounts were shut for a leave. Paused and GooglePaused say that it was this case that did it: an
	// account that somebody else had shut is theirs to open.
	Away         bool `json:"away,omitempty"`
	Paused       bool `json:"paused,omitempty"`
	GooglePaused bool `json:"googlePaused,omitempty"`
	// Mapped says that the policy had a mapping when the case began.
	Mapped bool `json:"mapped,omitempty"`
	// Shown says that people have been shown the case: from then on they are to its end.
	Shown bool `json:"shown,omitempty"`
	// Kept are groups of the earlier role that are not left yet.
	Kept []KeptGroup `json:"kept,omitempty"`
	// Did names what the accounts were brought to last, so that a look which shows nothing new does nothing.
	Did string `json:"did,omitempty"`
	// Gained, Lost and Edited are what changed in the case, for people.
	Gained []string          `json:"gained,omitempty"`
	Lost   []string          `json:"lost,omitempty"`
	Edited []activities.Edit `json:"edited,omitempty"`
	Manual []string          `json:"manual,omitempty"` // groups given by hand, which are left

	// Over says why the case ends before it has done what it began.
	Over      string      `json:"over,omitempty"`
	Rescinded *PersonSays `json:"rescinded,omitempty"`
}

// KeptGroup is a group of the earlier role that is kept for a while.
type KeptGroup struct {
	Group string    `json:"group"`
	Until time.Time `json:"until"`
	// Tried says that its time is over and that it was to be left: what has come of that is a step's.
	Tried bool `json:"tried,omitempty"`
}

// RoleResult is how such a case ended.
type RoleResult struct {
	View activities.CaseView `json:"view"`
}

// roleCase is one running case of joining, moving or leave.
type roleCase struct {
	caseCore
	*RoleState
	process func(workflow.Context, RoleInput) (RoleResult, error)
	changes int             // how often HR's word has come, or a day has passed
	seen    int             // of these, how many had come when HR's records were read last
	heard   int             // how often HR's word has come
	known   int             // of these, how many had come when HR's records were read last
	lanes   map[string]bool // long steps that run, so that none is started twice
	closing bool            // nothing more is begun
}

func newRoleCase(ctx workflow.Context, in RoleInput, process Process, self func(workflow.Context, RoleInput) (RoleResult, error)) (*roleCase, error) {
	st := in.State
	if st == nil {
		st = beginRole(ctx, in, process)
	}
	c := &roleCase{RoleState: st, process: self, lanes: map[string]bool{}, changes: 1}
	c.caseCore = caseCore{CaseState: &st.Case, clock: newClock(st.Case.Settings.Day), act: c.actOn, readable: roleReadable,
		answered: c.onAnswer, describe: c.describeRole}
	c.cut = c.unheard
	for _, r := range c.Steps {
		if r.State == plan.Running {
			r.State = plan.Pending
		}
	}
	return c, c.handle(ctx)
}

// beginRole is the state of a case that has just been asked for.
func beginRole(ctx workflow.Context, in RoleInput, process Process) *RoleState {
	r, now, info, run := in.Request, workflow.Now(ctx), workflow.GetInfo(ctx), in.Run
	if run == "" {
		run = firstRun(info)
	}
	if r.Detected.IsZero() {
		r.Detected = now
	}
	return &RoleState{Request: r, Rehire: in.Rehire, Kept: in.Kept, Case: CaseState{
		Process: process, Reason: r.Reason,
		Ref: activities.CaseRef{Case: info.WorkflowExecution.ID, Run: run, Employee: r.Employee, Actor: r.Actor,
			Opened: now, HREdited: r.HREdited, Effective: now, Detected: r.Detected},
	}}
}

// handle registers what people and other processes can say to the case.
func (c *roleCase) handle(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, Status.Name, func() (activities.CaseView, error) { return c.view(ctx), nil }); err != nil {
		return err
	}
	for _, err := range []error{
		setUpdate(ctx, Rescind, c.mayRescind, c.rescind),
		setUpdate(ctx, Hold, c.mayHoldRole, c.hold),
		setUpdate(ctx, Release, c.mayRelease, c.release),
		c.handleSteps(ctx, c.retryStep),
	} {
		if err != nil {
			return err
		}
	}
	receive(ctx, EmployeeChanged, c.onEmployeeChanged)
	return nil
}

// onEmployeeChanged hears that HR has changed something. What it is matters little: the records are read anew.
func (c *roleCase) onEmployeeChanged(_ workflow.Context, in EmployeeChange) {
	c.changes++
	c.heard++
	switch in.Event.Kind {
	case employee.Returned:
		c.Rehire = true
	case employee.Left:
		c.Rehire = false
	case employee.Departing, employee.Staying, employee.Joining, employee.Changed:
	}
}

// play runs a process from the first look to the end.
func (c *roleCase) play(ctx workflow.Context, in RoleInput, run func(workflow.Context) error) (RoleResult, error) {
	shown, hide := workflow.WithCancel(ctx)
	c.showEarlier(shown, in.Earlier)
	workflow.GoNamed(ctx, "clock", c.clock.run)
	lastWord(ctx) // what came with the start is heard before the first look
	if err := c.open(ctx); err != nil {
		return RoleResult{}, err
	}
	if c.Opened {
		workflow.GoNamed(ctx, "shown", func(ctx workflow.Context) {
			if workflow.Await(ctx, func() bool { return c.hidden == nil || !c.hidden() }) == nil {
				c.startMirrors(shown)
			}
		})
	}
	work, stop := workflow.WithCancel(ctx)
	ended := !c.Opened
	if !ended {
		workflow.GoNamed(work, "case", func(ctx workflow.Context) { c.carry(ctx, run); ended = true })
		workflow.GoNamed(work, "daily", c.daily)
		workflow.GoNamed(work, "moments", c.moments)
	}
	if err := workflow.Await(ctx, func() bool { return ended || c.Rescinded != nil || c.mayContinueAsNew(ctx) }); err != nil {
		return RoleResult{}, err
	}
	if !ended && c.Rescinded == nil {
		c.leave()
		drain(ctx, EmployeeChanged, c.onEmployeeChanged)
		return RoleResult{}, workflow.NewContinueAsNewError(ctx, c.process, RoleInput{Request: in.Request, State: c.RoleState, Run: in.Run, Earlier: c.unseen()})
	}
	stop()
	if c.Rescinded != nil && c.Over == "" {
		c.callOff(ctx)
	}
	return c.close(ctx, in, hide)
}

// carry runs the process to its end. What keeps it from going on, and is no system's refusal of a step, is shown, and tried
// again when a person says so or HR says something: a case never ends because it stumbled.
func (c *roleCase) carry(ctx workflow.Context, run func(workflow.Context) error) {
	for {
		err := run(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		r := c.step(plan.Settle, stepCase, "")
		r.Title = "The case goes on"
		c.settle(ctx, r, outcomeFor(r, nil, err))
		heard := c.heard
		if workflow.Await(ctx, func() bool { return !r.State.AsksForPerson() || c.heard != heard }) != nil {
			return
		}
		if r.State == plan.Skipped {
			c.Over = "given up by " + r.By
			return
		}
		r.State, r.Due, r.Owner = plan.NotApplicable, time.Time{}, ""
		c.changes++
	}
}

// stepCase stands for the case as a whole where it cannot go on.
const stepCase plan.Action = "tenure.case"

// mayHoldRole says whether a hold would keep anything back: before the account is open it keeps it shut.
func (c *roleCase) mayHoldRole(in PersonSays) error {
	if c.Process != ProcessOnboard || c.Begun {
		return refuse(activities.Unsupported, "a hold keeps a joiner's account shut until it is released; %s has nothing of that kind to keep back", c.Ref.Case)
	}
	return c.mayHold(in)
}

// close seals the evidence, waits until people have seen the end, and begins anew when HR has said more meanwhile.
func (c *roleCase) close(ctx workflow.Context, in RoleInput, hide func()) (RoleResult, error) {
	_ = workflow.Await(ctx, func() bool { return c.busy == 0 })
	c.closing = true
	for _, r := range c.Steps {
		if !r.State.Ended() {
			r.State, r.Due, r.Owner = plan.Skipped, time.Time{}, ""
			r.Outcome.State, r.Outcome.Detail, r.Outcome.Problem, r.Outcome.Mend = plan.Skipped, c.ending()+": "+c.Over, "", ""
		}
	}
	if err := c.enter(ctx, phaseClosed); err != nil {
		return RoleResult{}, err
	}
	text := "Nothing was to be done."
	if slices.ContainsFunc(c.Steps, func(r *StepRecord) bool { return r.Attempts > 0 }) || !c.unseenHidden() {
		sealed, err := c.seal(ctx, c.ending())
		if err != nil {
			return RoleResult{}, err
		}
		text = c.report(sealed)
	}
	c.ClosedAt, c.Outcome = workflow.Now(ctx), c.ending()
	c.say(ctx, activities.EntryReport, "", "%s", text)
	c.showEnd(ctx)
	lastWord(ctx)
	if c.unheard() && c.Opened {
		return RoleResult{}, c.again(ctx, in, hide)
	}
	return RoleResult{View: c.view(ctx)}, nil
}

func (c *roleCase) unseenHidden() bool { return c.hidden != nil && c.hidden() }

// again replaces the run by the next case: HR has said something while this one ended.
func (c *roleCase) again(ctx workflow.Context, in RoleInput, hide func()) error {
	c.leave()
	hide()
	if err := workflow.Await(ctx, func() bool { return c.calling() == 0 }); err != nil {
		return err
	}
	lastWord(ctx)
	next := RoleInput{Request: in.Request, Run: nextRun(c.Ref.Run), Earlier: c.unseen(), Rehire: c.Rehire && c.Admitted == nil, Kept: c.Kept}
	next.Request.Readmit = false // that word was about this case
	if !c.shows() {
		next.Earlier = append(next.Earlier, *c.CaseState)
	}
	return workflow.NewContinueAsNewError(ctx, c.process, next)
}

// ending is the case's outcome in one word.
func (c *roleCase) ending() string {
	switch {
	case c.Rescinded != nil:
		return "rescinded"
	case c.Over != "":
		return "overtaken"
	default:
		return "completed"
	}
}

// stands says whether HR says that the person works here, whatever a case has done.
func (c *roleCase) stands(ctx workflow.Context) bool {
	return c.Person.Status != employee.Inactive && (c.Now.Leaves.IsZero() || workflow.Now(ctx).Before(c.Now.Leaves))
}

// gone says whether the person must have no access now.
func (c *roleCase) gone() bool { return c.Now.Stand == role.Gone }
