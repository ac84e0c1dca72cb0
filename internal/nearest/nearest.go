// Package nearest finds the word that was probably meant where one was misspelt.
package nearest

import "strings"

// Word is the known word with the fewest letters to change, if it is close enough to be a slip, whatever the case of
// its letters. Of two that are equally close the first is taken.
func Word(word string, known []string) (string, bool) {
	best, bestAt := "", 1+max(2, len(word)/3)
	for _, k := range known {
		if d := Distance(strings.ToLower(word), strings.ToLower(k)); d < bestAt {
			best, bestAt = k, d
		}
	}
	return best, best != ""
}

// Mend asks whether the nearest word was meant, or names everything that could have been.
func Mend(word string, known []string) string {
	if best, ok := Word(word, known); ok {
		return "did you mean " + best + "?"
	}
	return "use one of " + strings.Join(known, ", ")
}

// Distance is the number of letters to add, drop or change to make one word of the other (Levenshtein).
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}
