package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenure/internal/employee"
)

// LinkConflict is a link that contradicts the ledger. Nothing was changed; a person must say which is right.
type LinkConflict struct {
	System  string
	Account string      // the account that was to be linked
	To      employee.ID // to whom
	// Has is the account this person is linked to already, or "" when it is the account that belongs to Owner. Both are
	// set where Owner is a record of the same person, joined after it had got an account of its own.
	Has   string
	Owner employee.ID
}

// Error names both sides.
func (e *LinkConflict) Error() string {
	if e.Has != "" && e.Owner != "" {
		return fmt.Sprintf("identity ledger: employee %s has %s account %s, and %s by the joined record %s", e.To, e.System, e.Has, e.Account, e.Owner)
	}
	if e.Has != "" {
		return fmt.Sprintf("identity ledger: employee %s is linked to %s account %s and cannot be linked to %s as well", e.To, e.System, e.Has, e.Account)
	}
	return fmt.Sprintf("identity ledger: %s account %s belongs to employee %s and cannot be linked to %s", e.System, e.Account, e.Owner, e.To)
}

// Link remembers for ever that account, the vendor's immutable id, is the person's in system, and by which method
// that was found. The same link again is no error, also where another record of the person has it; a different one is a
// *LinkConflict.
func (s *Store) Link(ctx context.Context, id employee.ID, system, account, method string, at time.Time) error {
	if id == "" || system == "" || account == "" {
		return fmt.Errorf("store: link of employee %q to %q account %q: none of the three may be empty", id, system, account)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		main, err := mainID(ctx, tx, id)
		if err != nil {
			return err
		}
		links, err := linksOf(ctx, tx, main)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(links, func(l link) bool { return l.system == system && l.account == account }) {
			return nil
		}
		if i := slices.IndexFunc(links, func(l link) bool { return l.system == system }); i >= 0 {
			return &LinkConflict{System: system, Account: account, To: id, Has: links[i].account}
		}
		var owner employee.ID
		err = tx.QueryRowContext(ctx, `SELECT employee_id FROM account_link WHERE system = $1 AND account = $2`, system, account).Scan(&owner)
		if err == nil {
			return &LinkConflict{System: system, Account: account, To: id, Owner: owner}
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return wrap("read link", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO account_link (employee_id, system, account, method, linked_at) VALUES ($1, $2, $3, $4, $5)`,
			string(main), system, account, method, stamp(at))
		return wrap("write link", err)
	})
}

// link is an account in the ledger.
type link struct {
	owner           employee.ID
	system, account string
}

// linksOf is the accounts of a person by all of their records, those of the main one first.
func linksOf(ctx context.Context, q querier, main employee.ID) ([]link, error) {
	var all []link
	err := each(ctx, q, func(rows *sql.Rows) error {
		var l link
		err := rows.Scan(&l.owner, &l.system, &l.account)
		all = append(all, l)
		return wrap("read link", err)
	}, `SELECT employee_id, system, account FROM account_link
		WHERE employee_id = $1 OR employee_id IN (SELECT record FROM joined WHERE main = $1)
		ORDER BY CASE WHEN employee_id = $1 THEN 0 ELSE 1 END, linked_at, employee_id, system`, string(main))
	return all, err
}

// Accounts maps each system to the account the ledger has for the person of a record. Where joined records have several
// in one system it is the main record's, or the one that was linked first; the others are [Store.LinkConflicts]. It is
// empty, not nil, for none.
func (s *Store) Accounts(ctx context.Context, id employee.ID) (map[string]string, error) {
	accounts, _, err := s.accounts(ctx, id)
	return accounts, err
}

// LinkConflicts is the accounts that the person of a record has beside those of [Store.Accounts], because their records
// were joined after each had been linked to an account of its own. Nothing is done about them but by a person.
func (s *Store) LinkConflicts(ctx context.Context, id employee.ID) ([]*LinkConflict, error) {
	_, conflicts, err := s.accounts(ctx, id)
	return conflicts, err
}

func (s *Store) accounts(ctx context.Context, id employee.ID) (map[string]string, []*LinkConflict, error) {
	main, err := s.MainID(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	links, err := linksOf(ctx, s.db, main)
	if err != nil {
		return nil, nil, err
	}
	accounts := make(map[string]string, len(links))
	var conflicts []*LinkConflict
	for _, l := range links {
		if has, there := accounts[l.system]; there {
			conflicts = append(conflicts, &LinkConflict{System: l.system, Account: l.account, To: main, Has: has, Owner: l.owner})
			continue
		}
		accounts[l.system] = l.account
	}
	return accounts, conflicts, nil
}

// AccountOwner is whose account this is in a system, as the ledger has it: the id of the record it was linked to, which
// [Store.MainID] makes the person's. It is "" when the account is nobody's.
func (s *Store) AccountOwner(ctx context.Context, system, account string) (employee.ID, error) {
	var owner employee.ID
	err := s.db.QueryRowContext(ctx, `SELECT employee_id FROM account_link WHERE system = $1 AND account = $2`, system, account).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return owner, wrap("read link", err)
}

// AccountPerson is whose account this is in a system, as the ledger has it: the id under which that person's cases run. It
// is "" when the account is nobody's.
func (s *Store) AccountPerson(ctx context.Context, system, account string) (employee.ID, error) {
	owner, err := s.AccountOwner(ctx, system, account)
	if err != nil || owner == "" {
		return "", err
	}
	return s.MainID(ctx, owner)
}

// wrap says what the store was doing; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", doing, err)
}
