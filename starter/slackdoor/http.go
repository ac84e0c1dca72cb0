package slackdoor

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The paths of [Door.Handler].
const (
	PathCommands     = "/slack/commands"
	PathInteractions = "/slack/interactions"
	PathEvents       = "/slack/events" // Slack's check of the address, and events, which Tenure asks for none of
)

const (
	maxBody = 256 << 10
	// window is how old or how far ahead a request's time stamp may be.
	window = 5 * time.Minute
	// readWithin is how long a body may take: Slack waits 3 s for the answer.
	readWithin = 2 * time.Second

	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// Handler takes commands, presses and forms that Slack sends over HTTP instead of Socket Mode. Whoever cannot prove to
// be Slack gets 401 and learns nothing else. Without a signing secret there is nothing here.
func (d *Door) Handler() http.Handler {
	if len(d.secret) == 0 {
		return http.NotFoundHandler()
	}
	mux := http.NewServeMux()
	mux.Handle(PathCommands, d.proven(formType, d.takeCommand))
	mux.Handle(PathInteractions, d.proven(formType, d.takeInteraction))
	mux.Handle(PathEvents, d.proven(jsonType, takeEvent))
	return mux
}

// take handles the body of a proven request. delivery is the request's own id.
type take func(ctx context.Context, body []byte, delivery string) (outcome, error)

// proven lets requests from Slack through. What costs nothing is looked at first: a stranger's request ends before its
// body is read, or at the latest at maxBody bytes.
func (d *Door) proven(contentType string, next take) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, status := d.present(r, contentType)
		if status != 0 {
			refuse(w, status)
			return
		}
		body, status := readBody(w, r)
		if status != 0 {
			refuse(w, status)
			return
		}
		if !p.proves(d.secret, body) || !d.seen.first(p.signature, d.now(), 2*window) {
			refuse(w, http.StatusUnauthorized)
			return
		}
		out, err := next(r.Context(), body, hex.EncodeToString(p.signature[:]))
		if err != nil {
			d.log.Warn("slack: a proven request could not be read", "path", r.URL.Path)
			refuse(w, http.StatusBadRequest)
			return
		}
		out.write(w)
		out.finish(r.Context())
	})
}

// proof is what a request's headers say it is proven by.
type proof struct {
	stamp     string
	signature [sha256.Size]byte
}

// present looks at everything but the body. status is 0 when nothing speaks against reading on.
func (d *Door) present(r *http.Request, contentType string) (p proof, status int) {
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	signature, ok := strings.CutPrefix(r.Header.Get("X-Slack-Signature"), "v0=")
	p.stamp = r.Header.Get("X-Slack-Request-Timestamp")
	switch {
	case r.Method != http.MethodPost:
		return p, http.StatusMethodNotAllowed
	case r.ContentLength > maxBody:
		return p, http.StatusRequestEntityTooLarge
	case !ok || len(signature) != hex.EncodedLen(sha256.Size) || !d.fresh(p.stamp):
		return p, http.StatusUnauthorized
	case err != nil || given != contentType:
		return p, http.StatusUnsupportedMediaType
	}
	if _, err := hex.Decode(p.signature[:], []byte(signature)); err != nil {
		return p, http.StatusUnauthorized
	}
	return p, 0
}

// fresh says whether a time stamp (Unix seconds) is within the window.
func (d *Door) fresh(stamp string) bool {
	if len(stamp) < 1 || len(stamp) > 12 || stamp[0] < '0' || stamp[0] > '9' {
		return false
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	return err == nil && d.now().Sub(time.Unix(seconds, 0)).Abs() <= window
}

// proves compares in constant time.
func (p proof) proves(secret, body []byte) bool {
	mac := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(mac, "v0:"+p.stamp+":") // a hash never fails
	_, _ = mac.Write(body)
	return hmac.Equal(mac.Sum(nil), p.signature[:])
}

// readBody reads a body of at most maxBody bytes in at most readWithin.
func readBody(w http.ResponseWriter, r *http.Request) (body []byte, status int) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(readWithin)) // not every writer can; the server's own timeout holds then
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return nil, http.StatusBadRequest
	}
	return body, 0
}

func refuse(w http.ResponseWriter, status int) {
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	http.Error(w, http.StatusText(status), status)
}

func (d *Door) takeCommand(ctx context.Context, body []byte, delivery string) (outcome, error) {
	c, err := readCommandForm(body)
	if c.SSLCheck {
		return outcome{}, nil // Slack looks whether the address answers
	}
	if err != nil {
		return outcome{}, err
	}
	return d.command(ctx, c, delivery), nil
}

func (d *Door) takeInteraction(ctx context.Context, body []byte, delivery string) (outcome, error) {
	in, err := readInteractionForm(body)
	if err != nil {
		return outcome{}, err
	}
	return d.interaction(ctx, in, delivery), nil
}

// takeEvent answers Slack's check of the address. Tenure subscribes to no events.
func takeEvent(_ context.Context, body []byte, _ string) (outcome, error) {
	var event struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	if json.Unmarshal(body, &event) != nil {
		return outcome{}, errUnread
	}
	if event.Type != "url_verification" {
		return outcome{}, nil
	}
	return outcome{body: map[string]string{"challenge": event.Challenge}}, nil
}

// write acknowledges over HTTP, whole, before anything else is done.
func (o outcome) write(w http.ResponseWriter) {
	body := o.json()
	if body != nil {
		w.Header().Set("Content-Type", jsonType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // Slack that went away shows the person an error
	_ = http.NewResponseController(w).Flush()
}

// json is the acknowledgement's body; nil for an empty one.
func (o outcome) json() []byte {
	if o.body == nil {
		return nil
	}
	b, err := json.Marshal(o.body)
	if err != nil { // maps of strings
		panic("slackdoor: " + err.Error())
	}
	return b
}

// finish does what is left when the payload is acknowledged, also when Slack has closed the connection.
func (o outcome) finish(ctx context.Context) {
	if o.later == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), laterWithin)
	defer cancel()
	o.later(ctx)
}
