package webhooks

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"

	"tenure/activities"
)

// oktaChallenge is the header with which Okta asks, once, whether an address wants its events.
const (
	oktaChallenge    = "X-Okta-Verification-Challenge"
	maxOktaChallenge = 1024
	oktaDeactivated  = "user.lifecycle.deactivate"
)

// okta is Okta's event hook. It signs nothing: all that proves it is the static Authorization header.
type okta struct {
	secret string
	own    []string
}

func newOkta(secret string, own []string) okta { return okta{secret: secret, own: slices.Clone(own)} }

// verify answers the one-time question. Okta may or may not send the secret with it; a wrong one is refused, so that
// the mistake is seen when the hook is set up and not when somebody leaves.
func (o okta) verify(w http.ResponseWriter, r *http.Request) {
	challenge := r.Header.Get(oktaChallenge)
	_, sent := r.Header["Authorization"]
	if challenge == "" || len(challenge) > maxOktaChallenge || sent && !o.claims(r) {
		refuse(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"verification": challenge})
}

func (o okta) claims(r *http.Request) bool {
	values := r.Header.Values("Authorization")
	return o.secret != "" && len(values) == 1 && same(values[0], o.secret)
}

func (o okta) proves(r *http.Request, _ []byte) bool { return o.claims(r) }

// oktaDelivery is what Tenure reads of a delivery: several events of Okta's System Log.
type oktaDelivery struct {
	Data struct {
		Events []oktaEvent `json:"events"`
	} `json:"data"`
}

type oktaEvent struct {
	UUID    string       `json:"uuid"`
	Type    string       `json:"eventType"`
	Actor   oktaParty    `json:"actor"`
	Target  []oktaTarget `json:"target"`
	Outcome struct {
		Result string `json:"result"`
	} `json:"outcome"`
}

type oktaParty struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type oktaTarget struct {
	oktaParty
	AlternateID string `json:"alternateId"`
}

// maxLogin is well above the 100 characters that Okta lets a login have.
const maxLogin = 256

// login is the account's login; one that is no login is left out, and the account's id says who it is.
func (t oktaTarget) login() string {
	if len(t.AlternateID) > maxLogin {
		return ""
	}
	return t.AlternateID
}

func (o okta) asks(_ *http.Request, body []byte) ([]activities.Ask, error) {
	var d oktaDelivery
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, errors.New("the body is no event hook delivery of Okta's documented form")
	}
	var out []activities.Ask
	var bad []error
	for _, e := range d.Data.Events {
		ask, ok, err := o.ask(e)
		if err != nil {
			bad = append(bad, err)
		}
		if ok {
			out = append(out, ask)
		}
	}
	if len(out) > 0 { // one event that cannot be read must not cost the others
		return out, nil
	}
	return nil, errors.Join(bad...)
}

// ask makes an offboarding of a deactivation that somebody else did, successfully. Tenure's own deactivations come
// back as events too: they are echoes.
func (o okta) ask(e oktaEvent) (activities.Ask, bool, error) {
	failed := e.Outcome.Result != "" && e.Outcome.Result != "SUCCESS"
	if e.Type != oktaDeactivated || failed || slices.Contains(o.own, e.Actor.ID) {
		return activities.Ask{}, false, nil
	}
	for _, t := range e.Target {
		if t.Type != "User" {
			continue
		}
		if e.UUID == "" || !plainID.MatchString(t.ID) {
			break
		}
		return activities.Ask{Key: keyOf("okta", e.UUID), Verb: activities.VerbOffboard, Actor: "okta:hook", Who: t.login(), Account: t.ID,
			Reason: "deactivated in Okta by " + e.Actor.words()}, true, nil
	}
	return activities.Ask{}, false, errors.New("a deactivation names no event id or no user")
}

var oktaWord = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// words names who did it by type and id alone.
func (p oktaParty) words() string {
	if !oktaWord.MatchString(p.ID) {
		return "somebody unnamed"
	}
	if !oktaWord.MatchString(p.Type) {
		return p.ID
	}
	return p.Type + " " + p.ID
}
