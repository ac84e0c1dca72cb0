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
	searchPages = 20 // neither a case's label nor what changed in minutes fits a thousand issues; a search that goes on is broken
)

// labelled lists the keys of the issues with a label, oldest first. The index may be minutes behind.
func (s *System) labelled(ctx context.Context, project, label string) ([]string, error) {
	jql := fmt.Sprintf(`project = %s AND labels = %s ORDER BY key ASC`, quoteJQL(project), quoteJQL(label))
	var keys []string
	err := s.search(ctx, jql, func(key, _ string) { keys = append(keys, key) })
	return keys, err
}

// search hands over every issue that fits, with its status as the index knows it.
func (s *System) search(ctx context.Context, jql string, found func(key, status string)) error {
	if s.cfg.Flavour == Cloud {
		return s.searchCloud(ctx, jql, found)
	}
	return s.searchDataCenter(ctx, jql, found)
}

// searchCloud pages by token. Fields are always asked for: without, go-jira hands out issues with nil fields, and
// Jira answers with ids alone.
func (s *System) searchCloud(ctx context.Context, jql string, found func(key, status string)) error {
	token := ""
	for range searchPages {
		page, resp, err := s.api.Issue.SearchV2JQLWithContext(ctx, jql, &sdk.SearchOptionsV2{
			NextPageToken: token, MaxResults: searchPage, Fields: []string{"status"}})
		if err := s.outcome(ctx, http.MethodGet, "rest/api/2/search/jql", resp, err); err != nil {
			return err
		}
		hand(page, found)
		if resp.IsLast || resp.NextPageToken == "" || resp.NextPageToken == token {
			return nil
		}
		token = resp.NextPageToken
	}
	return endless()
}

// searchDataCenter pages by offset.
func (s *System) searchDataCenter(ctx context.Context, jql string, found func(key, status string)) error {
	read := 0
	for range searchPages {
		page, resp, err := s.api.Issue.SearchWithContext(ctx, jql, &sdk.SearchOptions{
			StartAt: read, MaxResults: searchPage, Fields: []string{"status"}})
		if err := s.outcome(ctx, http.MethodGet, "rest/api/2/search", resp, err); err != nil {
			return err
		}
		hand(page, found)
		read += len(page)
		if len(page) == 0 || read >= resp.Total {
			return nil
		}
	}
	return endless()
}

func endless() error {
	return &activities.Problem{Type: activities.Unavailable, Text: "Jira's search does not come to its last page"}
}

func hand(page []sdk.Issue, found func(key, status string)) {
	for _, i := range page {
		status := ""
		if i.Fields != nil && i.Fields.Status != nil {
			status = i.Fields.Status.Name
		}
		found(i.Key, status)
	}
}

// quoteJQL makes a JQL string.
func quoteJQL(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
