package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// Genesis is the Prev of the first record.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Record is one fact about one step of one case. [Record.Seal] gives it its place in the chain; a sealed record is
// never changed, but its personal part can be erased.
type Record struct {
	// Seq numbers the records of one store from 1 without gaps.
	Seq int64 `json:"seq"`
	// Run is the first workflow run of the case. It is random, so that the records of one case stay together when
	// the case's name, which holds an employee number, is erased.
	Run string `json:"run,omitempty"`

	Personal

	Step     plan.StepID `json:"step,omitempty"`
	System   string      `json:"system,omitempty"`
	Activity string      `json:"activity,omitempty"`
	Attempt  int         `json:"attempt,omitempty"`
	State    plan.State  `json:"state,omitempty"`
	// Problem is the error type (activities.Forbidden and so on) when the step could not be done.
	Problem string `json:"problem,omitempty"`

	// The five timestamps: HR edited the record; the leaving took effect; Tenure saw it; the change was sent; a
	// separate read agreed. An instant that never came is zero.
	HREdited  time.Time `json:"hrEdited,omitzero"`
	Effective time.Time `json:"effective,omitzero"`
	Detected  time.Time `json:"detected,omitzero"`
	Executed  time.Time `json:"executed,omitzero"`
	Verified  time.Time `json:"verified,omitzero"`

	// RecordedAt is when the record was written, by the clock of the machine that wrote it.
	RecordedAt time.Time `json:"recordedAt"`

	// Erased says that the personal part was removed after sealing.
	Erased bool `json:"erased,omitempty"`
	// Salt (hex) keeps PersonalHash from being guessed from a list of names; it is erased with what it salts.
	Salt         string `json:"salt,omitempty"`
	PersonalHash string `json:"personalHash"`
	Prev         string `json:"prev"`
	Hash         string `json:"hash"`
}

// Personal is the part of a record that leads to a person.
type Personal struct {
	Case     string      `json:"case,omitempty"` // workflow id: "offboard/E1042"
	Employee employee.ID `json:"employee,omitempty"`
	Actor    string      `json:"actor,omitempty"` // on whose word: "namely", "slack:U123"
	Account  string      `json:"account,omitempty"`
	Detail   string      `json:"detail,omitempty"`
	ReadBack string      `json:"readBack,omitempty"`
	Items    []string    `json:"items,omitempty"`
}

func (p Personal) isZero() bool {
	return p.Case == "" && p.Employee == "" && p.Actor == "" && p.Account == "" &&
		p.Detail == "" && p.ReadBack == "" && len(p.Items) == 0
}

// Head is where a chain ends: how many records it has and the hash of the last.
type Head struct {
	Count int64  `json:"count"`
	Hash  string `json:"hash"`
}

// Start is the head of an empty chain.
func Start() Head { return Head{Hash: Genesis} }

// Head is the head of a chain that ends with r.
func (r Record) Head() Head { return Head{Count: r.Seq, Hash: r.Hash} }

// Erase removes the personal part and its salt. The chain stays valid: it holds their hash only.
func (r Record) Erase() Record {
	r.Personal, r.Salt, r.Erased = Personal{}, "", true
	return r
}

// Repeats says whether next tells nothing that last, the latest record of the same step, did not: the same state
// for the same reason, with nothing executed in between. Polls of a parcel under way, and an attempt that finds
// its predecessor's work done, make such records. A record without a step (an approval, a hold) never repeats
// another, nor does one person's decision another's.
func Repeats(last, next Record) bool {
	sameStep := next.Step != "" && last.Run == next.Run && last.Case == next.Case && last.Step == next.Step
	// Waiting is waiting whichever activity says so: one that began the work, or one that polls it.
	sameSource := last.Actor == next.Actor && (last.Activity == next.Activity || next.State == plan.Waiting)
	return sameStep && sameSource && last.State == next.State && last.Problem == next.Problem &&
		(next.Executed.IsZero() || last.Executed.Equal(next.Executed))
}

// clean makes the record survive its own encoding: valid UTF-8, UTC, no monotonic clock reading.
func (r Record) clean() Record {
	for _, s := range []*string{&r.Run, &r.Case, (*string)(&r.Employee), &r.Actor, &r.Account, &r.Detail,
		&r.ReadBack, (*string)(&r.Step), &r.System, &r.Activity, (*string)(&r.State), &r.Problem} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	r.Items = slices.Clone(r.Items)
	for i := range r.Items {
		r.Items[i] = strings.ToValidUTF8(r.Items[i], "\uFFFD")
	}
	for _, t := range []*time.Time{&r.HREdited, &r.Effective, &r.Detected, &r.Executed, &r.Verified, &r.RecordedAt} {
		if !t.IsZero() {
			*t = t.UTC().Round(0)
		}
	}
	return r
}

// Encode is the record on one line of JSON, the form in which it is stored and exported.
func (r Record) Encode() ([]byte, error) { return json.Marshal(r) }

// Decode reads what [Record.Encode] wrote and nothing else: a line that differs in a single byte from what the
// record encodes to is an error, even where a lenient reader would not notice.
func Decode(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return Record{}, fmt.Errorf("evidence record is not readable: %w", err)
	}
	again, err := r.Encode()
	if err != nil {
		return Record{}, err
	}
	if !bytes.Equal(line, again) {
		return Record{}, fmt.Errorf("evidence record %d is not in the form it was written in", r.Seq)
	}
	return r, nil
}
