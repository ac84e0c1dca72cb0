// Package jamf acts on Jamf Pro: it finds the devices of a person, locks computers with a PIN, reads what became of
// a command, erases, and returns devices to stock.
//
// The client is written by hand on internal/vendorhttp, because a lock must never be retried behind our back: Jamf
// queues another command for every POST, and two locks with different PINs strand the Mac. So a lock looks for a
// command of the case before every POST, uses the one PIN that the vault decided and kept before anything was sent,
// and posts again only when the Mac itself refused.
package jamf
