package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
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
	r.keep(ctx)
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
		member, err := hastily(ctx, activities.SlackLookUpMember, *w.LookUp, "who is "+w.LookUp.User, hasty)
		if err != nil {
			t := troubleOf(err)
			r.weighed = w // the channel is known, so the refusal is announced
			r.refuse(t.Type, "try again in a minute, or use the command line", "it could not be checked who asks: %s", t.Text)
			return nil
		}
		in.Member = &member
	}
	r.refuse(activities.Forbidden, "use the command line", "it could not be checked who asks")
	return nil
}

// sparesLast refuses to offboard whoever alone holds the highest role of Okta or Google: afterwards nobody could mend
// anything. A system that does not answer does not hold up an emergency.
func (r *request) sparesLast(ctx workflow.Context) error {
	if r.Ask.Verb != activities.VerbOffboard || r.weighed.Person.Email == "" {
		return nil
	}
	systems := []struct {
		name string
		of   activities.Activity[activities.Identity, activities.Admins]
	}{{"Okta", activities.OktaFindAdmins}, {"Google", activities.GoogleFindAdmins}}
	done := workflow.NewWaitGroup(ctx)
	admins, errs := make([]activities.Admins, len(systems)), make([]error, len(systems))
	for i, s := range systems {
		done.Add(1)
		workflow.GoNamed(ctx, "admins of "+s.name, func(ctx workflow.Context) {
			defer done.Done()
			admins[i], errs[i] = hastily(ctx, s.of, r.identity(s.of.Queue), "who administers "+s.name, r.patience())
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
	return nil
}

// keep writes the ask and what came of it as evidence. What a case decides on top it records itself.
func (r *request) keep(ctx workflow.Context) {
	if r.Ask.Verb.Fact() {
		return
	}
	now := workflow.Now(ctx)
	ref := activities.CaseRef{Case: r.caseOf(), Run: firstRun(workflow.GetInfo(ctx)), Employee: r.weighed.Person.ID, Actor: r.Ask.Actor,
		Opened: now, Effective: now, Detected: r.Ask.Received}
	what := "asked for " + string(r.Ask.Verb)
	if r.result.Refusal != nil {
		what = "refused " + string(r.Ask.Verb)
	}
	_, err := call(ctx, activities.CaseRecordDecision, activities.Decision{CaseRef: ref, What: what, By: r.Ask.Actor, Step: r.Ask.Step,
		Reason: strings.TrimSpace(r.Ask.Reason + " -> " + r.result.Text), At: now}, what, lane{})
	if err != nil {
		workflow.GetLogger(ctx).Error("an ask could not be kept as evidence", "error", err)
	}
}

func (r *request) caseOf() string {
	for _, id := range []string{r.result.Case, r.Ask.Case} {
		if id != "" {
			return id
		}
	}
	return RequestID(r.Ask.Key)
}

// tell announces the ask in the IT channel and answers the asker, side by side. A Slack that is down holds up nothing:
// the ask was carried out before.
func (r *request) tell(ctx workflow.Context) {
	if r.Ask.Verb.Fact() {
		return
	}
	done := workflow.NewWaitGroup(ctx)
	beside := func(what string, is bool, do func(workflow.Context)) {
		if !is {
			return
		}
		done.Add(1)
		workflow.GoNamed(ctx, what, func(ctx workflow.Context) {
			defer done.Done()
			do(ctx)
		})
	}
	beside("announce", r.weighed.Channel != "", func(ctx workflow.Context) {
		_, _ = call(ctx, activities.SlackAnnounce, r.announcement(), "tell the channel", lane{})
	})
	beside("answer", r.Ask.Reply.User != "", func(ctx workflow.Context) {
		_, _ = call(ctx, activities.SlackAnswer, r.answer(), "answer "+r.Ask.Actor, lane{})
	})
	beside("ticket", r.Ask.Ticket != "" && r.result.Refusal != nil, r.answerTicket)
	done.Wait(ctx)
}

func (r *request) announcement() activities.Announcement {
	a := activities.Announcement{Key: r.Ask.Key, Channel: r.weighed.Channel, Text: r.told(), Presses: r.presses}
	who := r.Ask.Actor
	if r.weighed.By.Name != "" {
		who = r.weighed.By.Name + " (" + r.Ask.Actor + ")"
	}
	a.Title = fmt.Sprintf("%s asked for %s", who, asked(r.Ask))
	if r.result.Refusal != nil {
		a.Title, a.Alarm = "Refused: "+a.Title, true
	}
	return a
}

// asked says what was asked for, in the asker's own words where there are some.
func asked(a activities.Ask) string {
	text := string(a.Verb)
	for _, part := range []string{a.Who, a.Case, string(a.Step), a.Batch, a.Serial, a.When} {
		if part != "" {
			text += " " + part
		}
	}
	if a.Emergency {
		text = "emergency " + text
	}
	return text
}

func (r *request) told() string {
	text := r.result.Text
	if f := r.result.Refusal; f != nil && f.Mend != "" {
		text += ": " + f.Mend
	}
	if r.Ask.Reason != "" {
		text += "\nReason given: " + r.Ask.Reason
	}
	return text
}

// answer is what the asker reads. Somebody who may not ask learns nothing about anybody.
func (r *request) answer() activities.Answer {
	out := activities.Answer{Key: r.Ask.Key, Reply: r.Ask.Reply, Text: r.result.Text, View: r.result.View}
	if f := r.result.Refusal; f != nil {
		out.Refused = true
		if f.Mend != "" {
			out.Text += ": " + f.Mend
		}
	}
	return out
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

// answerTicket says on a ticket why nothing came of moving it.
func (r *request) answerTicket(ctx workflow.Context) {
	a := r.Ask
	_, key, _ := strings.Cut(a.Key, ":")
	move := activities.Move{Key: key, Ticket: a.Ticket, Case: a.Case, Run: a.Run, Step: a.Step, By: a.Actor}
	_, _ = call(ctx, activities.JiraAnswerMove, activities.AnswerMove{Move: move, Refusal: *r.result.Refusal}, "answer on "+a.Ticket, lane{})
}
