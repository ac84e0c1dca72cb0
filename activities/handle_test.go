package activities_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/plan"
)

func TestBind_CarriesTheHandle(t *testing.T) {
	called := false
	b := activities.OktaCutAccess.Bind(func(context.Context, activities.Perform) (activities.Outcomes, error) {
		called = true
		return activities.Outcomes{}, nil
	})
	require.Equal(t, "okta.CutAccess", b.Name)
	require.Equal(t, activities.QueueOkta, b.Queue)
	require.Equal(t, activities.Contain, b.Kind)
	_, err := b.Func.(func(context.Context, activities.Perform) (activities.Outcomes, error))(t.Context(), activities.Perform{})
	require.NoError(t, err)
	require.True(t, called)
}

func TestAll_NamesAreUniqueAndWellFormed(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[A-Z][A-Za-z]+$`)
	queues := map[string]bool{}
	seen := map[string]bool{}
	for _, h := range activities.All() {
		require.False(t, seen[h.Name], "%s is defined twice", h.Name)
		seen[h.Name] = true
		require.Regexp(t, form, h.Name)
		require.NotZero(t, h.Kind, h.Name)
		queues[h.Queue] = true
		if system, _, _ := strings.Cut(h.Name, "."); h.Queue != activities.QueueLifecycle {
			require.Equal(t, h.Queue, system, "%s runs on the queue of its system", h.Name)
		}
	}
	require.Len(t, queues, 9, "every queue has work")
}

// A handle written out by hand would be missing in All.
func TestHandles_AreDefinedAndNeverWrittenOut(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	literal := regexp.MustCompile(`\bActivity\[[^\]]*\]\{`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		n := len(literal.FindAll(text, -1))
		if name == "handle.go" {
			n-- // define's own
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		require.Zero(t, n, "%s writes a handle out; use define, reads or evidenced", name)
	}
}

func TestStates_SayWhatCameOfTheirStep(t *testing.T) {
	o := activities.Outcome{Step: "x.y", State: plan.Verified}
	for _, e := range []activities.Evidenced{
		activities.Outcomes{Steps: []activities.Outcome{o}}, activities.TransferState{Outcome: o}, activities.LockState{Outcome: o}, activities.BoxState{Outcome: o},
	} {
		require.Equal(t, []activities.Outcome{o}, e.StepOutcomes())
	}
}

func TestInputs_KnowTheirCase(t *testing.T) {
	ref := activities.CaseRef{Case: "offboard/E1042", Run: "r", Employee: "E1042", Actor: "cli:jo"}
	perform := activities.Perform{CaseRef: ref}
	for _, in := range []activities.CaseBound{perform, activities.DelegateMailbox{Perform: perform}, activities.LockComputer{CaseRef: ref},
		activities.OrderBox{CaseRef: ref}, activities.Decision{CaseRef: ref}} {
		require.Equal(t, ref, in.CaseOf())
	}
}

func TestBegan_IsTheLaterOfOpenedAndEffective(t *testing.T) {
	opened := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name      string
		effective time.Time
		want      time.Time
	}{
		{"leaves later", opened.Add(time.Hour), opened.Add(time.Hour)},
		{"HR was late", opened.Add(-time.Hour), opened},
		{"at once", time.Time{}, opened},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, activities.CaseView{Opened: opened, Effective: c.effective}.Began())
		})
	}
}

func TestLasting(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 2340 * time.Millisecond: "2.3 s", 45 * time.Second: "45 s", 45 * time.Minute: "45 min",
		5 * time.Hour: "5 h", 60 * 24 * time.Hour: "60 days",
	} {
		require.Equal(t, want, activities.Lasting(d))
	}
}
