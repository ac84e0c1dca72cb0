package google

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	transfers "google.golang.org/api/admin/datatransfer/v1"
	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// clockSkew is how much older than the case a job may look and still be the case's own: the vendor's clock and
// ours differ.
const clockSkew = time.Minute

// transferable is how an application is known in the vendor's list, and the parameters a hand-over needs. Without
// PRIVACY_LEVEL only shared files would move, and private ones vanish with the account.
var transferable = map[string]struct {
	id     int64
	name   string
	params []*transfers.ApplicationTransferParam
}{
	"drive": {55656082996, "Drive and Docs", []*transfers.ApplicationTransferParam{
		{Key: "PRIVACY_LEVEL", Value: []string{"PRIVATE", "SHARED"}}}},
	"calendar": {435070579839, "Calendar", []*transfers.ApplicationTransferParam{
		{Key: "RELEASE_RESOURCES", Value: []string{"TRUE"}}}},
}

// StartTransfer adopts the case's transfer, or starts it. Each insert makes another job at the vendor, so the jobs
// between the two accounts are listed before it, and again when its answer was lost.
func (s *System) StartTransfer(ctx context.Context, in activities.StartTransfer) (activities.TransferState, error) {
	t := activities.TransferState{Outcome: activities.Outcome{Step: stepOr(in.Steps, plan.GoogleTransfer), Account: in.Account}}
	return endTransfer(ctx, &t, s.startTransfer(ctx, in, &t))
}

// ReadTransfer reads a job.
func (s *System) ReadTransfer(ctx context.Context, in activities.ReadTransfer) (activities.TransferState, error) {
	t := activities.TransferState{Transfer: in.Transfer, Outcome: activities.Outcome{Step: stepOr(in.Steps, plan.GoogleTransfer), Account: in.Account}}
	return endTransfer(ctx, &t, s.readTransfer(ctx, &t))
}

// endTransfer ends a transfer step as [one] ends the others.
func endTransfer(ctx context.Context, t *activities.TransferState, err error) (activities.TransferState, error) {
	if err == nil {
		return *t, nil
	}
	if t.Outcome, err = settled(t.Outcome, err); err != nil {
		return activities.TransferState{}, ended(ctx, err)
	}
	return *t, nil
}

// handOver is what one transfer is to move.
type handOver struct {
	api      *transfers.Service
	customer string
	from, to string // numeric account ids: the vendor takes no addresses here
	apps     []*transfers.ApplicationDataTransfer
	after    time.Time // a job asked for before is not this case's
}

func (s *System) startTransfer(ctx context.Context, in activities.StartTransfer, t *activities.TransferState) error {
	leaver, found, err := s.find(ctx, keyOf(in.Perform))
	if err != nil {
		return err
	}
	if !found {
		t.Outcome = s.notApplicable(t.Outcome, "the person has no Google account")
		return nil
	}
	t.Outcome.Account = leaver.Id
	h, err := s.handOver(ctx, in, leaver)
	if err != nil {
		return err
	}
	job, err := h.existing(ctx)
	if err != nil {
		return err
	}
	t.Adopted = job != nil
	if job == nil {
		t.Outcome.Executed = s.now()
		if job, err = h.insert(ctx, s.config.Settle); err != nil {
			return s.heirProblem(ctx, leaver, in.To, err)
		}
	}
	t.Transfer = job.Id
	return s.readTransfer(ctx, t)
}

