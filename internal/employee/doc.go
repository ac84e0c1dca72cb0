// Package employee is Tenure's vocabulary: the person, the HR event, ids and dates. It uses the standard library
// only and imports nothing of ours, so that every other package can speak it.
package employee
