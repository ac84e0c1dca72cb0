// Package retriever orders boxes from Retriever and follows them.
//
// Retriever has no idempotency, no search, and no cancel; every POST that it takes is billed and shipped. So an
// order carries our reference in ticket_id, the recent orders are read before every POST, and an answer that was
// lost is left to the next attempt, which reads first. It also allows 500 reads a day for everything, so all cases
// read their orders from one sweep of the list, which all workers share where there is something to share it through,
// and every read of all of them is counted against one budget.
package retriever
