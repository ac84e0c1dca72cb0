package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenure/activities"
)

// Check reads what a mirror needs and says everything that is wrong, with the way out: the flavour, the
// credentials, the project, and the two issue types. It changes nothing. Project and types are those of the
// configuration; empty ones are not looked for.
func (s *System) Check(ctx context.Context) error {
	if err := s.checkFlavour(ctx); err != nil {
		return err
	}
	if _, err := s.me(ctx); err != nil {
		return err
	}
	if s.cfg.Project == "" {
		return nil
	}
	return s.checkProject(ctx)
}

func (s *System) checkFlavour(ctx context.Context) error {
	var info struct {
		DeploymentType string `json:"deploymentType"`
	}
	if err := s.do(ctx, http.MethodGet, "rest/api/2/serverInfo", nil, &info); err != nil {
		return err
	}
	// Data Center calls itself "Server", as the product before it did.
	is := DataCenter
	if strings.EqualFold(info.DeploymentType, "Cloud") {
		is = Cloud
	}
	if is != s.cfg.Flavour {
		return &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("jira.flavour is %s, but the server at jira.url says it is %q", s.cfg.Flavour, info.DeploymentType),
			Mend: fmt.Sprintf("set jira.flavour to %s, with the credentials of that product", is)}
	}
	return nil
}

// issueType is a type as a project's metadata lists it.
type issueType struct {
	Name    string `json:"name"`
	Subtask bool   `json:"subtask"`
}

func (s *System) checkProject(ctx context.Context) error {
	var project struct {
		Key string `json:"key"`
	}
	if err := s.do(ctx, http.MethodGet, "rest/api/2/project/"+url.PathEscape(s.cfg.Project), nil, &project); err != nil {
		if isNotFound(err) {
			return &activities.Problem{Type: activities.NotFound, Text: fmt.Sprintf("jira.project: there is no project %q, or the API user may not see it", s.cfg.Project),
				Mend: "check the key, and give the API user the permission Browse Projects", Cause: err}
		}
		return err
	}
	// The two flavours name the list differently.
	var meta struct {
		IssueTypes []issueType `json:"issueTypes"`
		Values     []issueType `json:"values"`
	}
	if err := s.do(ctx, http.MethodGet, "rest/api/2/issue/createmeta/"+url.PathEscape(s.cfg.Project)+"/issuetypes", nil, &meta); err != nil {
		return err
	}
	types := append(meta.IssueTypes, meta.Values...)
	return errors.Join(s.checkType("jira.type", s.cfg.IssueType, false, types), s.checkType("jira.subtask", s.cfg.SubtaskType, true, types))
}

func (s *System) checkType(field, name string, subtask bool, types []issueType) error {
	if name == "" {
		return nil
	}
	var fits []string
	for _, t := range types {
		if t.Subtask == subtask {
			fits = append(fits, t.Name)
		}
	}
	if slices.Contains(fits, name) {
		return nil
	}
	mend := "set it to one of: " + strings.Join(fits, ", ")
	if len(fits) == 0 {
		mend = "give the project such a type, and the API user the permission Create Issues"
	}
	return &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("%s: project %s has no %s %q", field, s.cfg.Project, kindWord(subtask), name), Mend: mend}
}

func kindWord(subtask bool) string {
	if subtask {
		return "sub-task type"
	}
	return "issue type"
}
