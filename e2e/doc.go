// Package e2e tests Tenure as people run it: the built programs as processes of their own, on the embedded Temporal
// server, against the vendors' stand-ins. What it asserts is what the vendors were told and hold afterwards, what the
// evidence says, and what a person reads in the terminal, never what a function returned.
//
// The runs are short because the policy's days are; nothing else is different from a day's work. `go test -short`
// leaves them out.
package e2e
