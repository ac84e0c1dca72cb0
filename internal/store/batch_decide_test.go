package store

import (
	"testing"
	"time"

	"tenure/internal/employee"
)

func TestDecideBatch_Refusals(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	p := w.decided("B1", Decision{By: "cli:jo", Person: "E100", Only: ids(0, 3), Reason: "three"}).Batch.Proposal
	for _, c := range []struct {
		name string
		d    Decision
		kind RefusedKind
		word string
	}{
		{"nobody asks", Decision{Only: ids(0, 3)}, RefusedInput, "who asks"},
		{"an unknown verb", Decision{By: "cli:kim", Verb: "burn", Only: ids(0, 3)}, RefusedInput, "burn"},
		{"without a list", Decision{By: "cli:kim"}, RefusedInput, "who is to be released"},
		{"both lists", Decision{By: "cli:kim", Only: ids(0, 3), Except: ids(3, 4)}, RefusedInput, "both"},
		{"a stranger", Decision{By: "cli:kim", Only: ids(29, 31)}, RefusedInput, "E30 is not held"},
		{"a stranger spared", Decision{By: "cli:kim", Except: ids(199, 200)}, RefusedInput, "E199"},
		{"nobody left", Decision{By: "cli:kim", Except: ids(0, 30)}, RefusedInput, "reject"},
		{"the same door", Decision{By: "cli:jo", Nonce: p.Nonce}, RefusedPerson, "cannot confirm"},
		{"the same person at another door", Decision{By: "slack:U1", Person: "E100", Nonce: p.Nonce}, RefusedPerson, "cannot confirm"},
		{"somebody in the batch", Decision{By: "slack:U2", Person: "E3", Nonce: p.Nonce}, RefusedPerson, "is in B1"},
		{"an old nonce", Decision{By: "cli:kim", Nonce: "00000000"}, RefusedConflict, "not asked for any more"},
		{"the other verb", Decision{By: "cli:kim", Verb: employee.RejectBatch, Nonce: p.Nonce}, RefusedConflict, "not to be rejected"},
		{"too late", Decision{By: "cli:kim", Nonce: p.Nonce, At: w.now.Add(25 * time.Hour)}, RefusedConflict, "over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.decide("B1", c.d)
			refusedAs(t, err, c.kind, c.word)
		})
	}
	_, err := w.decide("B9", Decision{By: "cli:kim", Only: ids(0, 3)})
	isNotFound(t, err)
	w.wants(map[string]int{held: 30})
}

func TestDecideBatch_AnotherList_ReplacesTheProposal(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	first := w.decided("B1", Decision{By: "cli:jo", Only: ids(0, 30)}).Batch.Proposal
	second := w.decided("B1", Decision{By: "cli:kim", Except: ids(4, 5)})
	if second.Done || second.Replaced == nil || second.Replaced.By != "cli:jo" || second.Batch.Proposal.Nonce == first.Nonce {
		t.Fatalf("%+v", second)
	}
	_, err := w.decide("B1", Decision{By: "cli:lee", Nonce: first.Nonce})
	refusedAs(t, err, RefusedConflict, "not asked for any more")
	// The first person agrees with the second, by naming the same people the other way round.
	if third := w.decided("B1", Decision{By: "cli:jo", Only: append(ids(0, 4), append(ids(5, 30), "E5")...)}); !third.Done {
		t.Errorf("%+v", third)
	}
	w.wants(map[string]int{waiting: 29, rejected: 1})
}

// An activity may be tried again after it was done: the same word gives the same answer and changes nothing.
func TestDecideBatch_SaidTwice_IsDoneOnce(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	ask := Decision{By: "cli:jo", Except: ids(7, 8), At: w.now}
	first, again := w.decided("B1", ask), w.decided("B1", ask)
	if again.Done || again.Batch.Proposal.Nonce != first.Batch.Proposal.Nonce {
		t.Errorf("%+v", again)
	}
	confirm := Decision{By: "cli:kim", Nonce: first.Batch.Proposal.Nonce, At: w.now}
	for range 2 {
		if got := w.decided("B1", confirm); !got.Done || got.Batch.State != employee.BatchReleased {
			t.Errorf("%+v", got)
		}
	}
	w.wants(map[string]int{waiting: 29, rejected: 1})
	_, err := w.decide("B1", Decision{By: "cli:lee", Only: ids(0, 3)})
	refusedAs(t, err, RefusedConflict, "released already")
}

func TestDecideBatch_Reject(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	reject := Decision{By: "cli:jo", Verb: employee.RejectBatch, Only: ids(0, 10)}
	p := w.decided("B1", reject).Batch.Proposal
	some := w.decided("B1", Decision{By: "cli:kim", Verb: employee.RejectBatch, Nonce: p.Nonce})
	if !some.Done || some.Batch.State != employee.BatchHeld || len(some.Batch.Held()) != 20 {
		t.Fatalf("%+v", some)
	}
	w.wants(map[string]int{held: 20, rejected: 10})
	p = w.decided("B1", Decision{By: "cli:jo", Verb: employee.RejectBatch}).Batch.Proposal // all that are left
	if rest := w.decided("B1", Decision{By: "cli:kim", Verb: employee.RejectBatch, Nonce: p.Nonce}); rest.Batch.State != employee.BatchRejected {
		t.Errorf("%+v", rest)
	}
	w.wants(map[string]int{rejected: 30})
}
