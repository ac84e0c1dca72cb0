// Package policy reads the company's policy file: what is done when somebody leaves, in which order, how long
// things last and who is asked. It is strict: an unknown key, a value of the wrong shape and an order of steps
// that cannot work are refused when the file is read, each with its line, the field and the mend, and all of them
// in one go.
//
// The rules of order live here (order.go) and not in package plan, because [Parse] is the one door through which
// every policy enters the product: a policy whose order is impossible cannot be loaded by any program of ours.
// Package plan applies the same rules again to each plan, with the facts of the one leaver.
//
// Durations may be written in days. A policy day lasts what a_day_lasts says: 24 hours, except in demonstrations.
package policy
