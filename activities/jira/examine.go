package jira

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tenure/activities"
)

const (
	whyTicket = "no ticket shows how an offboarding stands, and steps that need a person become nobody's job in Jira"
	// probeLabel is one that no ticket has.
	probeLabel = "tenure-doctor"
)

// permission is one that the API user needs in the project, and what does not work without it.
type permission struct {
	key, name string
	severity  activities.Severity
	why       string
}

var permissions = []permission{
	{"BROWSE_PROJECTS", "Browse Projects", activities.FindingFailure, whyTicket},
	{"CREATE_ISSUES", "Create Issues", activities.FindingFailure, whyTicket},
	{"EDIT_ISSUES", "Edit Issues", activities.FindingFailure, "a ticket stays as it was first written"},
	{"TRANSITION_ISSUES", "Transition Issues", activities.FindingWarning, "tickets of closed cases and done steps stay open"},
	{"ADD_COMMENTS", "Add Comments", activities.FindingWarning, "what happened is not told in the ticket"},
	{"LINK_ISSUES", "Link Issues", activities.FindingWarning, "tickets do not lead back to their case"},
	{"CREATE_ATTACHMENTS", "Create Attachments", activities.FindingWarning, "the closing record is not attached to the ticket"},
}

// Examine looks over the connection to Jira by reading only; see [activities.JiraExamine].
func (s *System) Examine(ctx context.Context, in activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("jira")}
	if !x.letIn(ctx) {
		return x.Findings(), nil
	}
	project := in.JiraProject
	if project == "" {
		project = s.cfg.Project
	}
	if project == "" {
		x.OK("project", "the policy names no Jira project: there are no tickets")
		return x.Findings(), nil
	}
	if x.project(ctx, project) {
		x.types(ctx, project, in)
		x.permissions(ctx, project)
		x.statuses(ctx, project, in.JiraStatuses)
		x.search(ctx, project)
	}
	x.webhooks(ctx)
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

// letIn compares the flavour, which needs no credential, and then asks who we are.
func (x examination) letIn(ctx context.Context) bool {
	var info struct {
		Type string `json:"deploymentType"`
		Time string `json:"serverTime"`
	}
	if err := x.do(ctx, http.MethodGet, "rest/api/2/serverInfo", nil, &info); err != nil {
		x.Refused("let-in", activities.FindingFailure, err, whyTicket)
		return false
	}
	is := DataCenter
	if strings.EqualFold(info.Type, "Cloud") {
		is = Cloud
	}
	if is != x.cfg.Flavour {
		x.Fail("flavour", fmt.Sprintf("jira.flavour is %s, and the server says it is %q", x.cfg.Flavour, info.Type),
			"the two sign in and search in different ways: on Cloud the old search was removed, and a ticket whose creation was unclear could not be found again",
			fmt.Sprintf("set jira.flavour to %s, with the credentials of that product", is))
	} else {
		x.OK("flavour", "the server is Jira %s", map[Flavour]string{Cloud: "Cloud", DataCenter: "Data Center"}[is])
	}
	x.clock(info.Time)
	// Asked anew, though it may be known: the token may have been revoked since.
	if err := x.do(ctx, http.MethodGet, "rest/api/2/myself", nil, &person{}); err != nil {
		x.Refused("let-in", activities.FindingFailure, err, whyTicket)
		return false
	}
	x.OK("let-in", "Jira lets us in at %s", x.cfg.BaseURL)
	return true
}

func (x examination) clock(told string) {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339Nano} {
		if t, err := time.Parse(layout, told); err == nil {
			x.ClockAt(t, x.cfg.Now())
			return
		}
	}
}

func (x examination) project(ctx context.Context, key string) bool {
	err := x.do(ctx, http.MethodGet, "rest/api/2/project/"+url.PathEscape(key), nil, &struct{}{})
	switch {
	case isNotFound(err):
		x.Fail("project", fmt.Sprintf("there is no project %q, or the API user may not see it", key), whyTicket,
			"check jira.project in the policy, and give the API user the permission Browse Projects in it")
	case err != nil:
		x.Refused("project", activities.FindingFailure, err, whyTicket)
	default:
		x.OK("project", "the project %s is there", key)
	}
	return err == nil
}

// types looks for the two issue types.
func (x examination) types(ctx context.Context, project string, in activities.Examine) {
	var meta struct {
		IssueTypes []issueType `json:"issueTypes"`
		Values     []issueType `json:"values"`
	}
	if err := x.do(ctx, http.MethodGet, "rest/api/2/issue/createmeta/"+url.PathEscape(project)+"/issuetypes", nil, &meta); err != nil {
		x.Unread("types", "the issue types of "+project, err, whyTicket)
		return
	}
	all := append(meta.IssueTypes, meta.Values...)
	wrong := false
	for _, want := range []struct {
		field, name string
		subtask     bool
	}{{"jira.type", in.JiraType, false}, {"jira.subtask", in.JiraSubtask, true}} {
		if err := x.checkType(want.field, want.name, want.subtask, all); err != nil {
			wrong = true
			p := activities.ProblemOf(err)
			text := fmt.Sprintf("%s: project %s has no %s %q", want.field, project, kindWord(want.subtask), want.name)
			x.Fail(strings.TrimPrefix(want.field, "jira."), text, whyTicket, p.Mend+" (in the policy)")
		}
	}
	if !wrong {
		x.OK("types", "the issue types of the policy are there")
	}
}

