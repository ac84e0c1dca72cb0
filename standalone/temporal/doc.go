// Package temporal embeds a whole Temporal server, its Web UI and the codec endpoint in this process, on one SQLite
// file and on loopback addresses only: what a small company runs, and what the demo and the end-to-end tests run.
// A cluster replaces it by pointing Tenure elsewhere (see internal/temporalclient); nothing else knows the
// difference.
//
// It is the only package that links the Temporal server, which brings hundreds of modules with it.
//
// # Durability
//
// The file is written ahead (WAL) and, by default, synced at every commit: a case survives kill -9, a crash of the
// machine and a power cut. [Normal] syncs at checkpoints only: about 1.5 to 2 times the throughput, never a corrupt
// file, but a power cut may take back the last moments, and with them the memory of a call already made. Two processes
// never share a folder: the second is refused.
package temporal
