package inventory

import (
	"fmt"
	"strconv"
	"strings"
)

// Balance is the units of a position by bucket, in the order of Buckets.
type Balance = [9]int64

// Text writes a balance as it is stored: numbers with commas, without the zeros at the end.
func Text(b Balance) string {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	out := make([]byte, 0, 24)
	for i, x := range b[:n] {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, x, 10)
	}
	return string(out)
}

// ParseBalance reads what Text wrote.
func ParseBalance(s string) (b Balance, err error) {
	if s == "" {
		return b, nil
	}
	for i, part := range strings.Split(s, ",") {
		if i >= len(b) {
			return b, fmt.Errorf("inventory: %q has too many buckets", s)
		}
		if b[i], err = strconv.ParseInt(part, 10, 64); err != nil {
			return b, err
		}
	}
	return b, nil
}
