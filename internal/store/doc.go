// Package store keeps what must outlive a workflow: the directory snapshot with its outbox of events, the identity
// ledger, the lock PINs (encrypted), and the evidence chain. Several processes may use one store at a time.
//
// It is SQLite today. Everything that is particular to a database is in dialect.go; schema and queries are written
// so that PostgreSQL takes them as they are.
package store
