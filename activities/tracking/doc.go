// Package tracking follows parcels through EasyPost, whichever carrier has them.
//
// Creating a tracker is idempotent by the vendor's contract: the same number and carrier within three months give
// the same tracker. So creation is retried freely. A carrier's word is late and can go backwards; it never proves
// that a device came back.
package tracking
