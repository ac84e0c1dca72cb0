// Package slack shows a case in Slack and, where the workspace's plan has an API for it, ends a leaver's access
// there.
//
// One card per case stands in a private channel and is rendered anew on every change; what happened is told in the
// card's thread, each entry once. Slack has no idempotency key, so every message carries a mark (message metadata,
// ids only) by which it is found again: see [System.MirrorCase].
//
// People act on a case by the card's buttons; [System.LookUpMember] says who somebody is at that moment,
// [System.Answer] answers one person alone, and [System.Announce] tells the IT channel, once.
//
// [Render] is the card as a pure function; [System.Check] says at start-up what is wrong and how to mend it.
package slack
