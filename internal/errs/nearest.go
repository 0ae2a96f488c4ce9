package errs

import "strings"

// longestName is of how many bytes a name may be to be compared with others: no known one is nearly as long, and what it
// takes to compare grows with the length of what somebody sent.
const longestName = 200

// Nearest is that of the known names which was meant by one that is not known; "" when none is near enough, as to a very
// long one.
func Nearest(name string, known []string) string {
	if len(name) > longestName {
		return ""
	}
	best, least := "", max(2, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's: how many characters must be added, removed or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
