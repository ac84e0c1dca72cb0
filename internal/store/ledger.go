package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tenure/internal/employee"
)

// LinkConflict is a link that contradicts the ledger. Nothing was changed; a person must say which is right.
type LinkConflict struct {
	System  string
	Account string      // the account that was to be linked
	To      employee.ID // to whom
	// Has is the account this person is linked to already, or "" when it is the account that belongs to Owner.
	Has   string
	Owner employee.ID
}

// Error names both sides.
func (e *LinkConflict) Error() string {
	if e.Has != "" {
		return fmt.Sprintf("identity ledger: employee %s is linked to %s account %s and cannot be linked to %s as well", e.To, e.System, e.Has, e.Account)
	}
	return fmt.Sprintf("identity ledger: %s account %s belongs to employee %s and cannot be linked to %s", e.System, e.Account, e.Owner, e.To)
}

// Link remembers for ever that account, the vendor's immutable id, is the person's in system, and by which method
// that was found. The same link again is no error; a different one is a *LinkConflict.
func (s *Store) Link(ctx context.Context, id employee.ID, system, account, method string, at time.Time) error {
	if id == "" || system == "" || account == "" {
		return fmt.Errorf("store: link of employee %q to %q account %q: none of the three may be empty", id, system, account)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var has string
		err := tx.QueryRowContext(ctx, `SELECT account FROM account_link WHERE employee_id = $1 AND system = $2`, string(id), system).Scan(&has)
		if err == nil && has != account {
			return &LinkConflict{System: system, Account: account, To: id, Has: has}
		}
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return wrap("read link", err)
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
			string(id), system, account, method, stamp(at))
		return wrap("write link", err)
	})
}

// Accounts maps each system to the account the ledger has for the person. It is empty, not nil, for none.
func (s *Store) Accounts(ctx context.Context, id employee.ID) (map[string]string, error) {
	accounts := map[string]string{}
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var system, account string
		if err := rows.Scan(&system, &account); err != nil {
			return fmt.Errorf("store: read link: %w", err)
		}
		accounts[system] = account
		return nil
	}, `SELECT system, account FROM account_link WHERE employee_id = $1`, string(id))
	return accounts, err
}

// AccountOwner is whose account this is in a system, as the ledger has it; "" when it is nobody's.
func (s *Store) AccountOwner(ctx context.Context, system, account string) (employee.ID, error) {
	var owner employee.ID
	err := s.db.QueryRowContext(ctx, `SELECT employee_id FROM account_link WHERE system = $1 AND account = $2`, system, account).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return owner, wrap("read link", err)
}

// wrap says what the store was doing; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", doing, err)
}
