// Package retriever orders boxes from Retriever for devices that come back, and devices from its warehouse for people who
// join, and follows them.
//
// Retriever has no idempotency, no search, and no cancel; every POST that it takes is billed and shipped. So an
// order carries our reference in ticket_id, the recent orders are read before every POST, and an answer that was
// lost is left to the next attempt, which reads first. A device of the warehouse is the exception: Retriever sends none
// twice, so the next attempt orders the same one. It also allows 500 reads a day for everything, so all cases
// read their orders from one sweep of their list, which all workers share where there is something to share it through,
// and every read of all of them is counted against one budget.
package retriever
