package google

import (
	"context"
	"net/http"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/gmail/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

const accepted = "accepted"

// closed says why Google serves no mailbox call for this account, if it does not.
func closed(u *directory.User) *activities.Problem {
	switch {
	case u.Suspended:
		return &activities.Problem{Type: activities.Conflict, Text: "the account is suspended, and Google serves no mailbox of a suspended account",
			Mend: "unsuspend it (it can take Google an hour to serve the mailbox again), then try the step again; look whether Okta pushes deactivations into Google"}
	case !u.IsMailboxSetup:
		return &activities.Problem{Type: activities.Conflict, Text: "the account has no mailbox",
			Mend: "give it a licence with Gmail, or skip the step"}
	}
	return nil
}

// mailProblem explains a failed mailbox call. What Google says when it refuses to act as a suspended user is not
// documented, so the account itself is asked; only throttling is believed at once.
func (s *System) mailProblem(ctx context.Context, id string, err error) *activities.Problem {
	if err == nil {
		return nil
	}
	p := problem(err)
	if p.Type == activities.RateLimited {
		return p
	}
	if u, found, readErr := s.find(ctx, id); readErr == nil && found {
		if why := closed(u); why != nil {
			return why
		}
	}
	return p
}

// mailboxStep runs a step inside the person's mailbox. A person without account or mailbox has none to change.
func (s *System) mailboxStep(ctx context.Context, in activities.Perform, o activities.Outcome,
	run func(*directory.User, activities.Outcome) (activities.Outcome, error)) (activities.Outcome, error) {
	u, found, err := s.find(ctx, keyOf(in))
	if err != nil {
		return o, err
	}
	if !found {
		return s.notApplicable(o, "the person has no Google account"), nil
	}
	o.Account = u.Id
	if why := closed(u); why != nil {
		return o, why
	}
	out, err := run(u, o)
	if p := s.mailProblem(ctx, u.Id, err); p != nil {
		return o, p
	}
	return out, nil
}

// DelegateMailbox lends the mailbox, and proves it by reading the delegate.
func (s *System) DelegateMailbox(ctx context.Context, in activities.DelegateMailbox) (activities.Outcomes, error) {
	return one(ctx, stepOr(in.Steps, plan.GoogleDelegate), in.Account, func(o activities.Outcome) (activities.Outcome, error) {
		return s.mailboxStep(ctx, in.Perform, o, func(u *directory.User, o activities.Outcome) (activities.Outcome, error) {
			return s.delegate(ctx, u, in.Delegate, o)
		})
	})
}

func (s *System) delegate(ctx context.Context, u *directory.User, to string, o activities.Outcome) (activities.Outcome, error) {
	heir, err := s.heir(ctx, u, to)
	if err != nil {
		return o, err
	}
	lent := s.isDelegate(ctx, u, heir.PrimaryEmail)
	if already, err := lent(); err != nil || already {
		return s.verified(o, "the mailbox was lent to this account already", "delegate "+heir.Id+" accepted"), err
	}
	api, err := s.mail(ctx, u.PrimaryEmail, sharingFamily)
	if err != nil {
		return o, err
	}
	o.Executed = s.now()
	ok, err := ensure(ctx, s.config.Settle, func() error {
		_, err := api.Delegates.Create("me", &gmail.Delegate{DelegateEmail: heir.PrimaryEmail}).Context(ctx).Do()
		if isStatus(err, http.StatusConflict) {
			return nil // the read decides
		}
		return err
	}, lent)
	switch {
	case err != nil:
		return o, s.heirProblem(ctx, u, to, err)
	case !ok:
		return unverified(o, "Google accepted the delegate", "the mailbox does not show the delegate"), nil
	}
	return s.verified(o, "mailbox lent", "delegate "+heir.Id+" accepted"), nil
}

// isDelegate reads one delegate by its address.
func (s *System) isDelegate(ctx context.Context, u *directory.User, email string) func() (bool, error) {
	return func() (bool, error) {
		api, err := s.mail(ctx, u.PrimaryEmail, mailFamily)
		if err != nil {
			return false, err
		}
		d, err := api.Delegates.Get("me", email).Context(ctx).Do()
		if isStatus(err, http.StatusNotFound) {
			return false, nil
		}
		return err == nil && d.VerificationStatus == accepted, err
	}
}

// heir finds who is to get something of the person, and refuses whom Google would refuse or ignore.
func (s *System) heir(ctx context.Context, leaver *directory.User, address string) (*directory.User, error) {
	const mend = "choose an active colleague with an account, then try the step again"
	if address == "" {
		return nil, &activities.Problem{Type: activities.InvalidInput, Text: "nobody is named as heir", Mend: mend}
	}
	u, found, err := s.find(ctx, address)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, &activities.Problem{Type: activities.NotFound, Text: "the heir has no Google account", Mend: mend}
	case u.Id == leaver.Id:
		return nil, &activities.Problem{Type: activities.InvalidInput, Text: "the heir is the person who leaves", Mend: mend}
	case u.Suspended:
		return nil, &activities.Problem{Type: activities.Conflict, Text: "the heir's account is suspended", Mend: mend}
	}
	return u, nil
}

