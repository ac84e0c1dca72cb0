// Package evidence is the record an auditor reads: what was done to whose access, when, on whose word, and what
// the separate read afterwards said. Records form a hash chain, so that a changed, removed or inserted record is
// found and named offline, with nothing but the records themselves.
//
// What identifies a person is kept apart ([Personal]) and enters the chain only through a salted hash. Erasing it
// with its salt, as a retention rule may ask, leaves the chain valid and the rest of the record readable.
//
// The package is pure: it reads no clock and no random source. internal/store keeps the records.
package evidence
