package webhooks

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"

	"tenure/activities"
)

const (
	// maxBody bounds a delivery. The largest, a Jira issue or a tracker with all its scans, is well below.
	maxBody = 1 << 20
	// atOnce is how many deliveries of one vendor are read at a time; more are told to come again. So strangers at
	// one door hold at most so many bodies in memory, and keep no other door busy.
	atOnce = 32
	// slackAtOnce leaves room for people who press buttons.
	slackAtOnce = 64
)

// vendor is what is particular to one door.
type vendor interface {
	// claims says, from the request without its body, whether it looks like the vendor's: the cheapest refusal.
	claims(*http.Request) bool
	// proves says whether the request with this body is the vendor's, in constant time.
	proves(r *http.Request, body []byte) bool
	// asks understands a proven body. What is of no concern gives no ask and no error.
	asks(r *http.Request, body []byte) ([]activities.Ask, error)
}

// door takes one vendor's deliveries in.
func (s *Server) door(name string, v vendor) http.Handler {
	slots := make(chan struct{}, atOnce)
	if s.slots == nil {
		s.slots = map[string]chan struct{}{}
	}
	s.slots[name] = slots // the doors are made before the first request
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !v.claims(r) {
			refuse(w)
			return
		}
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			busy(w)
			return
		}
		body, ok := read(w, r)
		if !ok {
			return
		}
		if !v.proves(r, body) {
			s.cfg.Logger.Debug("a delivery without proof was refused", "Door", name)
			refuse(w)
			return
		}
		s.take(w, r, name, v, body)
	})
}

// read reads a bounded body and answers itself when it cannot.
func read(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if r.ContentLength > maxBody {
		w.Header().Set("Connection", "close")
		say(w, http.StatusRequestEntityTooLarge)
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		say(w, http.StatusRequestEntityTooLarge)
	case err != nil:
		say(w, http.StatusBadRequest)
	}
	return body, err == nil
}

// take understands a proven delivery and keeps what it asks.
func (s *Server) take(w http.ResponseWriter, r *http.Request, name string, v vendor, body []byte) {
	log := s.cfg.Logger.With("Door", name)
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		log.Warn("a delivery is not of type application/json; a proxy in front of Tenure may have changed it")
		say(w, http.StatusUnsupportedMediaType)
		return
	}
	asks, err := v.asks(r, body)
	if err != nil {
		log.Warn("a delivery could not be read; what it says is found by the slower poll", "error", err)
		say(w, http.StatusBadRequest)
		return
	}
	// The vendor may hang up; what it delivered is kept all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), keepWithin)
	defer cancel()
	for _, ask := range asks {
		ask.Received = s.cfg.Now().UTC()
		if _, err := s.cfg.Inbox.Accept(ctx, ask); err != nil {
			log.Error("a delivery could not be kept; the vendor is asked to deliver it again", "Key", ask.Key, "error", err)
			busy(w)
			return
		}
	}
	say(w, http.StatusOK)
}

// refuse is the one answer to whoever proves nothing. The rest of the body is not waited for.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	say(w, http.StatusUnauthorized)
}

// busy asks the vendor to deliver again.
func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "5")
	say(w, http.StatusServiceUnavailable)
}

// bounded puts the bounds of the other doors around a handler that proves its requests itself.
func bounded(h http.Handler) http.Handler {
	slots := make(chan struct{}, slackAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			busy(w)
			return
		}
		if r.ContentLength > maxBody {
			w.Header().Set("Connection", "close")
			say(w, http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		h.ServeHTTP(w, r)
	})
}

// same compares two texts in a time that depends on neither.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// keyOf is the key of an ask: the door and the vendor's own id, or that id's hash where it is written in letters that
// a key cannot hold.
func keyOf(door, id string) string {
	if !plainID.MatchString(id) {
		sum := sha256.Sum256([]byte(id))
		id = hex.EncodeToString(sum[:16])
	}
	return door + ":" + id
}
