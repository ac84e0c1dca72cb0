package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/plan"
)

// Labels of what Tenure makes, beside the one that is particular to a case: by them the search finds every ticket and
// every sub-task of ours.
const (
	labelTicket = "tenure"
	labelTask   = "tenure-task"
)

// change is one entry of an issue's history.
type change struct {
	ID      string `json:"id"`
	Author  person `json:"author"`
	Created string `json:"created"`
	Items   []struct {
		Field string `json:"field"`
		To    string `json:"toString"`
	} `json:"items"`
}

type movedIssue struct {
	issue
	Changelog struct {
		Histories []change `json:"histories"`
	} `json:"changelog"`
}

// ListMoves implements [activities.JiraListMoves]. The search only says which tickets to look at: it may be minutes
// behind, and it knows neither who moved a ticket nor when.
func (s *System) ListMoves(ctx context.Context, in activities.ListMoves) (activities.Moves, error) {
	var out activities.Moves
	err := s.listMoves(ctx, in, func(m activities.Move) { out.Moves = append(out.Moves, m) })
	if err != nil {
		return activities.Moves{}, activities.Ended(ctx, err)
	}
	slices.SortStableFunc(out.Moves, func(a, b activities.Move) int { return a.At.Compare(b.At) })
	return out, nil
}

func (s *System) listMoves(ctx context.Context, in activities.ListMoves, found func(activities.Move)) error {
	switch {
	case s.cfg.Project == "":
		return &activities.Problem{Type: activities.InvalidInput, Text: "jira.project is empty", Mend: "set it in the policy to a project key such as ITOFF"}
	case in.Since.IsZero():
		return &activities.Problem{Type: activities.InvalidInput, Text: "since is empty", Mend: "report this as a fault of Tenure: it would read every ticket there ever was"}
	case len(in.To) == 0:
		return nil
	}
	keys, err := s.touched(ctx, in)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx)
		}
		m, err := s.lastMove(ctx, key)
		if err != nil {
			return err
		}
		if m.Key != "" && !m.At.Before(in.Since) && oneOf(in.To, m.Status) {
			found(m)
		}
	}
	return nil
}

// touched lists the keys of our tickets that changed since and stand in one of the statuses, as the search knows them.
// JQL compares a time without a zone in the API user's own, so it is asked in minutes before now. The statuses are
// compared here: JQL refuses a query that names one which the site does not have.
func (s *System) touched(ctx context.Context, in activities.ListMoves) ([]string, error) {
	minutes := max(1, int(math.Ceil(s.cfg.Now().Sub(in.Since).Minutes()))+1)
	jql := fmt.Sprintf(`project = %s AND labels in (%s, %s) AND updated >= "-%dm" ORDER BY updated ASC`,
		quoteJQL(s.cfg.Project), quoteJQL(labelTicket), quoteJQL(labelTask), minutes)
	var keys []string
	err := s.search(ctx, jql, func(key, status string) {
		if oneOf(in.To, status) {
			keys = append(keys, key)
		}
	})
	return keys, err
}

// ReadMove implements [activities.JiraReadMove]. A ticket that is gone, or that we may not see, was not moved.
func (s *System) ReadMove(ctx context.Context, in activities.ReadMove) (activities.Move, error) {
	if strings.TrimSpace(in.Ticket) == "" {
		return activities.Move{}, activities.Classify(&activities.Problem{Type: activities.InvalidInput, Text: "ticket is empty", Mend: "pass a key such as ITOFF-7"})
	}
	m, err := s.lastMove(ctx, in.Ticket)
	if err != nil {
		return activities.Move{}, activities.Ended(ctx, err)
	}
	return m, nil
}

// lastMove reads a ticket with its history. It is a move when the last change of status is somebody else's than ours,
// on a ticket that we made and that says which case it belongs to: a property can be forged, who made a ticket cannot.
func (s *System) lastMove(ctx context.Context, key string) (activities.Move, error) {
	me, err := s.me(ctx)
	if err != nil {
		return activities.Move{}, err
	}
	i, err := s.readHistory(ctx, key)
	if isNotFound(err) {
		return activities.Move{}, nil
	}
	if err != nil {
		return activities.Move{}, err
	}
	if i.Fields.Creator == nil || i.Fields.Creator.id() != me {
		return activities.Move{}, nil
	}
	last, moved := i.lastStatus()
	if !moved || last.Author.id() == me || last.Author.id() == "" {
		return activities.Move{}, nil
	}
	return i.move(last), nil
}

