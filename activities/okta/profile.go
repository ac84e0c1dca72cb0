package okta

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
)

// rejected is an attribute that Okta did not take.
type rejected struct {
	wish
	err error
}

// profile brings the attributes to the role by a partial update of those that differ. An attribute that Okta refuses, or
// that another system masters, keeps none of the others back.
func (c *convergence) profile(ctx context.Context, w *work) error {
	if c.user == nil {
		return noAccount()
	}
	differ := c.differing()
	if len(differ) == 0 {
		w.there("the attributes are as the role says already", "0 attributes differ")
		return nil
	}
	if c.user.Status == deprovisioned {
		w.spared("the account is deactivated: okta takes its attributes when it is opened again", statusText(c.user))
		return nil
	}
	before := c.user
	w.acted("%s set: %s", count(len(differ), "attribute"), wishNames(differ))
	refused, failed := c.push(ctx, differ)
	if err := c.reread(ctx); err != nil {
		return err
	}
	left := c.differing()
	c.noteChanges(before, differ, left)
	if len(left) == len(differ) && failed == nil {
		w.out.Executed = time.Time{}
	}
	switch {
	case passing(failed) && len(left) > 0:
		return failed
	case len(left) == 0:
		w.verified("0 attributes differ")
	case c.user.Status == deprovisioned:
		w.spared("the account was deactivated meanwhile: okta takes its attributes when it is opened again", statusText(c.user))
	case failed != nil:
		return failed
	case len(refused) > 0:
		return c.unwritten(ctx, refused)
	default:
		w.doubted("okta accepted the attributes and does not show them: "+wishNames(left), count(len(left), "attribute")+" differ")
	}
	return nil
}

// push writes attributes. Those that Okta names in a refusal are left out and the others tried again; where it names
// none, each is tried by itself.
func (c *convergence) push(ctx context.Context, some []wish) (refused []rejected, err error) {
	for len(some) > 0 {
		err := c.update(ctx, some)
		if err == nil || !aboutAttributes(err) {
			return refused, err
		}
		var left, out []wish
		for _, x := range some {
			if blamed(err, x) || len(some) == 1 {
				out = append(out, x)
			} else {
				left = append(left, x)
			}
		}
		if len(out) == 0 {
			return c.pushEach(ctx, some, refused)
		}
		for _, x := range out {
			refused = append(refused, rejected{x, err})
		}
		some = withoutFollowers(left, out)
	}
	return refused, nil
}

// withoutFollowers drops the mail address that was to go with a login which Okta refused.
func withoutFollowers(left, out []wish) []wish {
	if !slices.ContainsFunc(out, func(x wish) bool { return x.name == loginAttribute }) {
		return left
	}
	return slices.DeleteFunc(left, func(x wish) bool { return x.name == mailAttribute && x.rule == ruleLogin })
}

func (c *convergence) pushEach(ctx context.Context, some []wish, refused []rejected) ([]rejected, error) {
	for _, x := range some {
		err := c.update(ctx, []wish{x})
		switch {
		case err == nil:
		case aboutAttributes(err):
			refused = append(refused, rejected{x, err})
		default:
			return refused, err
		}
	}
	return refused, nil
}

func (c *convergence) update(ctx context.Context, some []wish) error {
	_, err := c.raw(ctx, http.MethodPost, "/api/v1/users/"+url.PathEscape(c.user.Id), profileBody(some, true), nil)
	return err
}

// noteChanges remembers what was and is, of the attributes that changed.
func (c *convergence) noteChanges(before *sdk.User, differed, left []wish) {
	list := &c.progress.made.Changed
	for _, x := range differed {
		if slices.ContainsFunc(left, func(l wish) bool { return l.name == x.name }) {
			continue
		}
		*list = slices.DeleteFunc(*list, func(e activities.Edit) bool { return e.Name == x.name })
		*list = append(*list, edit(before, x))
	}
}

// unwritten is what a person reads of attributes that Okta refused. The values stay out of it.
func (c *convergence) unwritten(ctx context.Context, refused []rejected) error {
	first := activities.ProblemOf(refused[0].err)
	p := &activities.Problem{Type: first.Type, Mend: first.Mend, Cause: refused[0].err}
	if p.Type == activities.InvalidInput {
		p.Mend = "correct the value in HR or the rule in the policy's mapping, or the attribute in Okta's profile editor"
	}
	var texts []string
	for _, r := range refused {
		text := activities.ProblemOf(r.err).Text
		if r.name == loginAttribute {
			if u, err := c.byLogin(ctx, show(r.value)); err == nil && u != nil && u.Id != c.user.Id {
				who := activities.ProblemOf(taken(u))
				p.Type, p.Mend, text = who.Type, who.Mend, who.Text
			}
		}
		texts = append(texts, r.name+": "+text)
	}
	p.Text = count(len(refused), "attribute") + " could not be set: " + strings.Join(texts, "; ")
	return p
}

func wishNames(some []wish) string {
	var out []string
	for _, x := range some {
		out = append(out, x.name)
	}
	return strings.Join(out, ", ")
}
