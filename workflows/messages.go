package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// Update is a typed request to a running case, which may refuse it: name and payloads cannot drift apart.
type Update[In any] struct{ Name string }

// Signal is a typed fact.
type Signal[In any] struct{ Name string }

// Query is a typed question.
type Query[Out any] struct{ Name string }

// The updates. Each returns the case as it stands afterwards.
var (
	Approve          = Update[ApproveRequest]{"Approve"}
	Deny             = Update[PersonSays]{"Deny"}
	Reschedule       = Update[RescheduleRequest]{"Reschedule"}
	Rescind          = Update[PersonSays]{"Rescind"}
	RetryStep        = Update[StepRequest]{"RetryStep"}
	CompleteStep     = Update[StepRequest]{"CompleteStep"}
	SkipStep         = Update[StepRequest]{"SkipStep"}
	ExtendDelegation = Update[PersonSays]{"ExtendDelegation"}
	Hold             = Update[PersonSays]{"Hold"}
	Release          = Update[PersonSays]{"Release"}
)

// The signals.
var (
	EmployeeChanged = Signal[EmployeeChange]{"EmployeeChanged"}
	LaptopReceived  = Signal[LaptopReceipt]{"LaptopReceived"}
	ShipmentMoved   = Signal[ShipmentMove]{"ShipmentMoved"}
)

// Status is the whole view of a case.
var Status = Query[activities.CaseView]{"Status"}

// PersonSays is a request that carries who asks and why. By is "<door>:<id>": "cli:jo", "slack:U123".
type PersonSays struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
	// Employee is who stands behind By, where the front door found out: one person at two doors is one person.
	Employee employee.ID `json:"employee,omitempty"`
}

// ApproveRequest approves a case at its gate. Nonce is the one shown with the request, so that a stale approval of
// an earlier case is refused.
type ApproveRequest struct {
	PersonSays
	Nonce string `json:"nonce"`
}

// RescheduleRequest moves the moment at which a case that has not begun begins.
type RescheduleRequest struct {
	PersonSays
	At time.Time `json:"at"`
	// Emergency makes the case one that waits for nobody and overtakes others; only for those the policy names.
	Emergency bool `json:"emergency,omitempty"`
}

// StepRequest is about one step.
type StepRequest struct {
	PersonSays
	Step plan.StepID `json:"step"`
}

// EmployeeChange says that HR changed the person's record.
type EmployeeChange struct {
	Event employee.Event `json:"event"`
	// EffectiveAt is the instant of a departure date in the person's zone; zero when the event has none.
	EffectiveAt time.Time `json:"effectiveAt,omitzero"`
	// Confirmed says who let the person in again: an offboarding that hears it makes way.
	Confirmed *PersonSays `json:"confirmed,omitempty"`
}

// LaptopReceipt says that a device is in the hands of IT. Serial is what the person read off the device, unless ByWord
// says that nobody read anything.
type LaptopReceipt struct {
	By     string    `json:"by"`
	Serial string    `json:"serial"`
	At     time.Time `json:"at"`
	// ByWord says that the serial number was not read off the device: somebody's word stands for it, and Note says
	// which ("ticket IT-7 was moved").
	ByWord bool   `json:"byWord,omitempty"`
	Note   string `json:"note,omitempty"`
}

// ShipmentMove is what a device's return tells its offboarding case.
type ShipmentMove struct {
	View activities.ReturnView `json:"view"`
	// State is where the step device.return stands in the case.
	State plan.State `json:"state"`
	// GivenUp answers a rescind: the return has ended, and State says whether somebody must see to a box.
	GivenUp bool   `json:"givenUp,omitempty"`
	Text    string `json:"text"` // for the case's log; empty when only the view changed
	Failure bool   `json:"failure,omitempty"`
	Problem string `json:"problem,omitempty"`
	Mend    string `json:"mend,omitempty"`
}

// setUpdate registers a handler with its validator.
func setUpdate[In any](ctx workflow.Context, u Update[In], validate func(In) error,
	handle func(workflow.Context, In) (activities.CaseView, error)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, u.Name, handle, workflow.UpdateHandlerOptions{
		Validator:   func(_ workflow.Context, in In) error { return validate(in) },
		Description: updateHelp[u.Name],
	})
}

var updateHelp = map[string]string{
	Approve.Name:          "approve the case at its gate",
	Deny.Name:             "refuse the case at its gate",
	Reschedule.Name:       "move the moment at which the case begins",
	Rescind.Name:          "stop the case and restore what can be restored",
	RetryStep.Name:        "try a step again",
	CompleteStep.Name:     "say that a person has done the step; it is read back",
	SkipStep.Name:         "end the step without doing it, with a reason",
	ExtendDelegation.Name: "renew the lease of the mailbox",
	Hold.Name:             "legal hold: nothing is given up while it lasts",
	Release.Name:          "end the hold",
}

// receive calls handle for every signal of one kind, those already waiting and those to come.
func receive[In any](ctx workflow.Context, s Signal[In], handle func(workflow.Context, In)) {
	channel := workflow.GetSignalChannel(ctx, s.Name)
	workflow.GoNamed(ctx, s.Name, func(ctx workflow.Context) {
		for {
			var in In
			if !channel.Receive(ctx, &in) {
				return
			}
			handle(ctx, in)
		}
	})
}

// drain handles signals that have arrived but not been looked at, so that none is lost when a run is continued as new.
func drain[In any](ctx workflow.Context, s Signal[In], handle func(workflow.Context, In)) {
	channel := workflow.GetSignalChannel(ctx, s.Name)
	for {
		var in In
		if !channel.ReceiveAsync(&in) {
			return
		}
		handle(ctx, in)
	}
}
