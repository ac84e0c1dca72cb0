package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)

// chain is n sealed records of one case.
func chain(t *testing.T, n int) []Record {
	t.Helper()
	head, records := Start(), make([]Record, 0, n)
	for i := range n {
		r, err := Record{
			Run:      "run-1",
			Personal: Personal{Case: "offboard/E1042", Employee: "E1042", Actor: "namely", Account: "00u1", Detail: "suspended", ReadBack: "status SUSPENDED", Items: []string{"a", "b"}},
			Step:     "okta.suspend", System: "okta", Activity: "okta.CutAccess", Attempt: 1, State: "verified", Problem: "Forbidden",
			HREdited: day, Effective: day, Detected: day.Add(time.Second), Executed: day.Add(2 * time.Second), Verified: day.Add(3 * time.Second),
			RecordedAt: day.Add(time.Duration(i) * time.Minute),
		}.Seal(head, bytes.Repeat([]byte{byte(i + 1)}, MinSalt))
		if err != nil {
			t.Fatal(err)
		}
		head, records = r.Head(), append(records, r)
	}
	return records
}

func TestVerify_UntouchedChain_Holds(t *testing.T) {
	records := chain(t, 5)
	if err := Verify(records); err != nil {
		t.Fatal(err)
	}
	if err := Verify(records[2:]); err != nil {
		t.Errorf("a piece from the middle: %v", err)
	}
	if err := Verify(nil); err != nil {
		t.Errorf("an empty chain: %v", err)
	}
}

func TestVerify_AnyChangedField_IsFoundAndNamed(t *testing.T) {
	changes := map[string]func(*Record){
		"run":           func(r *Record) { r.Run = "run-2" },
		"case":          func(r *Record) { r.Case = "offboard/E1" },
		"employee":      func(r *Record) { r.Employee = "E1" },
		"actor":         func(r *Record) { r.Actor = "cli:mallory" },
		"account":       func(r *Record) { r.Account = "00u2" },
		"detail":        func(r *Record) { r.Detail = "nothing done" },
		"read-back":     func(r *Record) { r.ReadBack = "" },
		"item text":     func(r *Record) { r.Items = []string{"a", "c"} },
		"item split":    func(r *Record) { r.Items = []string{"a\nitem 1\nb"} },
		"items dropped": func(r *Record) { r.Items = nil },
		"step":          func(r *Record) { r.Step = "okta.sessions" },
		"system":        func(r *Record) { r.System = "jamf" },
		"activity":      func(r *Record) { r.Activity = "okta.ReadUser" },
		"attempt":       func(r *Record) { r.Attempt = 2 },
		"state":         func(r *Record) { r.State = "already_absent" },
		"problem":       func(r *Record) { r.Problem = "" },
		"hr edited":     func(r *Record) { r.HREdited = day.Add(-time.Hour) },
		"effective":     func(r *Record) { r.Effective = time.Time{} },
		"detected":      func(r *Record) { r.Detected = day },
		"executed":      func(r *Record) { r.Executed = day },
		"verified":      func(r *Record) { r.Verified = day },
		"recorded at":   func(r *Record) { r.RecordedAt = r.RecordedAt.Add(time.Nanosecond) },
		"salt":          func(r *Record) { r.Salt = strings.Repeat("0", 32) },
		"personal hash": func(r *Record) { r.PersonalHash = Genesis },
		"hash":          func(r *Record) { r.Hash = Genesis },
		"prev":          func(r *Record) { r.Prev = Genesis },
		"half erased":   func(r *Record) { r.Erased = true },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			records := chain(t, 5)
			change(&records[2])
			assertBroken(t, Verify(records), 3)
		})
	}
}

func TestVerify_MissingInsertedOrSwappedRecords_AreFound(t *testing.T) {
	records := chain(t, 5)
	other := chain(t, 6)[5]
	first := records[0]
	first.Prev = strings.Repeat("1", 64)
	cases := []struct {
		name    string
		records []Record
		seq     int64
	}{
		{"one removed", []Record{records[0], records[2]}, 2},
		{"two swapped", []Record{records[0], records[2], records[1]}, 2},
		{"one twice", []Record{records[0], records[0]}, 2},
		{"one from further on", []Record{records[0], other}, 2},
		{"first record with a forged past", []Record{first}, 1},
		{"number zero", []Record{{}}, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { assertBroken(t, Verify(c.records), c.seq) })
	}
}

// A forger who re-seals one record cannot make the next one follow it.
func TestVerify_ResealedRecord_BreaksTheNext(t *testing.T) {
	records := chain(t, 4)
	forged := records[1]
	forged.State = "verified"
	forged.Detail = "all fine"
	resealed, err := forged.Seal(records[0].Head(), bytes.Repeat([]byte{9}, MinSalt))
	if err != nil {
		t.Fatal(err)
	}
	records[1] = resealed
	assertBroken(t, Verify(records), 3)
}

