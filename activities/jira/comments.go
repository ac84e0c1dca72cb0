package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"tenure/activities"
)

// entryProperty is the comment property that says what a comment of ours holds.
const entryProperty = "tenure.entry"

// mark says what a comment holds: the log entries From to To, or one notice. The same is written on the comment's
// last line, for people and for a Jira that drops comment properties.
type mark struct {
	From   int    `json:"from,omitempty"`
	To     int    `json:"to,omitempty"`
	Notice string `json:"notice,omitempty"`
}

func (m mark) String() string {
	if m.Notice != "" {
		return m.Notice
	}
	return fmt.Sprintf("%d-%d", m.From, m.To)
}

const refPrefix = "ref: "

func (m mark) line(caseID string) string { return refPrefix + caseID + "/" + m.String() }

// parseMark reads a mark back from the last line of a comment.
func parseMark(body, caseID string) (mark, bool) {
	lines := strings.Split(strings.TrimSpace(body), "\n")
	rest, ours := strings.CutPrefix(strings.TrimSpace(lines[len(lines)-1]), refPrefix+caseID+"/")
	if !ours || rest == "" {
		return mark{}, false
	}
	from, to, ranged := strings.Cut(rest, "-")
	f, ferr := strconv.Atoi(from)
	t, terr := strconv.Atoi(to)
	if ranged && ferr == nil && terr == nil {
		return mark{From: f, To: t}, true
	}
	return mark{Notice: rest}, true
}

// marks is what is already said on one issue.
type marks struct {
	upTo    int // the last log entry
	notices map[string]bool
}

func (m *marks) add(one mark) {
	if m.notices == nil {
		m.notices = map[string]bool{}
	}
	m.upTo = max(m.upTo, one.To)
	if one.Notice != "" {
		m.notices[one.Notice] = true
	}
}

type commentPage struct {
	Total    int `json:"total"`
	Comments []struct {
		Author     person     `json:"author"`
		Body       string     `json:"body"`
		Properties []property `json:"properties"`
	} `json:"comments"`
}

const (
	commentsPerPage = 100
	commentPages    = 60 // Cloud's limit of 5,000 comments, with room
)

// said lists what is already said on an issue, from all of its comments: the order in which Jira gives them is not
// relied on.
func (s *System) said(ctx context.Context, key, caseID string) (*marks, error) {
	me, err := s.me(ctx)
	if err != nil {
		return nil, err
	}
	out := &marks{}
	read := 0
	for range commentPages {
		q := url.Values{"startAt": {strconv.Itoa(read)}, "maxResults": {strconv.Itoa(commentsPerPage)}, "expand": {"properties"}}
		var page commentPage
		if err := s.do(ctx, http.MethodGet, issuePath(key, "/comment?"+q.Encode()), nil, &page); err != nil {
			return nil, err
		}
		for _, c := range page.Comments {
			// Only our own word counts: a person may quote a comment, last line and all.
			if c.Author.id() != me {
				continue
			}
			if m, ours := markOf(c.Properties, c.Body, caseID); ours {
				out.add(m)
			}
		}
		read += len(page.Comments)
		if len(page.Comments) == 0 || read >= page.Total {
			break
		}
	}
	return out, nil
}

func markOf(properties []property, body, caseID string) (mark, bool) {
	for _, p := range properties {
		var m mark
		if p.Key == entryProperty && json.Unmarshal(p.Value, &m) == nil {
			return m, true
		}
	}
	return parseMark(body, caseID)
}

// post writes a comment with its mark. go-jira's AddComment cannot send properties.
func (s *System) post(ctx context.Context, key, caseID, text string, m mark) error {
	p, err := propertyOf(entryProperty, m)
	if err != nil {
		return err
	}
	body := object{"body": text + "\n" + m.line(caseID), "properties": []property{p}}
	return s.do(ctx, http.MethodPost, issuePath(key, "/comment"), body, nil)
}

// batch is some log entries that become one comment.
type batch struct {
	mark
	text string
}

// maxComment leaves room for the mark in Jira's 32,767 characters.
const maxComment = 30000

// batches joins entries after the given sequence number into as few comments as the limit allows, in order. Quiet
// entries are left out: Jira limits how often one ticket may be written.
func batches(entries []activities.Entry, after int) []batch {
	var out []batch
	for _, e := range entries {
		if e.Quiet || e.Seq <= after {
			continue
		}
		line := renderEntry(e)
		last := len(out) - 1
		if last >= 0 && utf8.RuneCountInString(out[last].text)+utf8.RuneCountInString(line) < maxComment {
			out[last].text += "\n" + line
			out[last].To = e.Seq
			continue
		}
		out = append(out, batch{mark{From: e.Seq, To: e.Seq}, line})
	}
	return out
}
