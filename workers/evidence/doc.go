// Package evidence is the one place where evidence is written: a worker interceptor that records, after every
// activity which acts for a case, what came of each step. Activities do not know of it, so no step can forget.
//
// What is recorded and when:
//   - an activity whose input is [activities.CaseBound] and whose result is [activities.Evidenced] yields one record
//     per outcome, reads included. An outcome that tells nothing new about its step (a poll that still waits, an
//     attempt that finds the work of the one before) yields none, see evidence.Repeats;
//   - an activity whose input is CaseBound and that failed for the last time yields one record, with the problem,
//     per step it was asked for;
//   - failures that will be retried, cancellations, and everything not bound to a case yield none.
//
// A record that cannot be written fails the activity as Unavailable. Temporal tries it again, and because every
// activity is ensure-style the next attempt finds the work done and has only the record left to write: nothing
// counts as done that is not on record.
package evidence