// permissions asks Jira what the API user may do in the project.
func (x examination) permissions(ctx context.Context, project string) {
	var keys []string
	for _, p := range permissions {
		keys = append(keys, p.key)
	}
	var mine struct {
		Permissions map[string]struct {
			Have bool `json:"havePermission"`
		} `json:"permissions"`
	}
	q := url.Values{"projectKey": {project}, "permissions": {strings.Join(keys, ",")}}
	if err := x.do(ctx, http.MethodGet, "rest/api/2/mypermissions?"+q.Encode(), nil, &mine); err != nil {
		x.Unread("permissions", "the API user's permissions", err, "one that is missing shows only when a ticket is written")
		return
	}
	missing := 0
	for _, p := range permissions {
		if mine.Permissions[p.key].Have {
			continue
		}
		missing++
		text, mend := fmt.Sprintf("the API user lacks the permission %s in %s", p.name, project), "grant it in the project's permission scheme"
		check := "permission." + strings.ToLower(strings.ReplaceAll(p.name, " ", "-"))
		if p.severity == activities.FindingFailure {
			x.Fail(check, text, p.why, mend)
			continue
		}
		x.Warn(check, text, p.why, mend)
	}
	if missing == 0 {
		x.OK("permissions", "the API user has every permission that Tenure uses")
	}
}

// statuses looks for the statuses that mean something to the policy in the project's workflows.
func (x examination) statuses(ctx context.Context, project string, wanted []string) {
	if len(wanted) == 0 {
		return
	}
	const why = "moving a ticket there is how people say in Jira that a step is done or a laptop is back: nobody can"
	var types []struct {
		Statuses []struct {
			Name string `json:"name"`
		} `json:"statuses"`
	}
	if err := x.do(ctx, http.MethodGet, "rest/api/2/project/"+url.PathEscape(project)+"/statuses", nil, &types); err != nil {
		x.Unread("statuses", "the statuses of "+project, err, why)
		return
	}
	var known []string
	for _, t := range types {
		for _, s := range t.Statuses {
			if !slices.Contains(known, s.Name) {
				known = append(known, s.Name)
			}
		}
	}
	var missing []string
	for _, w := range wanted {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, w) }) {
			missing = append(missing, w)
		}
	}
	if len(missing) > 0 {
		x.Warn("statuses", fmt.Sprintf("no workflow of %s has the status %s", project, strings.Join(missing, ", ")), why,
			"add it to the project's workflow, or name one of these under jira.done and jira.received in the policy: "+strings.Join(known, ", "))
		return
	}
	x.OK("statuses", "the statuses of the policy are in the project's workflows")
}

// search makes the search by which a ticket whose creation was unclear is found again.
func (x examination) search(ctx context.Context, project string) {
	const why = "a ticket whose creation was unclear could not be found again, and would be made twice"
	path := map[Flavour]string{Cloud: "/search/jql", DataCenter: "/search"}[x.cfg.Flavour]
	if _, err := x.labelled(ctx, project, probeLabel); err != nil {
		x.Refused("search", activities.FindingFailure, err, why)
		return
	}
	x.OK("search", "the search at %s answers", path)
}

// webhooks lists the admin webhooks, which only an administrator may; tickets are polled anyway.
func (x examination) webhooks(ctx context.Context) {
	var hooks []struct {
		Name    string   `json:"name"`
		Events  []string `json:"events"`
		Enabled *bool    `json:"enabled"`
	}
	if err := x.do(ctx, http.MethodGet, "rest/webhooks/1.0/webhook", nil, &hooks); err != nil {
		x.OK("webhook", "webhooks can be listed by administrators only; moved tickets are polled")
		return
	}
	told, off := 0, ""
	for _, h := range hooks {
		switch {
		case !slices.Contains(h.Events, "jira:issue_updated"):
		case h.Enabled != nil && !*h.Enabled:
			off = h.Name
		default:
			told++
		}
	}
	switch {
	case told == 0 && off != "":
		x.Warn("webhook", fmt.Sprintf("the webhook %q is switched off", off), "a ticket that somebody moves is seen by the poll only, a little later",
			"enable it in Jira (System, WebHooks), or delete it if the poll is enough")
	case told == 0:
		x.OK("webhook", "no webhook tells of moved tickets: they are polled")
	default:
		x.OK("webhook", "%d webhooks tell of moved tickets", told)
	}
}
