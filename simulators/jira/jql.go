package jirasim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is a parsed JQL query: clauses joined by AND, then an order.
type query struct {
	clauses []clause
	order   []order
}

type clause struct {
	field  string
	op     string // "=", "!=", "in", "not in", "~", and of times ">=", "<=", ">", "<"
	values []string
	time   time.Time // what a time is compared with
}

type order struct {
	field string
	desc  bool
}

var token = regexp.MustCompile(`\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|!=|>=|<=|>|<|=|~|\(|\)|,|[^\s=!~<>(),"']+)`)

const maxOrder = 7

// The fields that can be asked for, with the names Jira also knows them by.
var queryFields = map[string]string{"project": "project", "labels": "labels", "key": "key", "issuekey": "key", "issue": "key",
	"id": "key", "status": "status", "statuscategory": "statuscategory", "parent": "parent", "issuetype": "issuetype",
	"type": "issuetype", "summary": "summary", "resolution": "resolution", "created": "created", "updated": "updated", "duedate": "duedate"}

type parser struct {
	tokens []string
	at     int
}

func (p *parser) next() string {
	t := p.peek()
	p.at++
	return t
}

func (p *parser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *parser) keyword(words ...string) bool {
	for n, w := range words {
		if p.at+n >= len(p.tokens) || !strings.EqualFold(p.tokens[p.at+n], w) {
			return false
		}
	}
	p.at += len(words)
	return true
}

// parseJQL reads the part of JQL that this stand-in knows; the error is Jira's message.
func parseJQL(jql string) (query, error) {
	p := &parser{}
	rest := strings.TrimSpace(jql)
	for rest != "" {
		m := token.FindStringSubmatchIndex(rest)
		if m == nil || m[0] != 0 {
			return query{}, fmt.Errorf("Error in the JQL Query: The character '%c' is a reserved JQL character. You must enclose it in a string or use the escape.", rest[0]) //nolint:staticcheck // Jira's own words
		}
		p.tokens = append(p.tokens, rest[m[2]:m[3]])
		rest = strings.TrimSpace(rest[m[1]:])
	}
	var q query
	for p.peek() != "" && !p.keyword("order", "by") {
		c, err := p.clause()
		if err != nil {
			return query{}, err
		}
		q.clauses = append(q.clauses, c)
		if p.keyword("and") {
			continue
		}
		if p.keyword("order", "by") {
			return p.orderBy(q)
		}
		if p.peek() != "" {
			return query{}, fmt.Errorf("Error in the JQL Query: Expecting either 'OR' or 'AND' but got '%s'.", p.peek()) //nolint:staticcheck // Jira's own words
		}
	}
	if p.at > 0 && len(q.clauses) == 0 {
		return p.orderBy(q)
	}
	return q, nil
}

func (p *parser) clause() (clause, error) {
	name := unquote(p.next())
	field, known := queryFields[strings.ToLower(name)]
	if !known {
		return clause{}, fmt.Errorf("Field '%s' does not exist or you do not have permission to view it.", name) //nolint:staticcheck // Jira's own words
	}
	c := clause{field: field}
	switch op := p.next(); {
	case op == "=" || op == "!=" || op == "~":
		c.op = op
		c.values = []string{unquote(p.next())}
		return c, nil
	case slices.Contains([]string{">=", "<=", ">", "<"}, op):
		c.op = op
		c.values = []string{unquote(p.next())}
		if field != "updated" && field != "created" {
			return clause{}, fmt.Errorf("The operator '%s' is not supported by the '%s' field.", op, name) //nolint:staticcheck // Jira's own words
		}
		return c, nil
	case strings.EqualFold(op, "not") && p.keyword("in"):
		c.op = "not in"
	case strings.EqualFold(op, "in"):
		c.op = "in"
	default:
		return clause{}, fmt.Errorf("Error in the JQL Query: Expecting operator but got '%s'.", op) //nolint:staticcheck // Jira's own words
	}
	if p.next() != "(" {
		return clause{}, fmt.Errorf("Error in the JQL Query: Expecting '(' after '%s'.", c.op) //nolint:staticcheck // Jira's own words
	}
	for {
		c.values = append(c.values, unquote(p.next()))
		switch p.next() {
		case ",":
		case ")":
			return c, nil
		default:
			return clause{}, fmt.Errorf("Error in the JQL Query: Expecting ')' after the list of '%s'.", name) //nolint:staticcheck // Jira's own words
		}
	}
}

