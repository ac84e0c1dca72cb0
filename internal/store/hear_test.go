package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/employee"
)

func TestHear_OnceForEachKey_BehindWhatWaits(t *testing.T) {
	s := fresh(t)
	e := employee.Event{Key: "changed/p1/access/1", Kind: employee.Changed, What: []employee.Class{employee.AccessChanged}, Employee: "E1"}
	require.NoError(t, s.Hear(t.Context(), e))
	require.NoError(t, s.Hear(t.Context(), e))
	other := e
	other.Key = "changed/p1/access/2"
	require.NoError(t, s.Hear(t.Context(), other))
	due, err := s.DueEvents(t.Context(), []employee.EventKind{employee.Changed}, 0, 10)
	require.NoError(t, err)
	require.Len(t, due, 2)
	require.Equal(t, e, due[0].Event)
	require.Equal(t, other.Key, due[1].Event.Key)
}
