package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/internal/employee"
)

// Decision is what one person says about a batch: release or reject these people (Only), or all but these (Except).
// With a nonce and no list it confirms the proposal that showed the nonce.
type Decision struct {
	By     string      // "cli:jo"
	Person employee.ID // who stands behind By, where known
	Verb   employee.BatchVerb
	Only   []employee.ID
	Except []employee.ID
	Reason string
	Nonce  string
	At     time.Time
	// OneCLIVoice refuses a second voice that speaks at the command line like the first: who speaks there is only said.
	OneCLIVoice bool
}

// sameVoice refuses a second voice at the command line.
func sameVoice(by, first string) error {
	if !strings.HasPrefix(by, atCLI) || !strings.HasPrefix(first, atCLI) {
		return nil
	}
	return refused(RefusedPerson, "have the second person confirm it in Slack (or let the policy say access.cli_decides: any)",
		"%s and %s both speak at the command line, where who speaks is only said", first, by)
}

// atCLI begins the actors of the command line.
const atCLI = "cli:"

// Decided is what came of a [Decision].
type Decided struct {
	Batch employee.Batch
	// Done says that it was carried out; otherwise Batch.Proposal waits for a second person.
	Done bool
	// Replaced is the proposal that this one took the place of.
	Replaced *employee.Proposal
}

// DecideBatch takes a decision. The first person's word is a proposal for a list of people; when a second, different
// person says the same of exactly that list, it is done: with release these people's events can be dispatched and the
// others' never will be; with reject these people's never will be and the others stay held. Another list is another
// proposal. Saying the same again changes nothing. The error is a *[Refused] or [ErrNotFound].
func (s *Store) DecideBatch(ctx context.Context, id string, d Decision) (Decided, error) {
	var out Decided
	err := s.write(ctx, func(tx *sql.Tx) error {
		b, seq, err := readBatch(ctx, tx, id)
		if err != nil {
			return err
		}
		if out.Batch = b; d.settled(b) {
			out.Done = true
			return nil
		}
		if err := d.check(b); err != nil {
			return err
		}
		people, err := d.list(b)
		if err != nil {
			return err
		}
		p := b.Proposal
		switch {
		case p == nil || p.Verb != d.Verb || !slices.Equal(p.People, people):
			out.Replaced = p
			return s.proposeFor(ctx, tx, seq, &out.Batch, people, d)
		case !employee.SamePerson(d.By, d.Person, p.By, p.Person):
			if err := sameVoice(d.By, p.By); err != nil && d.OneCLIVoice {
				return err
			}
			out.Done = true
			return s.carryOut(ctx, tx, seq, &out.Batch, d)
		case d.Nonce != "":
			return refused(RefusedPerson, "a second, different person must confirm it", "%s asked for this and cannot confirm it", d.By)
		}
		return nil // said twice
	})
	if err != nil {
		return Decided{}, err
	}
	return out, nil
}

// settled says whether this very word was heard and acted upon already: an activity may be tried twice.
func (d Decision) settled(b employee.Batch) bool {
	p := b.Decided
	return p != nil && p.Confirmed == d.By && p.Verb == d.Verb && p.ConfirmedAt.Equal(d.At) && (d.Nonce == "" || d.Nonce == p.Nonce)
}

// check refuses what cannot be decided: for how the batch stands, for who asks, for what was shown.
func (d Decision) check(b employee.Batch) error {
	byHand := "start the case of each person who really left by hand: tenure offboard"
	switch {
	case d.By == "":
		return refused(RefusedInput, "say who asks", "a decision about %s lacks who asks for it", b.ID)
	case d.Verb != employee.ReleaseBatch && d.Verb != employee.RejectBatch:
		return refused(RefusedInput, "release or reject it", "%q is nothing that can be asked of %s", d.Verb, b.ID)
	case b.State == employee.BatchExpired:
		return refused(RefusedConflict, byHand, "%s expired at %s; nothing in it will run", b.ID, b.Closed.UTC().Format(time.RFC3339))
	case b.State != employee.BatchHeld:
		return refused(RefusedConflict, "see `tenure batch show "+b.ID+"`", "%s is %s already", b.ID, b.State)
	case !d.At.Before(b.Expires):
		return refused(RefusedConflict, byHand, "the time of %s was over at %s", b.ID, b.Expires.UTC().Format(time.RFC3339))
	case slices.ContainsFunc(b.People, func(p employee.BatchPerson) bool { return p.Employee == d.Person }):
		return refused(RefusedPerson, "somebody who is not in it must decide", "%s is in %s and cannot decide on it", d.By, b.ID)
	case len(d.Only) > 0 && len(d.Except) > 0:
		return refused(RefusedInput, "give one of the two lists", "%s: both who is meant and who is not were named", b.ID)
	case d.Nonce != "" && (b.Proposal == nil || b.Proposal.Nonce != d.Nonce):
		return refused(RefusedConflict, "look at it again (`tenure batch show "+b.ID+"`) and confirm what is asked for now", "what was asked for %s when you were shown %s is not asked for any more", b.ID, d.Nonce)
	case d.Nonce != "" && b.Proposal.Verb != d.Verb:
		return refused(RefusedConflict, "look at it again", "%s is asked to be %s, not to be %s", b.ID, past[b.Proposal.Verb], past[d.Verb])
	}
	return nil
}