func (p *parser) orderBy(q query) (query, error) {
	for p.peek() != "" {
		name := unquote(p.next())
		field, known := queryFields[strings.ToLower(name)]
		if !known {
			return query{}, fmt.Errorf("Field '%s' does not exist or you do not have permission to view it.", name) //nolint:staticcheck // Jira's own words
		}
		o := order{field: field, desc: p.keyword("desc")}
		if !o.desc {
			p.keyword("asc")
		}
		q.order = append(q.order, o)
		if p.peek() == "," {
			p.next()
		}
	}
	if len(q.order) > maxOrder {
		return query{}, fmt.Errorf("The maximum number of ORDER BY fields is %d.", maxOrder) //nolint:staticcheck // Jira's own words
	}
	return q, nil
}

func unquote(t string) string {
	if len(t) < 2 || t[0] != '"' && t[0] != '\'' {
		return t
	}
	return strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`).Replace(t[1 : len(t)-1])
}

var relative = regexp.MustCompile(`^-(\d+)([mhdw])$`)

var units = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}

// moment resolves what a time is compared with: "-15m" is relative, everything else is a date in the user's zone,
// which here is UTC.
func (c *clause) moment(now time.Time) error {
	if c.op != ">=" && c.op != "<=" && c.op != ">" && c.op != "<" {
		return nil
	}
	if m := relative.FindStringSubmatch(c.values[0]); m != nil {
		n, err := strconv.Atoi(m[1])
		if err == nil {
			c.time = now.Add(-time.Duration(n) * units[m[2]])
		}
		return err
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", time.DateOnly, "2006/01/02"} {
		if at, err := time.Parse(layout, c.values[0]); err == nil {
			c.time = at
			return nil
		}
	}
	return fmt.Errorf("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", //nolint:staticcheck // Jira's own words
		c.values[0], c.field)
}

// compares says whether a moment is on the right side.
func (c clause) compares(at time.Time) bool {
	switch c.op {
	case ">=":
		return !at.Before(c.time)
	case "<=":
		return !at.After(c.time)
	case ">":
		return at.After(c.time)
	}
	return at.Before(c.time)
}

// matches says whether an issue with these fields is meant, which the index knows as they became at a moment.
func (c clause) matches(i *Issue, f Fields, updated time.Time) bool {
	if !c.time.IsZero() {
		if c.field == "created" {
			return c.compares(i.Created)
		}
		return c.compares(updated)
	}
	hit := slices.ContainsFunc(c.values, func(want string) bool { return c.one(i, f, want) })
	if c.op == "!=" || c.op == "not in" {
		return !hit
	}
	return hit
}

func (c clause) one(i *Issue, f Fields, want string) bool {
	switch c.field {
	case "project":
		return strings.EqualFold(i.Project, want)
	case "labels":
		return slices.ContainsFunc(f.Labels, func(l string) bool { return strings.EqualFold(l, want) })
	case "key":
		return strings.EqualFold(i.Key, want) || i.ID == want
	case "status":
		return strings.EqualFold(f.Status.Name, want) || f.Status.ID == want
	case "statuscategory":
		titles := map[string]string{"new": "to do", "indeterminate": "in progress", "done": "done"}
		return strings.EqualFold(f.Status.Category, want) || titles[f.Status.Category] == strings.ToLower(want)
	case "parent":
		return strings.EqualFold(i.Parent, want)
	case "issuetype":
		return strings.EqualFold(i.Type.Name, want)
	case "summary":
		return strings.Contains(strings.ToLower(f.Summary), strings.ToLower(want))
	case "resolution":
		return strings.EqualFold(or(f.Resolution, "Unresolved"), want) || f.Resolution == "" && strings.EqualFold(want, "empty")
	}
	return false
}
