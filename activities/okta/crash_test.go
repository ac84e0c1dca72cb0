package okta

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	oktasim "tenure/simulators/okta"
)

// cutting loses the answer of one call, and with dead of every later one before it is sent: the process was killed.
type cutting struct {
	next   http.RoundTripper
	at     int // counted from 1; 0: none
	before bool
	dead   bool
	made   int
}

func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.made++
	if c.at == 0 || c.made < c.at || c.made > c.at && !c.dead {
		return c.next.RoundTrip(r)
	}
	if c.made == c.at && !c.before {
		resp, err := c.next.RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
	}
	return nil, io.ErrUnexpectedEOF
}

// scenes are an org and what is asked of it.
var scenes = []struct {
	name  string
	begin func(o *org) activities.ConvergeOkta
}{
	{"joiner", func(o *org) activities.ConvergeOkta {
		o.addGroups("all-staff", "sales")
		return converging(ofRole("all-staff", "sales"), joining...)
	}},
	{"rehire", func(o *org) activities.ConvergeOkta {
		ids := o.addGroups("all-staff", "sales", "support")
		old := o.sam(inStatus(oktasim.Deprovisioned))
		for _, g := range []string{"sales", "support"} {
			if err := o.Join(ids[g], old); err != nil {
				o.t.Fatal(err)
			}
		}
		return converging(ofRole("all-staff", "sales"), joining...)
	}},
	{"move", func(o *org) activities.ConvergeOkta {
		ids := o.addGroups("all-staff", "sales", "support")
		id := o.sam()
		if err := o.Join(ids["support"], id); err != nil {
			o.t.Fatal(err)
		}
		in := converging(ofRole("all-staff", "sales"), plan.OktaProfile, plan.OktaJoin, plan.OktaQuit)
		in.Account, in.Given = id, role.Given{Groups: []string{"support"}}
		return in
	}},
	{"leave", func(o *org) activities.ConvergeOkta {
		in := converging(ofRole(), plan.OktaPause)
		in.Account = o.sam(inStatus(oktasim.LockedOut))
		return in
	}},
	{"return", func(o *org) activities.ConvergeOkta {
		in := converging(ofRole(), plan.OktaResume, plan.OktaProfile)
		in.Account, in.Paused = o.sam(inStatus(oktasim.Suspended)), true
		return in
	}},
	{"called off", func(o *org) activities.ConvergeOkta {
		ids := o.addGroups("all-staff")
		in := converging(role.Role{}, plan.OktaDiscard)
		in.Account, in.Given = o.sam(inStatus(oktasim.Staged)), role.Given{Groups: []string{"all-staff"}}
		if err := o.Join(ids["all-staff"], in.Account); err != nil {
			o.t.Fatal(err)
		}
		return in
	}},
}

// sam is a person with number E7 who worked somewhere else in the company before.
func (o *org) sam(with ...func(*oktasim.User)) string {
	return o.jo(append([]func(*oktasim.User){func(u *oktasim.User) {
		u.Profile = oktasim.Profile{Login: "sam.lee@example.com", FirstName: "Sam", LastName: "Lee", EmployeeNumber: "E7", Department: "Support"}
	}}, with...)...)
}

// accounts is every account as it is in the end, without times.
func (o *org) accounts() []string {
	var out []string
	for _, p := range o.Snapshot() {
		u := o.see(p.ID)
		groups := o.UserGroups(p.ID)
		out = append(out, fmt.Sprintf("%s %s %s %v %d mails %d sessions %d tokens", u.Status, u.Profile.Login, u.Profile.Department+u.Profile.Title, groups, u.ActivationMails, len(u.Sessions), len(u.Tokens)))
	}
	slices.Sort(out)
	return out
}

func TestConverge_CutOffAtAnyCall_TheNextAttemptEndsTheSame(t *testing.T) {
	for _, scene := range scenes {
		whole := newOrg(t)
		counted := &cutting{next: http.DefaultTransport}
		in := scene.begin(whole)
		whole.sys = whole.connect(func(c *Config) { c.Transport = counted })
		first := converge(whole, in)
		want := whole.accounts()
		for n := 1; n <= counted.made; n++ {
			for _, how := range []cutting{{at: n}, {at: n, before: true}, {at: n, dead: true}, {at: n, before: true, dead: true}} {
				t.Run(fmt.Sprintf("%s/%d before=%v dead=%v", scene.name, n, how.before, how.dead), func(t *testing.T) {
					o := newOrg(t)
					o.remember, o.killed = true, how.dead
					in := scene.begin(o)
					how.next = http.DefaultTransport
					o.sys = o.connect(func(c *Config) { c.Transport = &how })
					out, err := execute(o, activities.OktaConvergeUser, in)
					if err != nil {
						wantProblem(t, err, activities.Unavailable)
						o.sys = o.connect()
						out = converge(o, in)
					}
					if got := o.accounts(); !slices.Equal(got, want) {
						t.Errorf("ended as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
					for i, s := range out.Steps {
						if s.Step.Action() == plan.OktaPause && s.Executed.IsZero() {
							t.Errorf("the suspension is told as somebody else's: %+v", s)
						}
						if s.State != first.Steps[i].State && !s.State.Proved() {
							t.Errorf("%+v, without the cut %+v", s, first.Steps[i])
						}
					}
					if !reflect.DeepEqual(out.Given.Groups, first.Given.Groups) {
						t.Errorf("given %v, want %v", out.Given.Groups, first.Given.Groups)
					}
				})
			}
		}
	}
}
