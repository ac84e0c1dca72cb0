package jira

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	sdk "github.com/andygrunwald/go-jira"

	"tenure/activities"
)

const (
	searchPage  = 50
	searchPages = 20 // a label of ours never fits a thousand issues; a search that goes on is broken
)

// labelled lists the keys of the issues with a label, oldest first. The index may be minutes behind.
func (s *System) labelled(ctx context.Context, project, label string) ([]string, error) {
	jql := fmt.Sprintf(`project = %s AND labels = %s ORDER BY key ASC`, quoteJQL(project), quoteJQL(label))
	if s.cfg.Flavour == Cloud {
		return s.searchCloud(ctx, jql)
	}
	return s.searchDataCenter(ctx, jql)
}

// searchCloud pages by token. Fields are always asked for: without, go-jira hands out issues with nil fields, and
// Jira answers with ids alone.
func (s *System) searchCloud(ctx context.Context, jql string) ([]string, error) {
	var keys []string
	token := ""
	for range searchPages {
		found, resp, err := s.api.Issue.SearchV2JQLWithContext(ctx, jql, &sdk.SearchOptionsV2{
			NextPageToken: token, MaxResults: searchPage, Fields: []string{"status"}})
		if err := s.outcome(ctx, http.MethodGet, "rest/api/2/search/jql", resp, err); err != nil {
			return nil, err
		}
		keys = append(keys, keysOf(found)...)
		if resp.IsLast || resp.NextPageToken == "" || resp.NextPageToken == token {
			return keys, nil
		}
		token = resp.NextPageToken
	}
	return nil, endless()
}

// searchDataCenter pages by offset.
func (s *System) searchDataCenter(ctx context.Context, jql string) ([]string, error) {
	var keys []string
	for range searchPages {
		found, resp, err := s.api.Issue.SearchWithContext(ctx, jql, &sdk.SearchOptions{
			StartAt: len(keys), MaxResults: searchPage, Fields: []string{"status"}})
		if err := s.outcome(ctx, http.MethodGet, "rest/api/2/search", resp, err); err != nil {
			return nil, err
		}
		keys = append(keys, keysOf(found)...)
		if len(found) == 0 || len(keys) >= resp.Total {
			return keys, nil
		}
	}
	return nil, endless()
}

func endless() error {
	return &activities.Problem{Type: activities.Unavailable, Text: "Jira's search does not come to its last page"}
}

func keysOf(found []sdk.Issue) []string {
	keys := make([]string, 0, len(found))
	for _, i := range found {
		keys = append(keys, i.Key)
	}
	return keys
}

// quoteJQL makes a JQL string.
func quoteJQL(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
