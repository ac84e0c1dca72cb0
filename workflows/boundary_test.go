package workflows_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/internal/policy"
	"tenure/simulators/kit"
	"tenure/simulators/world"
)

// brisk shortens what takes long without taking anything away: a lease of five days, a watch of three, parcels that
// arrive within two.
func brisk(s *stage) {
	s.policy.Offboard.Delegation.Lasts = policy.Days(5)
	s.policy.Offboard.Delegation.RemindBefore = []policy.Span{policy.Days(1)}
	s.policy.Offboard.Watch.Lasts = policy.Days(3)
	s.config.Pace.Parcel = 12 * time.Hour
}

// boundary is one route of a vendor that takes more than a GET.
type boundary struct {
	system, method, path string
	harmless             bool
}

// boundaries lists every such route that a case calls in which nothing goes wrong, sign-ins included.
func boundaries(t *testing.T) []boundary {
	t.Helper()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.proved(s.play())
	var out []boundary
	for _, system := range world.Vendors() {
		for _, c := range s.world.Kits()[system].Calls() {
			b := boundary{system, c.Method, c.Path, harmless(c)}
			if c.Method != http.MethodGet && !slices.Contains(out, b) {
				out = append(out, b)
			}
		}
	}
	return out
}

// A worker that dies and an answer that is lost look alike to the next attempt: either the effect is there or it is
// not, and nobody said which.
func TestOffboard_AnswerLostAtAnyCall_EndsProvedAndNothingHappensTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("plays the whole case twice for every call that changes something")
	}
	t.Parallel()
	for _, b := range boundaries(t) {
		for _, drop := range []kit.Drop{kit.DropAfter, kit.DropBefore} {
			if b.harmless && drop == kit.DropBefore {
				continue // without an effect the two are one
			}
			t.Run(string(drop)+" "+b.system+" "+b.method+" "+strings.Trim(b.path, "/"), func(t *testing.T) {
				t.Parallel()
				s := newStage(t, brisk)
				s.receive(4 * day)
				s.world.Kits()[b.system].Inject(kit.Fault{Method: b.method, Path: b.path, Times: 1, Drop: drop})
				s.proved(s.play())
				s.once()
				s.lostOne(b)
			})
		}
	}
}

// lostOne checks that the answer was lost indeed.
func (s *stage) lostOne(b boundary) {
	s.Helper()
	if !slices.ContainsFunc(s.world.Kits()[b.system].Calls(), func(c kit.Call) bool { return c.Path == b.path && c.Method == b.method && c.Status == 0 }) {
		s.Error("no answer was lost: the route was never called")
	}
}