func (s *System) readHistory(ctx context.Context, key string) (movedIssue, error) {
	q := url.Values{"fields": {readFields}, "properties": {caseProperty + "," + taskProperty}, "expand": {"changelog"}}
	var i movedIssue
	err := s.do(ctx, http.MethodGet, issuePath(key, "?"+q.Encode()), nil, &i)
	return i, err
}

// lastStatus is the newest change of the status. Cloud lists the newest first, Data Center the oldest: dates decide,
// and ids between changes of one moment.
func (i movedIssue) lastStatus() (change, bool) {
	var last change
	found := false
	for _, c := range i.Changelog.Histories {
		if !c.moves() {
			continue
		}
		if !found || c.at().After(last.at()) || c.at().Equal(last.at()) && c.number() > last.number() {
			last, found = c, true
		}
	}
	return last, found
}

func (c change) moves() bool {
	for _, item := range c.Items {
		if item.Field == "status" {
			return true
		}
	}
	return false
}

func (c change) at() time.Time { return jiraTime(c.Created) }

func (c change) number() int {
	n, err := strconv.Atoi(c.ID)
	if err != nil {
		return -1
	}
	return n
}

// move is the change as the contract has it; zero on an issue that does not say whose it is.
func (i movedIssue) move(c change) activities.Move {
	m := activities.Move{Key: changeKey(c.ID), Ticket: i.Key, Status: i.Fields.Status.Name, By: "jira:" + c.Author.id(), At: c.at().UTC()}
	var task taskMark
	i.property(taskProperty, &task)
	if task.Case != "" && task.Step != "" {
		m.Case, m.Run, m.Step = task.Case, task.Run, plan.StepID(task.Step)
		return m
	}
	var own caseMark
	i.property(caseProperty, &own)
	if own.Case == "" {
		return activities.Move{}
	}
	m.Case, m.Run = own.Case, own.Run
	return m
}

var changeID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// changeKey is a change's id in letters that a key may hold.
func changeKey(id string) string {
	if changeID.MatchString(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

func oneOf(statuses []string, status string) bool {
	return slices.ContainsFunc(statuses, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), strings.TrimSpace(status)) })
}

// AnswerMove implements [activities.JiraAnswerMove]. The remark is found by its mark, so it is made once; a ticket that
// was moved on meanwhile, or whose step has ended, is left where it is.
func (s *System) AnswerMove(ctx context.Context, in activities.AnswerMove) (activities.Nothing, error) {
	if in.Move.Ticket == "" || in.Move.Key == "" || in.Move.Case == "" {
		return activities.Nothing{}, activities.Classify(&activities.Problem{Type: activities.InvalidInput, Text: "move is empty", Mend: "report this as a fault of Tenure: there is nobody to answer"})
	}
	return activities.Nothing{}, activities.Ended(ctx, s.answerMove(ctx, in))
}

func (s *System) answerMove(ctx context.Context, in activities.AnswerMove) error {
	i, err := s.readHistory(ctx, in.Move.Ticket)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var task taskMark
	i.property(taskProperty, &task)
	if task.Ended {
		return nil // the ticket says already how its step ended, and stands where it belongs
	}
	last, moved := i.lastStatus()
	stands := moved && changeKey(last.ID) == in.Move.Key
	if in.Move.Status == "" && stands {
		in.Move.Status = i.Fields.Status.Name
	}
	said, err := s.said(ctx, in.Move.Ticket, in.Move.Case)
	if err != nil {
		return err
	}
	one := mark{Notice: "move-" + in.Move.Key}
	if !said.notices[one.Notice] {
		if err := s.post(ctx, in.Move.Ticket, in.Move.Case, renderRefusal(in), one); err != nil {
			return err
		}
	}
	if task.Step == "" || !stands {
		return nil
	}
	// A workflow without a way back leaves the sub-task closed: the remark has told why.
	if err := s.move(ctx, in.Move.Ticket, reopened); err != nil && !permanent(err) {
		return err
	}
	return nil
}
