// Package store keeps what must outlive a workflow: the directory snapshot with its outbox of events, the identity
// ledger, the lock PINs (encrypted), and the evidence chain. Several processes may use one store at a time.
//
// It is one SQLite file, or a PostgreSQL database for several machines. Everything that is particular to a database is
// in dialect.go, sqlite.go and postgres.go; schema and queries serve both.
package store
