package store

import (
	"context"
	"time"

	"tenure/internal/employee"
)

// overtaken refuses a reading that began before the last one that was applied did.
func (c scan) overtaken(ctx context.Context) error {
	var last employee.Mark
	_, err := getWatch(ctx, c.tx, watchMark, &last)
	if err == nil && !c.reading.Began.IsZero() && c.reading.Began.Before(last.Began) {
		return employee.ErrOvertaken
	}
	return err
}

// put has somebody stay as they are stored.
func (c scan) put(was storedPerson) {
	kept := entry{was.Employee, was.record, was.number}
	if !was.found {
		kept.number = c.read[was.ProfileID].number
	}
	c.read[was.ProfileID] = kept
}

// staleFor is how long a record that is older than the one that is stored is not read. A copy of HR's data that lags
// behind catches up within minutes; a record that stays older was put back on purpose, from a backup perhaps.
const staleFor = time.Hour

// stale is a record that is older than the stored one, and since when it is shown.
type stale struct {
	UpdatedAt time.Time `json:"updatedAt"`
	Since     time.Time `json:"since"`
}

// newest keeps what is stored of everybody whose record HR edited last before that: taken for news, an old reading would
// undo what happened since, and do it again with the next one.
func (c scan) newest(ctx context.Context, before snapshot, read []employee.Employee) ([]employee.Employee, error) {
	var known map[string]stale
	if _, err := getWatch(ctx, c.tx, watchStale, &known); err != nil {
		return nil, err
	}
	now := map[string]stale{}
	out := make([]employee.Employee, len(read))
	for i, e := range read {
		out[i] = e
		was, there := before[e.ProfileID]
		if !there || e.UpdatedAt.IsZero() || !e.UpdatedAt.Before(was.UpdatedAt) {
			continue
		}
		s, again := known[e.ProfileID]
		if !again || !s.UpdatedAt.Equal(e.UpdatedAt) {
			s = stale{e.UpdatedAt, c.at}
		}
		if c.at.Sub(s.Since) < staleFor {
			now[e.ProfileID], out[i] = s, was.Employee
			c.put(was)
		}
	}
	if len(now) == 0 && len(known) == 0 {
		return out, nil
	}
	return out, putWatch(ctx, c.tx, watchStale, now)
}