func (s *System) handOver(ctx context.Context, in activities.StartTransfer, leaver *directory.User) (*handOver, error) {
	heir, err := s.heir(ctx, leaver, in.To)
	if err != nil {
		return nil, err
	}
	api, err := s.transfers(ctx)
	if err != nil {
		return nil, err
	}
	h := &handOver{api: api, customer: s.config.Customer, from: leaver.Id, to: heir.Id, after: in.Opened.Add(-clockSkew)}
	offered, err := h.offered(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range in.Apps {
		app, known := transferable[strings.ToLower(name)]
		i := slices.IndexFunc(offered, func(a *transfers.Application) bool { return a.Id == app.id || strings.EqualFold(a.Name, app.name) })
		if !known || i < 0 {
			return nil, &activities.Problem{Type: activities.Unsupported, Text: fmt.Sprintf("Google offers no transfer of %q here", name),
				Mend: "turn the service on for the organisation, or take it out of offboard.transfer.apps in the policy (drive, calendar)"}
		}
		h.apps = append(h.apps, &transfers.ApplicationDataTransfer{ApplicationId: offered[i].Id, ApplicationTransferParams: app.params})
	}
	if len(h.apps) == 0 {
		return nil, &activities.Problem{Type: activities.InvalidInput, Text: "no application is named for the transfer", Mend: "name drive or calendar in offboard.transfer.apps of the policy"}
	}
	return h, nil
}

func (h *handOver) offered(ctx context.Context) ([]*transfers.Application, error) {
	var out []*transfers.Application
	err := h.api.Applications.List().CustomerId(h.customer).Pages(ctx, func(page *transfers.ApplicationsListResponse) error {
		out = append(out, page.Applications...)
		return nil
	})
	return out, err
}

// existing finds the oldest job of this case that moves at least what is wanted and has not failed. A failed one
// may be asked for again.
func (h *handOver) existing(ctx context.Context) (*transfers.DataTransfer, error) {
	var oldest *transfers.DataTransfer
	var first time.Time
	list := h.api.Transfers.List().CustomerId(h.customer).OldOwnerUserId(h.from).NewOwnerUserId(h.to).MaxResults(500)
	err := list.Pages(ctx, func(page *transfers.DataTransfersListResponse) error {
		for _, job := range page.DataTransfers {
			asked, err := time.Parse(time.RFC3339, job.RequestTime)
			if err != nil || asked.Before(h.after) || !h.coveredBy(job) || isFailed(job.OverallTransferStatusCode) {
				continue
			}
			if oldest == nil || asked.Before(first) {
				oldest, first = job, asked
			}
		}
		return nil
	})
	return oldest, err
}

func (h *handOver) coveredBy(job *transfers.DataTransfer) bool {
	for _, want := range h.apps {
		if !slices.ContainsFunc(job.ApplicationDataTransfers, func(a *transfers.ApplicationDataTransfer) bool { return moves(a, want) }) {
			return false
		}
	}
	return job.OldOwnerUserId == h.from && job.NewOwnerUserId == h.to
}

// moves says whether one part of a job moves what is wanted. A part that names fewer privacy levels leaves files
// behind; one that names no parameter at all is taken as it is, because the list need not repeat them.
func moves(have, want *transfers.ApplicationDataTransfer) bool {
	if have.ApplicationId != want.ApplicationId {
		return false
	}
	for _, w := range want.ApplicationTransferParams {
		for _, h := range have.ApplicationTransferParams {
			if h.Key == w.Key && !containsAll(h.Value, w.Value) {
				return false
			}
		}
	}
	return true
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !hasFold(have, w) })
}

// insert asks for the transfer once. When the answer was lost the list is read until the job shows or patience
// ends: only then is a retry, which lists again first, safe enough.
func (h *handOver) insert(ctx context.Context, patience time.Duration) (*transfers.DataTransfer, error) {
	job, err := h.api.Transfers.Insert(&transfers.DataTransfer{
		OldOwnerUserId: h.from, NewOwnerUserId: h.to, ApplicationDataTransfers: h.apps}).Context(ctx).Do()
	if err == nil && job.Id == "" {
		err = &activities.Problem{Type: activities.Unavailable, Text: "Google answered without a transfer"}
	}
	if !unclear(err) {
		return job, err
	}
	var shown *transfers.DataTransfer
	ok, listErr := confirm(ctx, patience, func() (bool, error) {
		var err error
		shown, err = h.existing(ctx)
		return shown != nil, err
	})
	if ok && listErr == nil {
		return shown, nil
	}
	return nil, err
}

func (s *System) readTransfer(ctx context.Context, t *activities.TransferState) error {
	api, err := s.transfers(ctx)
	if err != nil {
		return err
	}
	job, err := api.Transfers.Get(t.Transfer).Context(ctx).Do()
	if err != nil {
		return err
	}
	s.show(t, job)
	return nil
}

// show puts the vendor's state into the outcome. The job counts as done only when each of its applications is.
func (s *System) show(t *activities.TransferState, job *transfers.DataTransfer) {
	overall, done := strings.ToLower(job.OverallTransferStatusCode), 0
	for _, a := range job.ApplicationDataTransfers {
		switch status := a.ApplicationTransferStatus; {
		case isFailed(status):
			t.Failed = append(t.Failed, appName(a.ApplicationId))
		case strings.EqualFold(status, "completed"):
			done++
		}
	}
	o := t.Outcome
	if asked, err := time.Parse(time.RFC3339, job.RequestTime); err == nil && o.Executed.IsZero() {
		o.Executed = asked
	}
	o.ReadBack = fmt.Sprintf("transfer %s is %s: %d of %d applications completed", job.Id, cmpOr(overall, "of unknown state"), done, len(job.ApplicationDataTransfers))
	switch {
	case isFailed(overall) || len(t.Failed) > 0 && overall == "completed":
		t.Outcome = attention(o, activities.Conflict, "the transfer failed for: "+cmpOr(strings.Join(t.Failed, ", "), "everything"),
			"see that the heir's account is active and has room, then try the step again; what moved stays moved")
	case overall == "completed" && done == len(job.ApplicationDataTransfers):
		t.Outcome = s.verified(o, "files and calendar handed over", o.ReadBack)
	default:
		o.State, o.Detail = plan.Waiting, "the transfer runs at Google"
		t.Outcome = o
	}
}

func isFailed(status string) bool { return strings.EqualFold(status, "failed") }

func appName(id int64) string {
	for name, app := range transferable {
		if app.id == id {
			return name
		}
	}
	return "application " + strconv.FormatInt(id, 10)
}