// list is who is meant, by id.
func (d Decision) list(b employee.Batch) ([]employee.ID, error) {
	switch {
	case len(d.Only) > 0:
		return named(b, d.Only)
	case len(d.Except) > 0:
		return spare(b, d.Except)
	case d.Nonce != "":
		return b.Proposal.People, nil
	case d.Verb == employee.RejectBatch:
		return b.Held(), nil // nobody is harmed by a list that is too long
	}
	return nil, refused(RefusedInput, "name them, or those who are not meant: nobody is released by a slip of the hand", "%s: it is not said who is to be released", b.ID)
}

// spare is everybody who is held but these.
func spare(b employee.Batch, list []employee.ID) ([]employee.ID, error) {
	spared, err := named(b, list)
	if err != nil {
		return nil, err
	}
	rest := slices.DeleteFunc(b.Held(), func(id employee.ID) bool { return slices.Contains(spared, id) })
	if len(rest) == 0 {
		return nil, refused(RefusedInput, "reject the batch instead", "nobody of %s is left", b.ID)
	}
	return rest, nil
}

var past = map[employee.BatchVerb]string{employee.ReleaseBatch: "released", employee.RejectBatch: "rejected"}

// named is the list without repetition, by id. Everybody must be held in the batch.
func named(b employee.Batch, list []employee.ID) ([]employee.ID, error) {
	held := b.Held()
	var strangers []string
	for _, id := range list {
		if !slices.Contains(held, id) {
			strangers = append(strangers, string(id))
		}
	}
	if len(strangers) > 0 {
		return nil, refused(RefusedInput, "see who is: `tenure batch show "+b.ID+"`", "%s is not held in %s", strings.Join(strangers, ", "), b.ID)
	}
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (s *Store) proposeFor(ctx context.Context, tx *sql.Tx, seq int64, b *employee.Batch, people []employee.ID, d Decision) error {
	nonce, err := newNonce()
	if err != nil {
		return err
	}
	detail := string(d.Verb) + " asked for by " + d.By
	if b.Proposal != nil {
		detail += ", in place of what " + b.Proposal.By + " asked for"
	}
	b.Proposal = &employee.Proposal{Verb: d.Verb, By: d.By, Person: d.Person, People: people, Reason: d.Reason, Nonce: nonce, At: d.At}
	if err := putBody(ctx, tx, putBatch, seq, b.ID, string(b.State), *b); err != nil {
		return err
	}
	return s.note(ctx, tx, *b, "asked/"+nonce, d.By, detail+because(d.Reason), people)
}

func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// carryOut does what two people agreed upon. Whoever HR took back since is not in it any more.
func (s *Store) carryOut(ctx context.Context, tx *sql.Tx, seq int64, b *employee.Batch, d Decision) error {
	p := *b.Proposal
	p.Confirmed, p.ConfirmedPerson, p.ConfirmedAt = d.By, d.Person, d.At
	held := b.Held()
	meant := slices.DeleteFunc(slices.Clone(p.People), func(id employee.ID) bool { return !slices.Contains(held, id) })
	others := slices.DeleteFunc(held, func(id employee.ID) bool { return slices.Contains(meant, id) })
	by := fmt.Sprintf("by %s and %s", p.By, p.Confirmed)
	b.Proposal, b.Decided = nil, &p
	if d.Verb == employee.RejectBatch {
		if err := endHeld(ctx, tx, b, meant, rejected, employee.PersonRejected, "rejected "+by, d.At); err != nil {
			return err
		}
		if len(others) == 0 {
			b.State, b.Closed = employee.BatchRejected, d.At
		}
	} else {
		if err := release(ctx, tx, b, meant, "released "+by); err != nil {
			return err
		}
		if err := endHeld(ctx, tx, b, others, rejected, employee.PersonRejected, "not among those released "+by, d.At); err != nil {
			return err
		}
		b.State, b.Closed = employee.BatchReleased, d.At
	}
	if err := putBody(ctx, tx, putBatch, seq, b.ID, string(b.State), *b); err != nil {
		return err
	}
	detail := fmt.Sprintf("%s confirmed by %s, asked for by %s", d.Verb, d.By, p.By) + because(d.Reason)
	if err := s.note(ctx, tx, *b, "confirmed/"+p.Nonce, d.By, detail, meant); err != nil || d.Verb == employee.RejectBatch || len(others) == 0 {
		return err
	}
	return s.note(ctx, tx, *b, "rejected/"+p.Nonce, d.By, "not among those released: never run", others)
}

// release lets dispatchers see what was held of these people.
func release(ctx context.Context, tx *sql.Tx, b *employee.Batch, people []employee.ID, note string) error {
	err := updateAll(ctx, tx, texts(people), `UPDATE outbox SET state = 'waiting' WHERE batch = $1 AND state = 'held' AND employee_id IN`, b.ID)
	if err != nil {
		return wrap("release events", err)
	}
	for _, id := range people {
		setPerson(b, id, employee.PersonReleased, note)
	}
	return nil
}
