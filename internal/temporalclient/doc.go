// Package temporalclient is Tenure's way to a Temporal cluster: it dials with the settings every Temporal tool
// reads, encrypts what goes into histories, keeps personal data out of logs, exports metrics, and prepares a
// namespace.
//
// What is encrypted: every payload (inputs, results, signals, updates, queries, memos, summaries) and the text and
// stack of every failure. What is not, because the server has to read it: workflow ids, activity types, failure
// types, search attributes and task-queue names. They carry ids and codes only.
package temporalclient
