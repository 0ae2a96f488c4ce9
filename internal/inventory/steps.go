package inventory

import (
	"slices"

	"ordo/internal/errs"
)

// steps is a transition table: what may happen in each state. What is not listed is refused with the list.
type steps[S ~string] map[S][]string

func (t steps[S]) check(what string, state S, event string) error {
	if slices.Contains(t[state], event) {
		return nil
	}
	return errs.IllegalTransition(what, string(state), event, t[state])
}

func (t steps[S]) allowed(state S) []string { return append([]string{}, t[state]...) }
