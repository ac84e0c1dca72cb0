package store

import (
	"testing"
	"time"

	"tenure/internal/employee"
)

func TestRaise_LetsOneBatchThrough(t *testing.T) {
	w := watch(t, 200)
	ask := RaiseAsk{People: 30, Lasts: 4 * time.Hour, By: "cli:jo", Reason: "the office closes", At: w.now}
	r, open, err := w.Raise(t.Context(), ask)
	if err != nil || open || r.State != employee.RaiseAsked {
		t.Fatalf("%+v, %v, %v", r, open, err)
	}
	_, _, err = w.Raise(t.Context(), RaiseAsk{Nonce: r.Asked.Nonce, By: "cli:jo", At: w.now})
	refusedAs(t, err, RefusedPerson, "cannot confirm")
	_, _, err = w.Raise(t.Context(), RaiseAsk{Nonce: "00000000", By: "cli:kim", At: w.now})
	refusedAs(t, err, RefusedConflict, "not asked for any more")
	for range 2 { // tried twice
		if r, open, err = w.Raise(t.Context(), RaiseAsk{Nonce: r.Asked.Nonce, By: "cli:kim", At: w.now}); err != nil || !open || !r.Until.Equal(w.now.Add(4*time.Hour)) {
			t.Fatalf("%+v, %v, %v", r, open, err)
		}
	}
	_, _, err = w.Raise(t.Context(), RaiseAsk{People: 40, Lasts: time.Hour, By: "cli:lee", At: w.now})
	refusedAs(t, err, RefusedConflict, "open until")

	w.edit(0, 31, inactive) // one too many
	if sum := w.scan(); sum.Held != 31 {
		t.Errorf("%+v", sum)
	}
	w.now = w.now.Add(2 * time.Hour)
	w.edit(40, 70, inactive)
	if sum := w.scan(); sum.Held != 0 || sum.Events != 30 {
		t.Errorf("%+v", sum)
	}
	w.edit(80, 110, inactive) // it is used up
	if sum := w.scan(); sum.Held != 30 || sum.Batch != "B2" {
		t.Errorf("%+v", sum)
	}
	if r, err := w.CurrentRaise(t.Context(), w.now); err != nil || r != nil {
		t.Errorf("%+v, %v", r, err)
	}
	records, err := w.CaseEvidence(t.Context(), "raise/R1")
	if err != nil || len(records) != 3 || len(records[2].Items) != 30 {
		t.Errorf("evidence %+v, %v", records, err)
	}
}

// Who has left, and whom HR does not show any more, makes no company larger.
func TestRaise_CountsThoseWhoWork(t *testing.T) {
	w := watch(t, 20)
	for i := range 10 {
		w.now = w.now.Add(2 * time.Hour)
		w.edit(i, i+1, inactive)
		w.scan()
	}
	w.people = w.people[:18]
	w.scan()
	_, _, err := w.Raise(t.Context(), RaiseAsk{People: 5, Lasts: time.Hour, By: "cli:jo", At: w.now})
	refusedAs(t, err, RefusedInput, "8 work here")
	if _, _, err := w.Raise(t.Context(), RaiseAsk{People: 4, Lasts: time.Hour, By: "cli:jo", At: w.now}); err != nil {
		t.Error(err)
	}
}

func TestRaise_Refusals(t *testing.T) {
	w := watch(t, 200)
	for _, c := range []struct {
		in   RaiseAsk
		word string
	}{
		{RaiseAsk{People: 30, Lasts: time.Hour}, "who asks"},
		{RaiseAsk{People: 1, Lasts: time.Hour, By: "cli:jo"}, "1 people"},
		{RaiseAsk{People: 101, Lasts: time.Hour, By: "cli:jo"}, "200 work here"},
		{RaiseAsk{People: 30, Lasts: time.Minute, By: "cli:jo"}, "for 1m"},
		{RaiseAsk{People: 30, Lasts: 1000 * time.Hour, By: "cli:jo"}, "for 1000h"},
	} {
		c.in.At = w.now
		_, _, err := w.Raise(t.Context(), c.in)
		refusedAs(t, err, RefusedInput, c.word)
	}
	// Another figure is another raise, which begins anew.
	a, _, err := w.Raise(t.Context(), RaiseAsk{People: 30, Lasts: time.Hour, By: "cli:jo", At: w.now})
	if err != nil {
		t.Fatal(err)
	}
	b, open, err := w.Raise(t.Context(), RaiseAsk{People: 40, Lasts: time.Hour, By: "cli:kim", At: w.now})
	if err != nil || open || b.ID == a.ID {
		t.Errorf("%+v, %v, %v", b, open, err)
	}
	// An hour after it was opened it is over.
	if _, open, err = w.Raise(t.Context(), RaiseAsk{People: 40, Lasts: time.Hour, By: "cli:jo", At: w.now}); err != nil || !open {
		t.Fatalf("%v, %v", open, err)
	}
	w.now = w.now.Add(time.Hour)
	w.edit(0, 30, inactive)
	if sum := w.scan(); sum.Held != 30 {
		t.Errorf("%+v", sum)
	}
}
