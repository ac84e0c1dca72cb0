// Package guard judges what the directory watch read, before anything is done about it: whether to believe the reading
// (the feed-integrity gate), and whether so many people can be meant (the mass guard). It is pure: no clock, no store,
// no net. The store asks it inside the transaction that keeps the reading.
package guard
