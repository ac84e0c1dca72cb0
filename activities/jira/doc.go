// Package jira keeps one Jira ticket per case, on Jira Cloud or Data Center: the page with every step, one comment
// per batch of log entries, and one sub-task for each thing a person must do. It also finds the tickets that people
// moved, because moving one says that its step was done or that a device is here; see [System.ListMoves].
//
// Jira has no idempotency key. A ticket is therefore created with its mark in the same request (a label that search
// can find, an entity property that says whose it is); after an attempt whose answer was lost, the next one searches
// for as long as Jira's index may be behind before it creates another. Comments carry the range of entries they
// hold, and sub-tasks are found through their parent, which is consistent.
//
// It builds on go-jira and sends its own requests where that SDK cannot (properties on create and on comments), or
// spoils them (see client.go). REST version 2 with wiki markup serves both flavours.
package jira
