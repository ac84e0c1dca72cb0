package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// RequestInput is one ask that a front door took in.
type RequestInput struct {
	Ask activities.Ask `json:"ask"`
	// Done and Received are the ticket statuses that mean something, for a ticket that moved.
	Done     []string `json:"done,omitempty"`
	Received []string `json:"received,omitempty"`
}

// RequestResult is what came of an ask.
type RequestResult struct {
	Text    string               `json:"text"` // one sentence for people
	Refusal *activities.Refusal  `json:"refusal,omitempty"`
	Case    string               `json:"case,omitempty"`
	View    *activities.CaseView `json:"view,omitempty"`
	By      activities.Asker     `json:"by"`
}

// Outcome answers a Request as soon as it is decided, before anybody else was told: whoever waits at a terminal does
// not wait for Slack.
var Outcome = Update[activities.Nothing]{"Outcome"}

// request is one ask on its way.
type request struct {
	RequestInput
	weighed activities.WeighedAsk
	devices []plan.Device
	presses []activities.Press // what a second person can press below the announcement
	result  RequestResult
	over    bool // there is nothing to carry
	decided bool
}

// Request carries one ask from a front door to the case it is about: weighed, carried out, kept as evidence, announced
// and answered. It is the one way by which a person's word from outside reaches a case, so the check of who asks is
// made at the moment of asking and cannot be passed by.
func Request(ctx workflow.Context, in RequestInput) (RequestResult, error) {
	r := &request{RequestInput: in}
	if err := r.handle(ctx); err != nil {
		return r.result, err
	}
	r.run(ctx)
	r.decided = true
	r.tell(ctx)
	return r.result, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func (r *request) handle(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, Outcome.Name, func(ctx workflow.Context, _ activities.Nothing) (RequestResult, error) {
		err := workflow.Await(ctx, func() bool { return r.decided })
		return r.result, err
	}, workflow.UpdateHandlerOptions{Description: "wait for what comes of the ask"})
}

// run is the ask as a table of contents. Each part that finds a reason not to go on says so in the result.
func (r *request) run(ctx workflow.Context) {
	for _, part := range []func(workflow.Context) error{
		r.understand, // what a moved ticket means
		r.weigh,      // may this actor ask this, about whom, for when
		r.standing,   // whoever is being offboarded asks for nothing
		r.sparesLast, // the last administrator of a system is not locked out
		r.survey,     // which computers a return is about
		r.carry,      // to the case, or to the batch
	} {
		if err := part(ctx); err != nil {
			r.fail(err)
		}
		if r.result.Refusal != nil {
			r.result.Text = r.result.Refusal.Text
			return
		}
		if r.over {
			return
		}
	}
}

// fail turns what an activity could not do into a refusal: nothing is done that could not be checked.
func (r *request) fail(err error) {
	t := troubleOf(err)
	r.refuse(t.Type, t.Mend, "%s", t.Text)
}

func (r *request) refuse(typ, mend, format string, args ...any) {
	r.result.Refusal = &activities.Refusal{Type: typ, Text: fmt.Sprintf(format, args...), Mend: mend}
}

// survey finds the computers that a return outside an offboarding is about.
func (r *request) survey(ctx workflow.Context) error {
	if r.Ask.Verb != activities.VerbReturnLaptop {
		return nil
	}
	facts, err := hastily(ctx, activities.JamfFindDevices, r.identity(activities.QueueJamf), "computers of "+string(r.weighed.Person.ID), hasty)
	if err != nil {
		return err
	}
	var all []string
	for _, d := range facts.Devices {
		all = append(all, strings.TrimSpace(d.Serial+" "+d.Model))
		if r.Ask.Serial == "" || strings.EqualFold(d.Serial, r.Ask.Serial) {
			r.devices = append(r.devices, d)
		}
	}
	switch {
	case len(all) == 0:
		r.refuse(activities.NotFound, "assign the computer to the person in Jamf first", "Jamf knows no computer of %s", r.weighed.Person.ID)
	case len(r.devices) == 0:
		r.refuse(activities.NotFound, "give one of these serial numbers", "%s is not a computer of %s, who has: %s", r.Ask.Serial, r.weighed.Person.ID, strings.Join(all, ", "))
	case len(r.devices) > 1:
		r.refuse(activities.Ambiguous, "say which one by its serial number", "%s has %d computers: %s", r.weighed.Person.ID, len(all), strings.Join(all, ", "))
	}
	return nil
}

