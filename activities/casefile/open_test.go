package casefile_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
)

// A profile that HR's system no longer has keeps its last record. It is no colleague who could be shut out.
func TestOpen_AddressOfAMissingProfile_IsNotAmbiguous(t *testing.T) {
	twin := somebody("E4", "")
	twin.Email = "e3@example.com"
	o := newOffice(t, append(company(), twin)...)
	if _, err := o.Open(t.Context(), opening("E3")); err == nil {
		t.Fatal("opened while a colleague has the same address")
	}
	if _, err := o.store.Apply(t.Context(), company(), scanned.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Open(t.Context(), opening("E3")); err != nil {
		t.Error(err)
	}
}

func TestAlarm_SaysWhereWhatAndWhatNow(t *testing.T) {
	o := newOffice(t)
	o.policy.Slack.Channel = "C0IT"
	in := activities.CaseTrouble{Case: "offboard/E3", Run: "r1", Employee: "E3", Actor: "namely:watch", Problem: activities.Ambiguous, Text: "two have one address", Mend: "correct it"}
	got, err := o.Alarm(t.Context(), in)
	if err != nil || got.Channel != "C0IT" || !got.Alarm || got.Key != "open/offboard/E3/r1/"+activities.Ambiguous {
		t.Errorf("%+v, %v", got, err)
	}
	for _, w := range []string{"E3", "cannot begin", "two have one address", "correct it", "namely:watch", "rescind"} {
		if !strings.Contains(got.Title+" "+got.Text, w) {
			t.Errorf("%q does not say %q", got.Title+" "+got.Text, w)
		}
	}
	in.Problem = activities.Unavailable
	if away, err := o.Alarm(t.Context(), in); err != nil || away.Key == got.Key || !strings.Contains(away.Text, "keeps trying") {
		t.Errorf("%+v, %v", away, err)
	}
}

func TestAlarm_SaysWhatIsNotDone(t *testing.T) {
	o := newOffice(t)
	for process, want := range map[string]string{"offboard": "access is not ended", "onboard": "no account is made", "move": "stay as they are", "leave": "sign-in is not paused"} {
		a, err := o.Alarm(t.Context(), activities.CaseTrouble{Case: process + "/E1", Employee: "E1", Problem: activities.NotFound})
		if err != nil || !strings.Contains(a.Title, want) {
			t.Errorf("%s: %q, %v", process, a.Title, err)
		}
	}
}
