// Package plan decides, without side effects, what is done for one leaver: [Build] turns the policy, the HR
// record and the facts read from the vendors into phases of steps, and refuses an order in which a step would
// find its precondition destroyed by an earlier one. A plan is data: it is built once per case and then frozen in
// the workflow's history, so that tomorrow's policy edit cannot move a running case.
package plan
