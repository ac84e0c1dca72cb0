package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/store"
	"tenure/workflows"
)

// Inbox keeps what came through a front door until Temporal has taken it: whoever was answered "received" is not
// forgotten, whatever Temporal is doing.
type Inbox interface {
	// Accept keeps the ask. When it returns nil the ask survives a crash. fresh is false when an ask of this key
	// is known already: a redelivery. An error means that nothing is kept, and the asker must be told so.
	Accept(ctx context.Context, ask activities.Ask) (fresh bool, err error)
}

// Letters is what the mailroom needs of the store; *store.Store is one.
type Letters interface {
	PutLetter(ctx context.Context, key, body string, urgent bool) (fresh bool, err error)
	NextLetters(ctx context.Context, limit int) ([]store.Letter, error)
	MarkDelivered(ctx context.Context, seq int64) error
	PutAside(ctx context.Context, seq int64) error
}

// Mailroom is the [Inbox] in Tenure's store, and the loop that hands what is in it to Temporal.
type Mailroom struct {
	letters Letters
	client  client.Client
	// statuses are those of tickets that mean something, read when an ask is handed over.
	statuses func() (done, received []string)
	log      *slog.Logger
	rang     chan struct{} // a letter has come in
}

// NewMailroom makes the inbox. statuses gives the ticket statuses that mean that a step is done and that a device is
// here; nil where tickets do not count.
func NewMailroom(l Letters, c client.Client, statuses func() (done, received []string), log *slog.Logger) (*Mailroom, error) {
	if l == nil || c == nil {
		return nil, errors.New("intake: a mailroom needs an open store and a connection to Temporal")
	}
	if statuses == nil {
		statuses = func() ([]string, []string) { return nil, nil }
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Mailroom{letters: l, client: c, statuses: statuses, log: log, rang: make(chan struct{}, 1)}, nil
}

// keyShape is what a key may be: it becomes part of a workflow id.
var keyShape = regexp.MustCompile(`^[a-z]+:[A-Za-z0-9._:-]{1,180}$`)

// The bounds of what is kept: an ask comes from outside, and a stranger must not be able to fill the store.
const (
	maxAsk    = 16 << 10
	maxReason = 2000
)

// Accept keeps the ask.
func (m *Mailroom) Accept(ctx context.Context, ask activities.Ask) (bool, error) {
	if !keyShape.MatchString(ask.Key) {
		return false, errors.New("intake: the ask has no usable key")
	}
	if len([]rune(ask.Reason)) > maxReason {
		ask.Reason = string([]rune(ask.Reason)[:maxReason]) + "…"
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return false, fmt.Errorf("intake: write the ask down: %w", err)
	}
	if len(body) > maxAsk {
		return false, fmt.Errorf("intake: the ask is longer than %d bytes", maxAsk)
	}
	fresh, err := m.letters.PutLetter(ctx, ask.Key, string(body), ask.Emergency)
	if err == nil {
		m.ring()
	}
	return fresh, err
}

func (m *Mailroom) ring() {
	select {
	case m.rang <- struct{}{}:
	default:
	}
}

// The pace of handing over: at once when a letter comes in, and by itself now and then, for what another process took
// in or an earlier attempt could not hand over.
const (
	handOverEvery = 2 * time.Second
	handOverBatch = 100
)

// Deliver hands over what is in the inbox, emergencies first, until ctx ends. Temporal being away holds everything up and loses
// nothing.
func (m *Mailroom) Deliver(ctx context.Context) {
	tick := time.NewTicker(handOverEvery)
	defer tick.Stop()
	away := false
	for {
		err := m.handOver(ctx)
		if err != nil && ctx.Err() == nil && !away {
			m.log.Warn("what came through the front doors waits: it could not be handed over", "error", err.Error())
		}
		if err == nil && away {
			m.log.Info("what waited in the inbox was handed over")
		}
		away = err != nil
		select {
		case <-ctx.Done():
			return
		case <-m.rang:
		case <-tick.C:
		}
	}
}

// handOver empties the inbox.
func (m *Mailroom) handOver(ctx context.Context) error {
	for {
		letters, err := m.letters.NextLetters(ctx, handOverBatch)
		if err != nil || len(letters) == 0 {
			return err
		}
		for _, l := range letters {
			if err := m.deliver(ctx, l); err != nil {
				return err
			}
		}
	}
}

// deliver starts the workflow that carries an ask. One that was started before, by an attempt whose answer was lost,
// is not started again.
func (m *Mailroom) deliver(ctx context.Context, l store.Letter) error {
	var ask activities.Ask
	if err := json.Unmarshal([]byte(l.Body), &ask); err != nil {
		m.log.Error("a letter in the inbox cannot be read and is put aside", "key", l.Key, "error", err.Error())
		return m.letters.PutAside(ctx, l.Seq)
	}
	_, err := StartRequest(ctx, m.client, m.input(ask))
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	var impossible *serviceerror.InvalidArgument
	switch {
	case err == nil, errors.As(err, &running):
		return m.letters.MarkDelivered(ctx, l.Seq)
	case errors.As(err, &impossible): // it would hold up everything behind it for ever
		m.log.Error("Temporal does not take an ask, which is put aside", "key", l.Key, "error", err.Error())
		return m.letters.PutAside(ctx, l.Seq)
	}
	return err
}

func (m *Mailroom) input(ask activities.Ask) workflows.RequestInput {
	in := workflows.RequestInput{Ask: ask}
	if ask.Verb == activities.VerbTicketMoved {
		in.Done, in.Received = m.statuses()
	}
	return in
}

// StartRequest starts the workflow that carries an ask. An ask of the same key is carried once.
func StartRequest(ctx context.Context, c client.Client, in workflows.RequestInput) (client.WorkflowRun, error) {
	return c.ExecuteWorkflow(ctx, RequestOptions(in.Ask), string(workflows.ProcessRequest), in)
}

// RequestOptions are how the workflow of an ask is started: an emergency overtakes whatever waits.
func RequestOptions(ask activities.Ask) client.StartWorkflowOptions {
	priority := 2 // somebody waits for the answer
	if ask.Emergency {
		priority = 1
	}
	return client.StartWorkflowOptions{
		ID: workflows.RequestID(ask.Key), TaskQueue: activities.QueueLifecycle,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		Priority:                                 temporal.Priority{PriorityKey: priority},
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("Process").ValueSet(string(workflows.ProcessRequest))),
	}
}
