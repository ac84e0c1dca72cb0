package jirasim

import (
	"slices"
	"time"
)

// revision is an issue's fields as they became at one moment. The index shows the last revision that is older than
// its delay: a new issue is not found yet, a changed one is found as it was.
type revision struct {
	At time.Time `json:"at"`
	Fields
}

func (s *Simulator) delay() time.Duration {
	switch {
	case s.IndexDelay < 0:
		return 0
	case s.IndexDelay == 0:
		return DefaultIndexDelay
	}
	return s.IndexDelay
}

// index notes the issue's fields as they are now and forgets what nobody can see any more.
func (s *Simulator) index(i *Issue) {
	if seen := s.visibleAt(i); seen > 0 {
		i.Index = slices.Delete(i.Index, 0, seen)
	}
	i.Index = append(i.Index, revision{At: s.Now(), Fields: i.Fields.clone()})
}

// visibleAt is the place of the revision the index shows, or -1.
func (s *Simulator) visibleAt(i *Issue) int {
	horizon := s.Now().Add(-s.delay())
	at := -1
	for n, r := range i.Index {
		if !r.At.After(horizon) {
			at = n
		}
	}
	return at
}

// indexed is what the index shows of an issue, and since when it was so, unless fresh asks for what is stored.
func (s *Simulator) indexed(i *Issue, fresh bool) (f Fields, updated time.Time, found bool) {
	if fresh {
		return i.Fields, i.Updated, true
	}
	at := s.visibleAt(i)
	if at < 0 {
		return Fields{}, time.Time{}, false
	}
	return i.Index[at].Fields, i.Index[at].At, true
}
