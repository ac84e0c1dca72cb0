package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"tenure/activities"
)

// Jira signs the raw body with this header, and repeats the identifier at every retry.
const (
	jiraHeader     = "X-Hub-Signature"
	jiraPrefix     = "sha256="
	jiraIdentifier = "X-Atlassian-Webhook-Identifier"
	jiraUpdated    = "jira:issue_updated"
)

// jira is Jira's admin webhook, Cloud or Data Center. Data Centers that cannot sign name the secret in the path
// instead (/jira/<secret>), and automation rules in the header Authorization.
type jira struct{ secret string }

func newJira(secret string) jira { return jira{secret: secret} }

func (j jira) claims(r *http.Request) bool {
	return looksSigned(r.Header.Values(jiraHeader), jiraPrefix) || j.named(r)
}

func (j jira) proves(r *http.Request, body []byte) bool {
	return signed([]byte(j.secret), body, jiraPrefix, r.Header.Get(jiraHeader)) || j.named(r)
}

// named says whether the secret itself came along.
func (j jira) named(r *http.Request) bool {
	if j.secret == "" {
		return false
	}
	if token := r.PathValue("token"); token != "" {
		return same(token, j.secret)
	}
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && same(bearer, j.secret)
}

// jiraEvent is what Tenure reads of a delivery. The status in it is not believed: whoever is nudged reads the ticket.
type jiraEvent struct {
	Event string `json:"webhookEvent"`
	User  struct {
		AccountID string `json:"accountId"` // Cloud
		Name      string `json:"name"`      // Data Center
	} `json:"user"`
	Issue struct {
		Key    string `json:"key"`
		Fields struct {
			Labels *[]string `json:"labels"`
		} `json:"fields"`
	} `json:"issue"`
	Changelog struct {
		ID    anyID `json:"id"`
		Items []struct {
			Field string `json:"field"`
		} `json:"items"`
	} `json:"changelog"`
}

// anyID is an id that Cloud writes as text and older Data Centers as a number.
type anyID string

// UnmarshalJSON takes both; anything else is no id.
func (i *anyID) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*i = anyID(text)
		return nil
	}
	var n json.Number
	if json.Unmarshal(b, &n) == nil {
		*i = anyID(n.String())
	}
	return nil
}

var ticketKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,49}-[1-9][0-9]{0,17}$`)

// asks of a change of status on a ticket of ours is one nudge.
func (jira) asks(r *http.Request, body []byte) ([]activities.Ask, error) {
	var head struct {
		Event string `json:"webhookEvent"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, errors.New("the body is no JSON object with a webhookEvent")
	}
	if head.Event != jiraUpdated {
		return nil, nil
	}
	var e jiraEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errors.New("an update of an issue has another form than documented")
	}
	if !e.moved() || !e.ours() {
		return nil, nil
	}
	if !ticketKey.MatchString(e.Issue.Key) {
		return nil, errors.New("an update of an issue names no issue key")
	}
	return []activities.Ask{{Key: keyOf("jirahook", e.id(r, body)), Verb: activities.VerbTicketMoved, Actor: "jira:" + e.by(), Ticket: e.Issue.Key}}, nil
}

// moved says whether the status is among what changed.
func (e jiraEvent) moved() bool {
	for _, i := range e.Changelog.Items {
		if i.Field == "status" {
			return true
		}
	}
	return false
}

// ours says whether the ticket can be Tenure's: a hook without a filter tells of every ticket of the site. One that
// does not say its labels may be.
func (e jiraEvent) ours() bool {
	labels := e.Issue.Fields.Labels
	return labels == nil || slices.ContainsFunc(*labels, func(l string) bool { return l == "tenure" || strings.HasPrefix(l, "tenure-") })
}

// id is the change's own id, which the poll sees too, so that one move is one ask through whichever door. A site that
// does not say it repeats an identifier at every retry.
func (e jiraEvent) id(r *http.Request, body []byte) string {
	if e.Changelog.ID != "" {
		return string(e.Changelog.ID)
	}
	if id := r.Header.Get(jiraIdentifier); id != "" {
		return "hook-" + id
	}
	sum := sha256.Sum256(body)
	return "body-" + hex.EncodeToString(sum[:16])
}

func (e jiraEvent) by() string {
	for _, id := range []string{e.User.AccountID, e.User.Name} {
		if plainID.MatchString(id) {
			return id
		}
	}
	return "unknown"
}
