package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tenure/activities"
)

// EasyPost signs the raw body; the signature holds no time, so an old delivery can be played again. The key of its ask
// is the event's id, by which the inbox knows it.
const (
	easyPostHeader = "X-Hmac-Signature"
	easyPostPrefix = "hmac-sha256-hex="
)

type easyPost struct{ key []byte }

// newEasyPost decomposes the secret (NFKD) before it becomes the key, as EasyPost does.
func newEasyPost(secret string) easyPost { return easyPost{key: []byte(norm.NFKD.String(secret))} }

func (easyPost) claims(r *http.Request) bool {
	return looksSigned(r.Header.Values(easyPostHeader), easyPostPrefix)
}

func (e easyPost) proves(r *http.Request, body []byte) bool {
	return signed(e.key, body, easyPostPrefix, r.Header.Get(easyPostHeader))
}

// looksSigned says whether there is one signature, and of the right shape.
func looksSigned(values []string, prefix string) bool {
	return len(values) == 1 && strings.HasPrefix(values[0], prefix) && len(values[0]) == len(prefix)+hex.EncodedLen(sha256.Size)
}

// signed says whether the signature is that of the body: the prefix and an HMAC-SHA256 in lower-case hex.
func signed(key, body []byte, prefix, signature string) bool {
	if len(key) == 0 {
		return false // anybody could sign with an empty key
	}
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(body)
	return hmac.Equal([]byte(prefix+hex.EncodeToString(mac.Sum(nil))), []byte(signature))
}

// easyPostEvent is what Tenure reads of an event. The tracker's state in it is not taken over: deliveries are late,
// repeated and out of order, so whoever is nudged reads the tracker at EasyPost.
type easyPostEvent struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	Result      struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	} `json:"result"`
}

// asks of a tracker's event is one nudge. A hook gets the events of everything in the account; the rest is ignored.
func (easyPost) asks(_ *http.Request, body []byte) ([]activities.Ask, error) {
	var head struct {
		Description string `json:"description"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, errors.New("the body is no JSON object with a description")
	}
	if !strings.HasPrefix(head.Description, "tracker.") {
		return nil, nil
	}
	var e easyPostEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errors.New("an event about a tracker has another form than documented")
	}
	if e.ID == "" || !plainID.MatchString(e.Result.ID) {
		return nil, errors.New("an event about a tracker names no event id or no tracker id")
	}
	return []activities.Ask{{Key: keyOf("easypost", e.ID), Verb: activities.VerbShipmentMoved, Actor: "easypost:webhook", Tracker: e.Result.ID}}, nil
}
