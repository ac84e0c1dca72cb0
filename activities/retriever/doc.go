// Package retriever orders boxes from Retriever and follows them.
//
// Retriever has no idempotency, no search, and no cancel; every POST that it takes is billed and shipped. So an
// order carries our reference in ticket_id, the recent orders are read before every POST, and an answer that was
// lost is left to the next attempt, which reads first. It also allows 500 reads a day for everything, so all cases
// of a worker read their orders from one shared sweep of the list.
package retriever
