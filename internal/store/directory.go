package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tenure/internal/employee"
)

// Judge decides what is to be believed and what is to be held, inside the transaction that keeps a scan;
// internal/guard is one.
type Judge interface {
	// Believe lists the reasons not to believe a reading, the gravest first.
	Believe(employee.Feed) []employee.Distrust
	// Weigh says which of a scan's events must be held.
	Weigh(employee.Burst) employee.Verdict
	// Window is how far back events count together, Holding how long a batch waits for people.
	Window() time.Duration
	Holding() time.Duration
}

// Directory is the stored directory as the watch writes it: every scan is judged.
type Directory struct {
	store *Store
	judge Judge
}

// Directory makes the directory that this judge watches.
func (s *Store) Directory(j Judge) *Directory { return &Directory{store: s, judge: j} }

// Apply makes people the stored snapshot as [Directory.Apply] does, without a judge: everything is believed and
// nothing is held. It is for what does not come from the HR system.
func (s *Store) Apply(ctx context.Context, people []employee.Employee, at time.Time) (employee.ScanSummary, error) {
	return s.Directory(trust{}).Apply(ctx, employee.Scan{At: at, People: people})
}

// trust is the judge that has nothing against anything.
type trust struct{}

func (trust) Believe(employee.Feed) []employee.Distrust { return nil }
func (trust) Weigh(employee.Burst) employee.Verdict     { return employee.Verdict{} }
func (trust) Window() time.Duration                     { return 0 }
func (trust) Holding() time.Duration                    { return 0 }

// Apply makes the people of a scan the stored snapshot, and puts what happened since the last scan into the outbox, in
// one transaction: neither is ever there without the other. Events that the judge holds are held from the first moment.
//
// In People, ID holds HR's own number, if HR gave one. Apply replaces it by the id in the identity ledger, which is
// decided when a profile is first seen and kept whatever HR does to the number later.
//
// The first scan is a baseline and yields no events. Somebody who is missing from a scan is kept as he was: absence
// is never termination. A record that HR edited before the one that is stored is not read, see staleFor. A scan without people, without a profile id, or with the same profile twice is refused whole.
// So is one that began before the last that was applied did, with [employee.ErrOvertaken]: a worker that was paused in
// the middle may come late. So is one that the judge does not believe; then the error is an *employee.Distrust, and the poll is kept as discarded.
func (d *Directory) Apply(ctx context.Context, in employee.Scan) (employee.ScanSummary, error) {
	if err := checkScan(in.People); err != nil {
		return employee.ScanSummary{}, err
	}
	var sum employee.ScanSummary
	err := d.store.write(ctx, func(tx *sql.Tx) error {
		scan := scan{store: d.store, judge: d.judge, tx: tx, at: in.At, reading: in.Mark(), read: map[string]entry{}}
		var err error
		sum, err = scan.apply(ctx, in.People)
		return err
	})
	var doubt *employee.Distrust
	if errors.As(err, &doubt) {
		if failed := d.Fail(ctx, in.At, len(in.People), employee.PollDiscarded, *doubt); failed != nil {
			return employee.ScanSummary{}, failed
		}
	}
	if err != nil {
		return employee.ScanSummary{}, err
	}
	return sum, nil
}

func checkScan(people []employee.Employee) error {
	if len(people) == 0 {
		return errors.New("store: the scan holds nobody: it is not applied, because an empty directory is a failed read")
	}
	seen := make(map[string]bool, len(people))
	for i, e := range people {
		if e.ProfileID == "" {
			return fmt.Errorf("store: entry %d of the scan has no ProfileID: the scan is not applied", i+1)
		}
		if seen[e.ProfileID] {
			return fmt.Errorf("store: profile %s is in the scan twice: the scan is not applied", e.ProfileID)
		}
		seen[e.ProfileID] = true
	}
	return nil
}

// scan is one Apply in its transaction.
type scan struct {
	store   *Store
	judge   Judge
	tx      *sql.Tx
	at      time.Time
	reading employee.Mark
	read    map[string]entry // what HR says of everybody, by profile
}

// entry is somebody as they are to be kept.
type entry struct {
	employee.Employee
	record string
	number string // HR's own
}