func TestErase_RemovesThePersonAndKeepsTheChain(t *testing.T) {
	records := chain(t, 3)
	records[1] = records[1].Erase()
	if err := Verify(records); err != nil {
		t.Fatal(err)
	}
	line, err := records[1].Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"E1042", "00u1", "namely", "suspended", "SUSPENDED"} {
		if bytes.Contains(line, []byte(word)) {
			t.Errorf("erased record still says %q: %s", word, line)
		}
	}
}

func TestErase_HashOfTheSamePerson_DiffersByRecord(t *testing.T) {
	records := chain(t, 2)
	if records[0].PersonalHash == records[1].PersonalHash {
		t.Error("the same personal part has the same hash twice: records of one person could be told after erasing")
	}
}

// Every single bit of a stored line counts.
func TestDecode_FlippedByte_IsFound(t *testing.T) {
	records := chain(t, 2)
	line, err := records[1].Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range line {
		for bit := range 8 {
			flipped := bytes.Clone(line)
			flipped[i] ^= 1 << bit
			r, err := Decode(flipped)
			if err != nil {
				continue
			}
			if err := Verify([]Record{records[0], r}); err == nil {
				t.Fatalf("byte %d bit %d flipped unseen: %s", i, bit, flipped)
			}
		}
	}
}

func TestSeal_TextAndTimesSurviveTheirEncoding(t *testing.T) {
	zone := time.FixedZone("KST", 9*60*60)
	r, err := Record{Personal: Personal{Detail: "bad \xff byte <&> \u2028", Items: []string{"\xfe"}}, RecordedAt: time.Now(), Executed: day.In(zone)}.
		Seal(Start(), make([]byte, MinSalt))
	if err != nil {
		t.Fatal(err)
	}
	line, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify([]Record{again}); err != nil {
		t.Errorf("a record that went through its encoding: %v", err)
	}
}

func TestSeal_Refuses(t *testing.T) {
	if _, err := (Record{RecordedAt: day}).Seal(Start(), make([]byte, MinSalt-1)); err == nil {
		t.Error("a short salt was taken")
	}
	if _, err := (Record{}).Seal(Start(), make([]byte, MinSalt)); err == nil {
		t.Error("a record without its time of writing was taken")
	}
}

// The encoding is a promise to verifiers written elsewhere: this hash may never change.
func TestSeal_HashIsPinned(t *testing.T) {
	got := chain(t, 1)[0].Hash
	const want = "23e32595eb798f0c9963a12a0c9191d2f3a2237aa1cb4196d1f5621570824686"
	if got != want {
		t.Errorf("hash of the pinned record is %s, was %s: the canonical encoding changed", got, want)
	}
}

func TestRepeats(t *testing.T) {
	waiting := Record{Run: "r", Personal: Personal{Case: "c"}, Step: "device.return:C02", Activity: "retriever.ReadOrder", State: "waiting"}
	done := waiting
	done.State, done.Executed = "verified", day
	with := func(r Record, change func(*Record)) Record { change(&r); return r }
	cases := []struct {
		name       string
		last, next Record
		want       bool
	}{
		{"the same waiting again", waiting, waiting, true},
		{"waiting turned verified", waiting, done, false},
		{"the same act told twice", done, done, true},
		{"found done by the next attempt", done, with(done, func(r *Record) { r.Executed = time.Time{} }), true},
		{"done again later", done, with(done, func(r *Record) { r.Executed = day.Add(time.Hour) }), false},
		{"another problem", with(waiting, func(r *Record) { r.State, r.Problem = "needs_attention", "Forbidden" }),
			with(waiting, func(r *Record) { r.State, r.Problem = "needs_attention", "Unavailable" }), false},
		{"another case of the same person", waiting, with(waiting, func(r *Record) { r.Run = "r2" }), false},
		{"waiting, told by the poll", with(waiting, func(r *Record) { r.Activity, r.Executed = "retriever.OrderBox", day }), waiting, true},
		{"waiting for something sent anew", with(waiting, func(r *Record) { r.Executed = day }),
			with(waiting, func(r *Record) { r.Executed = day.Add(time.Hour) }), false},
		{"verified by another activity", with(done, func(r *Record) { r.Activity = "retriever.OrderBox" }), done, false},
		{"another person's decision", done, with(done, func(r *Record) { r.Actor = "slack:U2" }), false},
		{"no step at all", Record{}, Record{}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Repeats(c.last, c.next); got != c.want {
				t.Errorf("Repeats = %v, want %v", got, c.want)
			}
		})
	}
}

func assertBroken(t *testing.T, err error, seq int64) {
	t.Helper()
	var broken *BrokenError
	if !errors.As(err, &broken) {
		t.Fatalf("Verify = %v, want a BrokenError at %d", err, seq)
	}
	if broken.Seq != seq || !strings.Contains(err.Error(), fmt.Sprint(seq)) {
		t.Errorf("Verify names record %d (%v), want %d", broken.Seq, err, seq)
	}
}