// carry takes the ask where it belongs: most of them to a case.
func (r *request) carry(ctx workflow.Context) error {
	switch r.Ask.Verb { //nolint:exhaustive // the others are about a case
	case activities.VerbBatchRelease, activities.VerbBatchReject:
		return r.decideBatch(ctx)
	case activities.VerbRaise:
		raised, err := call(ctx, activities.GuardRaise, activities.RaiseGuard{People: r.Ask.Count, Lasts: r.Ask.Lasts, Nonce: r.Ask.Nonce,
			By: r.weighed.By, Reason: r.Ask.Reason, At: workflow.Now(ctx)}, "raise the mass guard for one batch", lane{})
		r.result.Text = raised.Text
		return err
	case activities.VerbAccept:
		accepted, err := call(ctx, activities.WatchAccept, activities.AcceptReading{Nonce: r.Ask.Nonce, By: r.weighed.By, Reason: r.Ask.Reason,
			At: workflow.Now(ctx)}, "believe a discarded reading", lane{})
		r.result.Text = accepted.Text
		return err
	}
	return r.toCase(ctx)
}

// decideBatch takes what one person says about a held batch. Once two have said the same, what they released runs.
func (r *request) decideBatch(ctx workflow.Context) error {
	verb := employee.ReleaseBatch
	if r.Ask.Verb == activities.VerbBatchReject {
		verb = employee.RejectBatch
	}
	decided, err := call(ctx, activities.BatchDecide, activities.DecideBatch{Batch: r.Ask.Batch, Verb: verb, Only: r.Ask.Only, Except: r.Ask.Except,
		Nonce: r.Ask.Nonce, By: r.weighed.By, Reason: r.Ask.Reason, At: workflow.Now(ctx)}, string(r.Ask.Verb)+" "+r.Ask.Batch, lane{})
	r.result.Text = decided.Text
	if err != nil {
		return err
	}
	if p := decided.Batch.Proposal; !decided.Done && p != nil {
		r.presses = []activities.Press{{Verb: r.Ask.Verb, Label: "Confirm " + string(verb), Danger: true, Batch: decided.Batch.ID, Nonce: p.Nonce}}
		return nil
	}
	// What is released is committed; if this does not come through, the next look at the directory dispatches it.
	_, err = call(ctx, activities.OutboxDispatch, activities.DispatchOutbox{}, "start what was released", lane{})
	if err != nil {
		r.result.Text += " (it starts with the next look at the directory: " + troubleOf(err).Text + ")"
	}
	return nil
}

func (r *request) toCase(ctx workflow.Context) error {
	carried, err := call(ctx, activities.AskCarry, activities.CarryAsk{Ask: r.Ask, By: r.weighed.By, Person: r.weighed.Person,
		EffectiveAt: r.weighed.EffectiveAt, Settings: r.weighed.Settings, Devices: r.devices}, string(r.Ask.Verb), lane{emergency: r.Ask.Emergency})
	if err != nil {
		return err
	}
	r.result.Text, r.result.Case, r.result.View, r.result.Refusal = carried.Text, carried.Case, carried.View, carried.Refusal
	if f := r.result.Refusal; f != nil && f.Type == activities.Forbidden && r.weighed.By.OnlyAsHeir {
		f.Stranger = true
	}
	return nil
}

// understand reads what a moved ticket means; every other ask says itself. A move that means nothing is let be.
func (r *request) understand(ctx workflow.Context) error {
	if r.Ask.Verb != activities.VerbTicketMoved {
		return nil
	}
	move, err := call(ctx, activities.JiraReadMove, activities.ReadMove{Ticket: r.Ask.Ticket}, "what moving "+r.Ask.Ticket+" means", lane{})
	if err != nil {
		return err
	}
	ask, means := AskOfMove(move, r.Done, r.Received)
	if !means {
		r.result.Text, r.over = "moving "+r.Ask.Ticket+" means nothing to Tenure", true
		return nil
	}
	ask.Received = r.Ask.Received
	r.Ask = ask
	return nil
}