func (c scan) apply(ctx context.Context, people []employee.Employee) (employee.ScanSummary, error) {
	if err := c.overtaken(ctx); err != nil {
		return employee.ScanSummary{}, err
	}
	after, claims, err := c.identify(ctx, people)
	if err != nil {
		return employee.ScanSummary{}, err
	}
	before, err := c.stored(ctx)
	if err != nil {
		return employee.ScanSummary{}, err
	}
	if err := c.believe(ctx, before, people); err != nil {
		return employee.ScanSummary{}, err
	}
	if after, err = c.newest(ctx, before, after); err != nil {
		return employee.ScanSummary{}, err
	}
	if err := c.keep(ctx, before, after); err != nil {
		return employee.ScanSummary{}, err
	}
	last, err := maxSeq(ctx, c.tx, `SELECT COALESCE(MAX(seq), 0) FROM scan`)
	if err != nil {
		return employee.ScanSummary{}, err
	}
	sum := employee.ScanSummary{Profiles: len(after), Baseline: last == 0}
	if sum.Baseline {
		err = c.baseline(ctx, after)
	} else {
		err = c.compare(ctx, before, after, claims, &sum)
	}
	if err != nil {
		return employee.ScanSummary{}, err
	}
	if err := c.accepted(ctx); err != nil {
		return employee.ScanSummary{}, err
	}
	_, err = c.tx.ExecContext(ctx, `INSERT INTO scan (seq, at, profiles, events) VALUES ($1, $2, $3, $4)`,
		last+1, stamp(c.at), sum.Profiles, sum.Events)
	if err != nil {
		return employee.ScanSummary{}, fmt.Errorf("store: write scan: %w", err)
	}
	return sum, nil
}

// compare works out what happened since the last reading, and keeps it.
func (c scan) compare(ctx context.Context, before snapshot, after []employee.Employee, numbers claims, sum *employee.ScanSummary) error {
	reread, err := c.reread(ctx)
	if err != nil {
		return err
	}
	events := employee.Diff(before.comparable(after, reread), after, c.at)
	numbers.propose(events, before)
	if err := c.keepBefore(ctx, before, events); err != nil {
		return err
	}
	return c.happened(ctx, before, after, events, sum)
}

// snapshot is the stored directory by profile id.
type snapshot map[string]storedPerson

type storedPerson struct {
	employee.Employee
	record  string
	missing bool
	number  string // HR's own
	found   bool   // the columns by which people are found are written
}

func (s snapshot) people() []employee.Employee {
	out := make([]employee.Employee, 0, len(s))
	for _, p := range s {
		out = append(out, p.Employee)
	}
	return out
}

// stored reads the directory as it is kept. Almost everybody is kept as they were read just now: only the others are
// decoded, which is most of the work in a large company.
func (c scan) stored(ctx context.Context) (snapshot, error) {
	all := make(snapshot, len(c.read))
	err := each(ctx, c.tx, func(rows *sql.Rows) error {
		var p storedPerson
		var profile string
		if err := rows.Scan(&profile, &p.record, &p.missing, &p.number, &p.found); err != nil {
			return wrap("read person", err)
		}
		if now, there := c.read[profile]; there && now.record == p.record {
			p.Employee = now.Employee
		} else if err := json.Unmarshal([]byte(p.record), &p.Employee); err != nil {
			return wrap("read person", err)
		}
		all[p.ProfileID] = p
		return nil
	}, `SELECT profile_id, record, missing_since IS NOT NULL, COALESCE(number, ''), number IS NOT NULL FROM person`)
	return all, err
}

// claims are new profiles that came with somebody else's number: by their own id, the number.
type claims map[employee.ID]employee.ID

// propose adds whoever has the number to the event of the new profile.
func (c claims) propose(events []employee.Event, before snapshot) {
	if len(c) == 0 {
		return
	}
	status := make(map[employee.ID]employee.Status, len(before))
	for _, p := range before {
		status[p.ID] = p.Status
	}
	for i := range events {
		number, claimed := c[events[i].Employee]
		known, there := status[number]
		if claimed && there && events[i].Kind == employee.Joining {
			events[i].AddMatch(employee.Match{Employee: number, By: employee.ByNumber, Status: known})
		}
	}
}

