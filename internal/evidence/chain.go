package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// The first line of what is hashed. It changes when the encoding does, so that two encodings never collide.
const (
	recordDomain   = "tenure evidence record 1\n"
	personalDomain = "tenure evidence personal 1\n"
)

// MinSalt is the least number of salt bytes [Record.Seal] takes.
const MinSalt = 16

// Seal puts the record behind head: it sets Seq, Prev, the salt and both hashes. The salt must be random and at
// least [MinSalt] bytes long.
func (r Record) Seal(head Head, salt []byte) (Record, error) {
	if len(salt) < MinSalt {
		return Record{}, fmt.Errorf("evidence: salt has %d bytes: give at least %d random ones", len(salt), MinSalt)
	}
	if r.RecordedAt.IsZero() {
		return Record{}, fmt.Errorf("evidence: RecordedAt is not set: give the time of writing")
	}
	r = r.clean()
	r.Seq, r.Prev, r.Erased = head.Count+1, head.Hash, false
	r.Salt = hex.EncodeToString(salt)
	r.PersonalHash = r.personalHash()
	r.Hash = r.chainHash()
	return r, nil
}

// BrokenError names the first record at which a chain does not hold.
type BrokenError struct {
	Seq int64 // number the record carries, or should carry
	Why string
}

// Error names the record and the reason.
func (e *BrokenError) Error() string { return fmt.Sprintf("evidence record %d: %s", e.Seq, e.Why) }

// Verify checks that records are an unbroken piece of one chain in order, and that none was changed. A piece that
// begins with record 1 must begin at [Genesis]; for any other piece the link to what came before it is not known
// and not checked. What Verify cannot see is records cut off at the end: compare the [Head] for that.
func Verify(records []Record) error {
	var v Verifier
	for _, r := range records {
		if err := v.Add(r); err != nil {
			return err
		}
	}
	return nil
}

// Verifier is [Verify] for records that come one by one. Its zero value is ready.
type Verifier struct {
	head    Head
	started bool
}

// Head is where the chain verified so far ends.
func (v *Verifier) Head() Head { return v.head }

// Add checks the next record. The error is a *BrokenError.
func (v *Verifier) Add(r Record) error {
	broken := func(seq int64, format string, args ...any) error {
		return &BrokenError{Seq: seq, Why: fmt.Sprintf(format, args...)}
	}
	switch {
	case v.started && r.Seq != v.head.Count+1:
		return broken(v.head.Count+1, "missing or out of order: record %d comes after record %d", r.Seq, v.head.Count)
	case v.started && r.Prev != v.head.Hash:
		return broken(r.Seq, "does not follow record %d: its link to it was changed, or record %d was replaced", v.head.Count, v.head.Count)
	case r.Seq < 1:
		return broken(r.Seq, "numbers begin with 1")
	case r.Seq == 1 && r.Prev != Genesis:
		return broken(r.Seq, "the first record follows nothing, but names a record before it")
	case r.Hash != r.chainHash():
		return broken(r.Seq, "changed after it was sealed")
	case r.Erased && (!r.isZero() || r.Salt != ""):
		return broken(r.Seq, "says that its personal part was erased, but carries one")
	case !r.Erased && r.PersonalHash != r.personalHash():
		return broken(r.Seq, "personal part changed after it was sealed")
	}
	v.head, v.started = r.Head(), true
	return nil
}

func (r Record) personalHash() string {
	h := hashed{domain: personalDomain}
	h.field("salt", r.Salt)
	h.field("case", r.Case)
	h.field("employee", string(r.Employee))
	h.field("actor", r.Actor)
	h.field("account", r.Account)
	h.field("detail", r.Detail)
	h.field("read_back", r.ReadBack)
	h.field("items", strconv.Itoa(len(r.Items)))
	for _, item := range r.Items {
		h.field("item", item)
	}
	return h.sum()
}

func (r Record) chainHash() string {
	h := hashed{domain: recordDomain}
	h.field("seq", strconv.FormatInt(r.Seq, 10))
	h.field("run", r.Run)
	h.field("personal", r.PersonalHash)
	h.field("step", string(r.Step))
	h.field("system", r.System)
	h.field("activity", r.Activity)
	h.field("attempt", strconv.Itoa(r.Attempt))
	h.field("state", string(r.State))
	h.field("problem", r.Problem)
	h.time("hr_edited", r.HREdited)
	h.time("effective", r.Effective)
	h.time("detected", r.Detected)
	h.time("executed", r.Executed)
	h.time("verified", r.Verified)
	h.time("recorded_at", r.RecordedAt)
	h.field("prev", r.Prev)
	return h.sum()
}

// hashed collects the canonical encoding: the domain line, then for every field "name length\nvalue\n", where
// length counts bytes. A length before each value means that no value can pretend to be two fields, and that
// anybody can write a verifier in any language.
type hashed struct {
	domain string
	buf    bytes.Buffer
}

func (h *hashed) field(name, value string) {
	fmt.Fprintf(&h.buf, "%s %d\n%s\n", name, len(value), value)
}

func (h *hashed) time(name string, t time.Time) {
	if t.IsZero() {
		h.field(name, "")
		return
	}
	h.field(name, t.UTC().Format(time.RFC3339Nano))
}

func (h *hashed) sum() string {
	digest := sha256.New()
	digest.Write([]byte(h.domain))
	digest.Write(h.buf.Bytes())
	return hex.EncodeToString(digest.Sum(nil))
}