// heirProblem explains a failure by the heir's account, if that is the reason: Google answers even 500 then.
func (s *System) heirProblem(ctx context.Context, leaver *directory.User, address string, err error) error {
	if problem(err).Type == activities.RateLimited {
		return err
	}
	if _, why := s.heir(ctx, leaver, address); why != nil && !problem(why).Retryable() {
		return why
	}
	return err
}

// RemoveDelegate ends the lease of the mailbox, and proves it by listing the delegates. Without a delegate's name it
// makes sure that the mailbox is lent to nobody.
func (s *System) RemoveDelegate(ctx context.Context, in activities.DelegateMailbox) (activities.Outcomes, error) {
	return one(ctx, stepOr(in.Steps, plan.GoogleUndelegate), in.Account, func(o activities.Outcome) (activities.Outcome, error) {
		return s.mailboxStep(ctx, in.Perform, o, func(u *directory.User, o activities.Outcome) (activities.Outcome, error) {
			return s.undelegate(ctx, u, in.Delegate, o)
		})
	})
}

func (s *System) undelegate(ctx context.Context, u *directory.User, who string, o activities.Outcome) (activities.Outcome, error) {
	addresses, err := s.addressesOf(ctx, who)
	if err != nil {
		return o, err
	}
	there, err := s.delegatesAmong(ctx, u, addresses)
	if err != nil {
		return o, err
	}
	remembered := recall(ctx)
	o.Items, o.Executed = remembered.items(o.Step, prefixed("delegate:", there)), remembered[o.Step].Executed
	if len(o.Items) == 0 {
		o = s.absent(o, "the mailbox is not lent")
		o.ReadBack = "not among the delegates"
		return o, nil
	}
	o.Executed = s.now()
	remembered.keep(ctx, o)
	gone, err := ensure(ctx, s.config.Settle, func() error { return s.removeDelegates(ctx, u, there) }, func() (bool, error) {
		left, err := s.delegatesAmong(ctx, u, addresses)
		return err == nil && len(left) == 0, err
	})
	switch {
	case err != nil:
		return o, err
	case !gone:
		return unverified(o, "Google accepted the removal of the delegate", "still among the delegates"), nil
	}
	return s.verified(o, "delegate removed", "not among the delegates"), nil
}

func prefixed(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = prefix + s
	}
	return out
}

// addressesOf is every address under which somebody may be listed as a delegate: the given one, and those of the
// account it leads to now, because people are renamed during a lease. Nobody's addresses are none.
func (s *System) addressesOf(ctx context.Context, who string) ([]string, error) {
	if who == "" {
		return nil, nil
	}
	u, found, err := s.find(ctx, who)
	if err != nil || !found {
		return []string{who}, err
	}
	return append([]string{who, u.PrimaryEmail}, u.Aliases...), nil
}

// delegatesAmong lists those delegates that have one of the addresses; all of them when no address is given.
func (s *System) delegatesAmong(ctx context.Context, u *directory.User, addresses []string) ([]string, error) {
	api, err := s.mail(ctx, u.PrimaryEmail, mailFamily)
	if err != nil {
		return nil, err
	}
	all, err := listDelegates(ctx, api)
	var out []string
	for _, d := range all {
		if len(addresses) == 0 || hasFold(addresses, d.DelegateEmail) {
			out = append(out, d.DelegateEmail)
		}
	}
	return out, err
}

// removeDelegates removes delegates; 404 and 400 mean that one was gone already, which the read-back decides.
func (s *System) removeDelegates(ctx context.Context, u *directory.User, addresses []string) error {
	api, err := s.mail(ctx, u.PrimaryEmail, sharingFamily)
	if err != nil {
		return err
	}
	for _, a := range addresses {
		err := api.Delegates.Delete("me", a).Context(ctx).Do()
		if err != nil && !isStatus(err, http.StatusNotFound, http.StatusBadRequest) {
			return err
		}
	}
	return nil
}

func hasFold(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
			return true
		}
	}
	return false
}
