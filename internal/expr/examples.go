package expr

import (
	"strconv"
	"strings"

	"ordo/internal/errs"
)

const maxExamples = 50

// CheckExamples runs the examples of a rule, of which there are n: their names, their facts, and whether the condition
// holds. One that comes out otherwise is told with the facts that decided.
func (c *Condition[F]) CheckExamples(list *errs.List, n int, example func(i int) (name string, facts *F, matches bool)) {
	switch {
	case n == 0:
		list.Add("/examples", "required", "give at least one example: facts, and whether the rule matches them")
	case n > maxExamples:
		list.Add("/examples", "too_many", "at most %d examples", maxExamples)
		return
	}
	for i := range n {
		name, facts, matches := example(i)
		at := "/examples/" + strconv.Itoa(i)
		got, parts, err := c.Decide(facts)
		switch {
		case err != nil:
			list.Add(at, "example_failed", "%s: %s", errs.Clip(name), err)
		case got != matches:
			list.Add(at, "example_failed", "%s: matches is %t, but %s", errs.Clip(name), matches, Because(parts))
		}
	}
}

// Because is what decided, in a sentence.
func Because(parts []Part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.String()
	}
	return strings.Join(texts, " and ")
}
