// Package workflow holds what merchants add to the fixed course of an order, as data: rules that place holds.
//
// What lives here: rules with their conditions, the facts that conditions may speak of, publishing (all checks and
// the examples) and the decision with its explanation. What does not: what a hold stops (order), and when rules run
// (app).
// The one idea: a rule is tested when it is saved. Its examples are part of it, and a rule whose examples do not come
// out as they say is refused, with the part of the condition that decided.
package workflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/expr"
)

// OrderPlaced is the event on which rules run.
const OrderPlaced = "order.placed"

// Events are those on which rules may run.
var Events = []string{OrderPlaced}

// Limits of one rule.
const (
	maxCode     = 64
	maxChannels = 100
)

// Rule places a hold on an order when its condition holds. Its id is its code.
type Rule struct {
	doc.Meta
	Name     string    `json:"name"`
	Active   bool      `json:"active"`
	On       string    `json:"on"`
	Channels []string  `json:"channels,omitzero"` // empty: all
	Priority int64     `json:"priority"`          // lower runs first
	When     string    `json:"when"`
	Hold     Hold      `json:"hold"`
	LiftWhen string    `json:"lift_when,omitzero"` // the hold is lifted as soon as this is so
	Examples []Example `json:"examples"`
}

// Hold is what a rule places.
type Hold struct {
	Type           string `json:"type"`
	Reason         string `json:"reason"`                   // shown to people; names no person
	ExpiresMinutes int64  `json:"expires_minutes,omitzero"` // 0: it stays until it is lifted
}

// Example is a case that shows what the rule is for, and tests it.
type Example struct {
	Name    string `json:"name"`
	Facts   Facts  `json:"facts"`
	Matches bool   `json:"matches"`
}

// Applies reports whether the rule is to run on an event in a channel.
func (r *Rule) Applies(event, channel string) bool {
	return r.Active && r.On == event && (len(r.Channels) == 0 || slices.Contains(r.Channels, channel))
}

// Sort puts rules in the order in which they run.
func Sort(rules []*Rule) {
	slices.SortFunc(rules, func(a, b *Rule) int {
		if a.Priority != b.Priority {
			return int(a.Priority - b.Priority)
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Uses reports whether the rule's conditions name a variable such as history.
func (r *Rule) Uses(variable string) bool {
	for _, text := range []string{r.When, r.LiftWhen} {
		if c, err := vocabulary().Compile(text); err == nil && c.Uses(variable) {
			return true
		}
	}
	return false
}

// Check adds to the list all that is wrong with the rule; holdTypes are those that exist. A rule that passes can be
// evaluated.
func (r *Rule) Check(list *errs.List, holdTypes []string) {
	checkText(list, "/code", r.ID, maxCode)
	if strings.ContainsAny(r.ID, "/ ") {
		list.Add("/code", "invalid_code", "a code has no spaces and slashes")
	}
	checkText(list, "/name", r.Name, address.MaxText)
	if !slices.Contains(Events, r.On) {
		list.Add("/on", "unknown_value", "give one of %s", strings.Join(Events, ", "))
	}
	if len(r.Channels) > maxChannels {
		list.Add("/channels", "too_many", "at most %d channels; none stands for all", maxChannels)
	}
	if r.Priority < 0 || r.Priority > 1_000_000 {
		list.Add("/priority", "out_of_range", "give a number from 0 to 1000000; lower runs first")
	}
	if !slices.Contains(holdTypes, r.Hold.Type) {
		list.Add("/hold/type", "unknown_value", "give one of %s", strings.Join(holdTypes, ", "))
	}
	checkText(list, "/hold/reason", r.Hold.Reason, address.MaxText)
	if r.Hold.ExpiresMinutes < 0 || r.Hold.ExpiresMinutes > MaxMinutes {
		list.Add("/hold/expires_minutes", "out_of_range", "give minutes, from 0 (never) to %d", int64(MaxMinutes))
	}
	if r.LiftWhen != "" {
		compile(list, "/lift_when", r.LiftWhen)
	}
	if when := compile(list, "/when", r.When); when != nil {
		when.CheckExamples(list, len(r.Examples), func(i int) (string, *Facts, bool) {
			e := &r.Examples[i]
			return e.Name, &e.Facts, e.Matches
		})
	}
	for i := range r.Examples {
		checkText(list, "/examples/"+strconv.Itoa(i)+"/name", r.Examples[i].Name, address.MaxText)
	}
}

// MaxMinutes is a year: the longest that a hold or a window lasts by itself.
const MaxMinutes = 366 * 24 * 60

func checkText(list *errs.List, at, s string, limit int) {
	switch {
	case strings.TrimSpace(s) == "":
		list.Add(at, "required", "give a text")
	case utf8.RuneCountInString(s) > limit:
		list.Add(at, "too_long", "at most %d characters", limit)
	}
}

func compile(list *errs.List, at, text string) *expr.Condition[Facts] {
	c, err := vocabulary().Compile(text)
	if err != nil {
		list.Add(at, "invalid_condition", "%s; facts are %s", err, strings.Join(vocabulary().Names(), ", "))
		return nil
	}
	return c
}

// Decision is what a rule made of an order. It is stored with the hold, so that the hold can be explained later.
type Decision struct {
	Rule    string      `json:"rule"`
	Version int64       `json:"version"`
	Matched bool        `json:"matched"`
	Parts   []expr.Part `json:"parts,omitzero"`  // of the condition, that decided
	Failed  string      `json:"failed,omitzero"` // why it could not be decided; then it counts as matched
}

// Because is the decision in a sentence.
func (d Decision) Because() string {
	if d.Failed != "" {
		return d.Failed
	}
	return expr.Because(d.Parts)
}

// Decide evaluates the rule's condition. A condition that cannot be decided (a custom field that the order lacks, …)
// counts as matched: a rule guards against something, and a person will see why.
func (r *Rule) Decide(f *Facts) Decision { return r.decide(r.When, f, true) }

// DecideLift evaluates the condition under which the rule's hold is lifted. What cannot be decided lifts nothing.
func (r *Rule) DecideLift(f *Facts) Decision {
	if r.LiftWhen == "" {
		return Decision{Rule: r.ID, Version: r.Version}
	}
	return r.decide(r.LiftWhen, f, false)
}

func (r *Rule) decide(text string, f *Facts, whenUndecided bool) Decision {
	d := Decision{Rule: r.ID, Version: r.Version}
	c, err := vocabulary().Compile(text)
	if err == nil {
		d.Matched, d.Parts, err = c.Decide(f)
	}
	if err != nil {
		d.Matched, d.Failed = whenUndecided, fmt.Sprintf("rule %s: %v", r.ID, err)
	}
	return d
}
