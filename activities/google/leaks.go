package google

import (
	"context"
	"fmt"
	"net/http"

	directory "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/gmail/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// leaks is every way in which mail of a mailbox reaches somebody else.
type leaks struct {
	forwarding string          // auto-forward target, if on
	filters    []*gmail.Filter // those that forward
	delegates  []string        // all but the one to keep
}

func (l leaks) items() []string {
	var out []string
	if l.forwarding != "" {
		out = append(out, "forwarding:"+l.forwarding)
	}
	for _, f := range l.filters {
		out = append(out, "filter:"+f.Id+" to "+f.Action.Forward)
	}
	for _, d := range l.delegates {
		out = append(out, "delegate:"+d)
	}
	return out
}

func (l leaks) String() string {
	on := "off"
	if l.forwarding != "" {
		on = "on"
	}
	return fmt.Sprintf("forwarding %s, %d forwarding filters, %d other delegates", on, len(l.filters), len(l.delegates))
}

// CloseLeaks turns forwarding off and removes forwarding filters and the leaver's own delegates. Everything it
// removes is in the outcome's Items, also when an earlier attempt removed it.
func (s *System) CloseLeaks(ctx context.Context, in activities.CloseLeaks) (activities.Outcomes, error) {
	return one(ctx, stepOr(in.Steps, plan.GoogleForwarding), in.Account, func(o activities.Outcome) (activities.Outcome, error) {
		return s.mailboxStep(ctx, in.Perform, o, func(u *directory.User, o activities.Outcome) (activities.Outcome, error) {
			return s.closeLeaks(ctx, u, in.Keep, o)
		})
	})
}

func (s *System) closeLeaks(ctx context.Context, u *directory.User, keep string, o activities.Outcome) (activities.Outcome, error) {
	found, err := s.leaks(ctx, u, keep)
	if err != nil {
		return o, err
	}
	remembered := recall(ctx)
	o.Items = remembered.items(o.Step, found.items())
	if len(o.Items) == 0 {
		o = s.absent(o, "the mailbox sends nothing to anybody else")
		o.ReadBack = found.String()
		return o, nil
	}
	remembered.keep(ctx, o)
	o.Executed = s.now()
	left := found
	closed, err := ensure(ctx, s.config.Settle, func() error { return s.plug(ctx, u, found) }, func() (bool, error) {
		var err error
		left, err = s.leaks(ctx, u, keep)
		return err == nil && len(left.items()) == 0, err
	})
	switch {
	case err != nil:
		return o, err
	case !closed:
		return unverified(o, "Google accepted the removal", left.String()), nil
	}
	return s.verified(o, fmt.Sprintf("%d removed", len(o.Items)), left.String()), nil
}

func (s *System) leaks(ctx context.Context, u *directory.User, keep string) (leaks, error) {
	api, err := s.mail(ctx, u.PrimaryEmail, mailFamily)
	if err != nil {
		return leaks{}, err
	}
	var out leaks
	forwarding, err := api.GetAutoForwarding("me").Context(ctx).Do()
	if err != nil {
		return leaks{}, err
	}
	if forwarding.Enabled {
		out.forwarding = cmpOr(forwarding.EmailAddress, "unknown")
	}
	filters, err := api.Filters.List("me").Context(ctx).Do()
	if err != nil {
		return leaks{}, err
	}
	for _, f := range filters.Filter {
		if f.Action != nil && f.Action.Forward != "" {
			out.filters = append(out.filters, f)
		}
	}
	delegates, err := listDelegates(ctx, api)
	for _, d := range delegates {
		if !hasFold([]string{keep}, d.DelegateEmail) {
			out.delegates = append(out.delegates, d.DelegateEmail)
		}
	}
	return out, err
}

// plug closes each leak. It goes on after a failure: one filter that stays must not keep the others open.
func (s *System) plug(ctx context.Context, u *directory.User, found leaks) error {
	var failures []error
	if found.forwarding != "" {
		failures = append(failures, s.stopForwarding(ctx, u))
	}
	if len(found.filters) > 0 {
		failures = append(failures, s.removeFilters(ctx, u, found.filters))
	}
	if len(found.delegates) > 0 {
		failures = append(failures, s.removeDelegates(ctx, u, found.delegates))
	}
	return passingFirst(failures)
}

func (s *System) stopForwarding(ctx context.Context, u *directory.User) error {
	api, err := s.mail(ctx, u.PrimaryEmail, sharingFamily)
	if err != nil {
		return err
	}
	_, err = api.UpdateAutoForwarding("me", &gmail.AutoForwarding{ForceSendFields: []string{"Enabled"}}).Context(ctx).Do()
	return err
}

func (s *System) removeFilters(ctx context.Context, u *directory.User, filters []*gmail.Filter) error {
	api, err := s.mail(ctx, u.PrimaryEmail, mailFamily)
	if err != nil {
		return err
	}
	for _, f := range filters {
		if err := api.Filters.Delete("me", f.Id).Context(ctx).Do(); err != nil && !isStatus(err, http.StatusNotFound) {
			return err
		}
	}
	return nil
}
