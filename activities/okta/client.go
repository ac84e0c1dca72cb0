package okta

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
	"golang.org/x/sync/errgroup"

	"tenure/activities"
)

// The states of an Okta user that matter here.
const (
	active        = "ACTIVE"
	staged        = "STAGED"
	provisioned   = "PROVISIONED"
	expired       = "PASSWORD_EXPIRED"
	recovery      = "RECOVERY"
	lockedOut     = "LOCKED_OUT"
	suspended     = "SUSPENDED"
	deprovisioned = "DEPROVISIONED"
)

const (
	oktaGroup   = "OKTA_GROUP"
	byUser      = "USER"
	byGroup     = "GROUP"
	mostPages   = 1000 // a list longer than this is a paging loop
	atOnceCalls = 4    // parallel calls of one activity; Okta allows an org 75
)

// raw makes a call the SDK has no method for, with its authentication, guard and error handling.
func (s *System) raw(ctx context.Context, method, path string, body, out any) (*sdk.Response, error) {
	rq := s.api.CloneRequestExecutor()
	req, err := rq.WithAccept("application/json").WithContentType("application/json").NewRequest(method, path, body)
	if err != nil {
		return nil, check(nil, err)
	}
	resp, err := rq.Do(ctx, req, out)
	return resp, check(resp, err)
}

// rest reads the pages behind the first one of a list. The SDK's own pager would repeat a path prefix.
func rest[T any](ctx context.Context, s *System, page []T, resp *sdk.Response, err error) ([]T, error) {
	if err := check(resp, err); err != nil {
		return nil, err
	}
	all := page
	for n := 1; resp.HasNextPage(); n++ {
		if n == mostPages {
			return nil, activities.Problemf(activities.Unavailable, "okta's list of %s does not end", resp.Request.URL.Path)
		}
		var more []T
		next := strings.TrimPrefix(resp.NextPage, s.prefix)
		if resp, err = s.raw(ctx, http.MethodGet, next, nil, &more); err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func list[T any](ctx context.Context, s *System, path string) ([]T, error) {
	var page []T
	resp, err := s.raw(ctx, http.MethodGet, path, nil, &page)
	if err != nil {
		return nil, err
	}
	return rest(ctx, s, page, resp, nil)
}

// user reads one user by id or login. It is Okta's strongly consistent read, so it is what confirms.
func (s *System) user(ctx context.Context, key string) (*sdk.User, error) {
	u, resp, err := s.api.User.GetUser(ctx, url.PathEscape(key))
	if err := check(resp, err); err != nil {
		return nil, err
	}
	if u == nil || u.Id == "" || u.Status == "" {
		return nil, activities.Problemf(activities.Unavailable, "okta answered a user without id and status")
	}
	return u, nil
}

// account reads the user an activity acts on; nil means that there is none. "Not found" is believed only when Okta
// shows us anybody at all: to a service app without an admin role every user is missing.
func (s *System) account(ctx context.Context, id string) (*sdk.User, error) {
	if id == "" {
		return nil, invalid("the account is empty: it must be an Okta user id")
	}
	u, err := s.user(ctx, id)
	if isStatus(err, http.StatusNotFound) {
		return nil, s.Check(ctx)
	}
	return u, err
}

// Check makes one read-only call and says what is wrong with address or credential. An empty list of users means a
// service app without an admin role: its tokens work and show nobody.
func (s *System) Check(ctx context.Context) error {
	users, resp, err := s.api.User.ListUsers(ctx, query.NewQueryParams(query.WithLimit(1)))
	if err := check(resp, err); err != nil {
		return err
	}
	if len(users) == 0 {
		return &activities.Problem{Type: activities.Forbidden, Text: "okta shows no users at all",
			Mend: "assign an admin role to the service app (or to the token's administrator): scopes alone show an empty org"}
	}
	return nil
}

// text is one attribute of a user's profile.
func text(u *sdk.User, attribute string) string {
	if u.Profile == nil {
		return ""
	}
	s, _ := (*u.Profile)[attribute].(string)
	return s
}

// app is one application as a user has it.
type app struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Label    string   `json:"label"`
	Status   string   `json:"status"`
	Features []string `json:"features"`
	Embedded struct {
		User struct {
			Scope string `json:"scope"`
		} `json:"user"`
	} `json:"_embedded"`
}

func (s *System) apps(ctx context.Context, id string) ([]app, error) {
	q := url.Values{"filter": {`user.id eq "` + id + `"`}, "expand": {"user/" + id}, "limit": {"200"}}
	return list[app](ctx, s, "/api/v1/apps?"+q.Encode())
}

// registered is one device linked to a user.
type registered struct {
	Device struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Profile struct {
			DisplayName  string `json:"displayName"`
			SerialNumber string `json:"serialNumber"`
		} `json:"profile"`
	} `json:"device"`
}

type deviceUser struct {
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (s *System) devices(ctx context.Context, id string) ([]registered, error) {
	return list[registered](ctx, s, "/api/v1/users/"+url.PathEscape(id)+"/devices")
}

func (s *System) usersOfDevice(ctx context.Context, device string) ([]deviceUser, error) {
	return list[deviceUser](ctx, s, "/api/v1/devices/"+url.PathEscape(device)+"/users")
}

func (s *System) roles(ctx context.Context, id string) ([]*sdk.Role, error) {
	roles, resp, err := s.api.User.ListAssignedRolesForUser(ctx, id, nil)
	return rest(ctx, s, roles, resp, err)
}

func (s *System) groups(ctx context.Context, id string) ([]*sdk.Group, error) {
	groups, resp, err := s.api.User.ListUserGroups(ctx, id)
	return rest(ctx, s, groups, resp, err)
}

func (s *System) rules(ctx context.Context) ([]*sdk.GroupRule, error) {
	rules, resp, err := s.api.Group.ListGroupRules(ctx, query.NewQueryParams(query.WithLimit(200)))
	return rest(ctx, s, rules, resp, err)
}

// each runs fn on every item, a few at a time, to the end whatever fails, and returns the errors in order.
func each[T any](ctx context.Context, items []T, fn func(context.Context, T) error) []error {
	errs := make([]error, len(items))
	var g errgroup.Group
	g.SetLimit(atOnceCalls)
	for i, item := range items {
		g.Go(func() error {
			errs[i] = fn(ctx, item)
			return nil
		})
	}
	_ = g.Wait()
	return errs
}

// worst picks the error to report: a passing one first, because a retry may mend it.
func worst(errs []error) error {
	var refused error
	for _, err := range errs {
		if passing(err) {
			return err
		}
		if refused == nil {
			refused = err
		}
	}
	return refused
}

// until asks until done says yes, with growing waits, for the system's patience. It ends early when ctx does.
func (s *System) until(ctx context.Context, p *progress, done func() (bool, error)) (bool, error) {
	deadline := time.NewTimer(s.patience)
	defer deadline.Stop()
	for wait := s.poll; ; wait = min(2*wait, growth*s.poll) {
		ok, err := done()
		if ok || err != nil {
			return ok, err
		}
		p.beat()
		next := time.NewTimer(wait)
		select {
		case <-next.C:
		case <-deadline.C:
			next.Stop()
			return false, nil
		case <-ctx.Done():
			next.Stop()
			return false, &activities.Problem{Type: activities.Unavailable, Text: "stopped while waiting for okta", Cause: ctx.Err()}
		}
	}
}
