// Package arch holds the rules of the house as tests and nothing else: who may import whom, what every package owes
// its reader, and what must not be in the tree. A rule is changed here, in the same change that needs it changed,
// with the reason beside it.
package arch
