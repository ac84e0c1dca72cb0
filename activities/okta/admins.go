package okta

import (
	"context"
	"net/http"
	"net/url"
	"path"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
)

const superAdmin = "SUPER_ADMIN"

// Bounds of the search for other administrators. It runs while somebody waits for an answer, and after a few it no
// longer matters how many there are.
const (
	enoughAdmins  = 10
	mostAssignees = 500
)

// FindAdmins says live whether the person is an active super administrator, and how many others there are; see
// [activities.OktaFindAdmins]. Others are counted only where the person holds the role, and no further than ten. A
// count that is not sure is too low: the search fails closed.
//
// Okta's list of assignees is not documented to name those who hold a role through a group, so the members of the
// groups that give the role to this person are counted as well.
func (s *System) FindAdmins(ctx context.Context, who activities.Identity) (activities.Admins, error) {
	u, err := s.find(ctx, who)
	if err != nil || u == nil || shut(u.Status) {
		return activities.Admins{}, activities.Classify(err)
	}
	roles, err := s.roles(ctx, u.Id)
	if err != nil || !holdsSuper(roles) {
		return activities.Admins{}, activities.Classify(err)
	}
	search := adminSearch{system: s, seen: map[string]bool{u.Id: true}}
	if err := search.run(ctx, roles); err != nil {
		return activities.Admins{}, activities.Classify(err)
	}
	return activities.Admins{Holds: true, Others: search.found}, nil
}

// shut says that nobody can sign in to an account in this status without an administrator's doing. A locked or
// expired one opens again by its holder's own doing.
func shut(status string) bool {
	return status == suspended || status == deprovisioned || status == staged || status == provisioned
}

func holdsSuper(roles []*sdk.Role) bool {
	for _, r := range roles {
		if isSuper(r) {
			return true
		}
	}
	return false
}

func isSuper(r *sdk.Role) bool {
	return r != nil && r.Type == superAdmin && (r.Status == "" || r.Status == active)
}

// adminSearch counts active super administrators, each once.
type adminSearch struct {
	system *System
	seen   map[string]bool
	found  int
}

func (a *adminSearch) run(ctx context.Context, roles []*sdk.Role) error {
	for _, r := range roles {
		group := groupOf(r)
		if !isSuper(r) || group == "" {
			continue
		}
		if err := a.countGroup(ctx, group); err != nil {
			return err
		}
	}
	ids, err := a.system.assignees(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if a.found >= enoughAdmins {
			return nil
		}
		if err := a.countUser(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// countGroup counts the active members of a group that makes super administrators.
func (a *adminSearch) countGroup(ctx context.Context, group string) error {
	page, err := list[*sdk.User](ctx, a.system, "/api/v1/groups/"+url.PathEscape(group)+"/users?limit=200")
	if err != nil {
		return err
	}
	for _, u := range page {
		if u != nil && !a.seen[u.Id] && u.Status == active {
			a.seen[u.Id] = true
			a.found++
		}
	}
	return nil
}

// countUser counts one assignee of any role, if it is a living super administrator.
func (a *adminSearch) countUser(ctx context.Context, id string) error {
	if a.seen[id] {
		return nil
	}
	a.seen[id] = true
	roles, err := a.system.roles(ctx, id)
	if isStatus(err, http.StatusNotFound) {
		return nil // gone since the list was made
	}
	if err != nil || !holdsSuper(roles) {
		return err
	}
	u, err := a.system.user(ctx, id)
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	if err == nil && u.Status == active {
		a.found++
	}
	return err
}

// assignees is one page of the people with any administrator role, from GET /api/v1/iam/assignees/users.
type assignees struct {
	Value []struct {
		ID string `json:"id"`
	} `json:"value"`
	Links struct {
		Next struct {
			Href string `json:"href"`
		} `json:"next"`
	} `json:"_links"`
}

// assignees lists the ids of people with any administrator role, up to a bound. The next page is named in the body.
func (s *System) assignees(ctx context.Context) ([]string, error) {
	var ids []string
	q := url.Values{"limit": {"100"}}
	for len(ids) < mostAssignees {
		var page assignees
		if _, err := s.raw(ctx, http.MethodGet, "/api/v1/iam/assignees/users?"+q.Encode(), nil, &page); err != nil {
			return nil, err
		}
		for _, v := range page.Value {
			ids = append(ids, v.ID)
		}
		next, err := url.Parse(page.Links.Next.Href)
		if err != nil || next.Query().Get("after") == "" || next.Query().Get("after") == q.Get("after") {
			return ids, nil
		}
		q.Set("after", next.Query().Get("after"))
	}
	return ids, nil
}

// groupOf is the id of the group through which a role is held; "" for one given to the person. Okta names it in the
// assignment's link alone.
func groupOf(r *sdk.Role) string {
	links, _ := r.Links.(map[string]any)
	assignee, _ := links["assignee"].(map[string]any)
	href, _ := assignee["href"].(string)
	if u, err := url.Parse(href); err == nil && path.Base(path.Dir(u.Path)) == "groups" {
		return path.Base(u.Path)
	}
	return ""
}
