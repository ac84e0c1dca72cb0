package policy

import "strings"

// didYouMean names what was probably meant, or everything that could have been.
func didYouMean(word string, known []string) string {
	if best, ok := nearest(word, known); ok {
		return "did you mean " + best + "?"
	}
	return "use one of " + strings.Join(known, ", ")
}

// nearest is the known word with the fewest letters to change, if it is close enough to be a slip.
func nearest(word string, known []string) (string, bool) {
	best, bestAt := "", 1+max(2, len(word)/3)
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < bestAt {
			best, bestAt = k, d
		}
	}
	return best, best != ""
}

// distance is the number of letters to add, drop or change to make one word of the other (Levenshtein).
func distance(a, b string) int {
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