// identify gives everybody the id from the ledger, and new people a new one.
func (c scan) identify(ctx context.Context, people []employee.Employee) ([]employee.Employee, claims, error) {
	ids, taken, err := c.identities(ctx)
	if err != nil {
		return nil, nil, err
	}
	claimed := claims{}
	var assigned [][]any
	out := make([]employee.Employee, len(people))
	for i, e := range people {
		number := storable(string(e.ID))
		id, known := ids[e.ProfileID]
		if !known {
			id = e.ID
			if taken[id] {
				claimed[employee.ID(e.ProfileID)] = id
			}
			if !usableID(id) || taken[id] {
				id = employee.ID(e.ProfileID)
			}
			taken[id] = true
			assigned = append(assigned, []any{e.ProfileID, string(id), stamp(c.at)})
		}
		e.ID = id
		record, err := json.Marshal(e)
		if err != nil {
			return nil, nil, fmt.Errorf("store: encode profile %s: %w", e.ProfileID, err)
		}
		out[i], c.read[e.ProfileID] = e, entry{e, string(record), number}
	}
	return out, claimed, c.assign(ctx, assigned)
}

// identities is the ledger: the ids by profile, and which are taken.
func (c scan) identities(ctx context.Context) (ids map[string]employee.ID, taken map[employee.ID]bool, err error) {
	ids, taken = map[string]employee.ID{}, map[employee.ID]bool{}
	err = each(ctx, c.tx, func(rows *sql.Rows) error {
		var profile string
		var id employee.ID
		if err := rows.Scan(&profile, &id); err != nil {
			return fmt.Errorf("store: read identity: %w", err)
		}
		ids[profile], taken[id] = id, true
		return nil
	}, `SELECT profile_id, employee_id FROM identity`)
	return ids, taken, err
}

// assign writes the ids of new people into the ledger.
func (c scan) assign(ctx context.Context, rows [][]any) error {
	return wrap("write identities", c.insertAll(ctx, rows, `INSERT INTO identity (profile_id, employee_id, assigned_at) VALUES`, ""))
}

const maxIDLength = 64

// usableID says whether HR's number can stand in a workflow id and in a path: letters, digits, dot, dash and
// underscore. Anything else gets the profile id instead.
func usableID(id employee.ID) bool {
	if id == "" || len(id) > maxIDLength || strings.Trim(string(id), ".") == "" {
		return false
	}
	for _, r := range string(id) {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", r) {
			return false
		}
	}
	return true
}

// keep writes those rows that differ, so that a quiet scan of a large company writes almost nothing.
func (c scan) keep(ctx context.Context, before snapshot, after []employee.Employee) error {
	seen := make(map[string]bool, len(after))
	var changed [][]any
	for _, e := range after {
		seen[e.ProfileID] = true
		now := c.read[e.ProfileID]
		if was, ok := before[e.ProfileID]; ok && was.record == now.record && !was.missing && was.found && was.number == now.number {
			continue
		}
		changed = append(changed, []any{e.ProfileID, string(e.ID), emailKey(e.Email), now.record, stamp(c.at),
			now.number, string(e.Status), e.ManagerProfileID, emailKey(e.PersonalEmail)})
	}
	if err := c.replace(ctx, changed); err != nil {
		return err
	}
	var gone []string
	for profile, was := range before {
		if !seen[profile] && !was.missing {
			gone = append(gone, profile)
		}
	}
	return wrap("mark profiles as missing", updateAll(ctx, c.tx, gone, `UPDATE person SET missing_since = $1 WHERE profile_id IN`, stamp(c.at)))
}

// replace writes people over what is stored of them.
func (c scan) replace(ctx context.Context, rows [][]any) error {
	return wrap("write profiles", c.insertAll(ctx, rows,
		`INSERT INTO person (profile_id, employee_id, email_key, record, first_seen, number, status, manager_id, personal_key) VALUES`,
		`ON CONFLICT (profile_id) DO UPDATE SET email_key = excluded.email_key, record = excluded.record, missing_since = NULL,
			number = excluded.number, status = excluded.status, manager_id = excluded.manager_id, personal_key = excluded.personal_key`))
}

func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// maxSeq is the highest number given so far, 0 for none. It is only right inside [Store.write].
func maxSeq(ctx context.Context, q querier, query string) (int64, error) {
	var seq int64
	if err := q.QueryRowContext(ctx, query).Scan(&seq); err != nil {
		return 0, fmt.Errorf("store: last number: %w", err)
	}
	return seq, nil
}
