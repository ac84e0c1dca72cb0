package okta

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

const (
	// nameKept is how long the id behind a group's name is believed without asking. Everybody who joins gets the same
	// few groups, and Okta allows few searches a minute.
	nameKept = 2 * time.Minute
	// namesAtOnce bounds one search: its expression travels in the URL.
	namesAtOnce = 10
)

// names remembers for a short time which group has a name. Only groups of Okta's own are kept, and only those there are:
// a group that was not found may be made the next moment.
type names struct {
	mu    sync.Mutex
	known map[string]namedGroup
}

type namedGroup struct {
	id    string
	until time.Time
}

func (n *names) get(name string, now time.Time) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	g, ok := n.known[name]
	return g.id, ok && now.Before(g.until)
}

func (n *names) put(name, id string, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil {
		n.known = map[string]namedGroup{}
	}
	n.known[name] = namedGroup{id, now.Add(nameKept)}
}

func (n *names) forget(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.known, name)
}

// found are groups looked up by name.
type found struct {
	ids     map[string]string // of Okta's own groups
	foreign map[string]string // the type of a group that an application or Okta itself owns
	unknown []string
}

// lookUp finds groups by their exact names. Okta's search is late and takes upper for lower case, so every hit is
// compared; where an application has a group of the same name, Okta's own one is meant.
func (s *System) lookUp(ctx context.Context, wanted []string) (found, error) {
	f := found{ids: map[string]string{}, foreign: map[string]string{}}
	var ask []string
	for _, name := range wanted {
		if id, ok := s.names.get(name, s.now()); ok {
			f.ids[name] = id
		} else {
			ask = append(ask, name)
		}
	}
	for some := range slices.Chunk(ask, namesAtOnce) {
		groups, err := s.named(ctx, some)
		if err != nil {
			return f, err
		}
		for _, g := range groups {
			name := groupName(g)
			switch {
			case !slices.Contains(some, name):
			case g.Type == oktaGroup:
				f.ids[name] = g.Id
				s.names.put(name, g.Id, s.now())
			default:
				f.foreign[name] = g.Type
			}
		}
	}
	for _, name := range wanted {
		if f.ids[name] == "" && f.foreign[name] == "" {
			f.unknown = append(f.unknown, name)
		}
	}
	return f, nil
}

func (s *System) named(ctx context.Context, names []string) ([]*sdk.Group, error) {
	terms := make([]string, len(names))
	for i, n := range names {
		terms[i] = `profile.name eq "` + searchText.Replace(n) + `"`
	}
	groups, resp, err := s.api.Group.ListGroups(ctx, query.NewQueryParams(query.WithSearch(strings.Join(terms, " or "))))
	return rest(ctx, s, groups, resp, err)
}

// searchText writes a text so that it can stand between the quotes of a search.
var searchText = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
