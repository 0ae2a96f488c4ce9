// Package errs holds the one error type of Ordo.
//
// What lives here: the closed set of classes, and an error whose text is safe to show to anyone.
// What does not: the mapping to HTTP statuses, which stands once, in package api.
// The one idea: anything that is not an *Error is Internal to the outside, and its text never leaves the process.
package errs

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Class says what kind of answer an error is. The set is closed; the api package maps each class to a status.
type Class int

// The classes, in the order of their HTTP statuses.
const (
	Internal         Class = iota // a defect of ours: the text is not shown
	Malformed                     // the request cannot be read
	Unauthenticated               // no key, or not a valid one
	PaymentRequired               // the payment was declined
	Forbidden                     // the key may not do this
	NotFound                      // no such thing, or not visible to this key
	MethodNotAllowed              // the path exists, the method does not
	Conflict                      // the request is right, the state of things is against it
	TooLarge                      // body or number of items over the limit
	UnsupportedType               // content type is not JSON
	Invalid                       // the request can be read, its values are wrong
	TooMany                       // rate limit
	Unavailable                   // full queue, database away, disk full: try again later
)

// Problem is one finding about one place of a request. Pointer is an RFC 6901 JSON pointer into the body.
type Problem struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// Error is an answer for the outside: a class, a stable code, a text that says what to do, and facts.
type Error struct {
	Class    Class
	Code     string
	Detail   string
	Fields   map[string]any // further members of the problem document
	Problems []Problem
}

func (e *Error) Error() string {
	if len(e.Problems) == 0 {
		return e.Code + ": " + e.Detail
	}
	parts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		parts[i] = p.Pointer + " " + p.Detail
	}
	return e.Code + ": " + e.Detail + " (" + strings.Join(parts, "; ") + ")"
}

// New makes an error of the given class and code; the rest is a format for its public text.
func New(c Class, code, format string, args ...any) *Error {
	return &Error{Class: c, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// With returns a copy of e with further facts, given as pairs of name and value.
func (e *Error) With(pairs ...any) *Error {
	c := *e
	c.Fields = make(map[string]any, len(e.Fields)+len(pairs)/2)
	for k, v := range e.Fields {
		c.Fields[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		c.Fields[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return &c
}

// As returns the *Error in the chain of err, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// ClassOf returns the class of err; Internal when it is not an *Error.
func ClassOf(err error) Class {
	if e := As(err); e != nil {
		return e.Class
	}
	return Internal
}

// CodeOf returns the stable code of err; "internal" when it is not an *Error.
func CodeOf(err error) string {
	if e := As(err); e != nil {
		return e.Code
	}
	return "internal"
}

// Is reports whether err carries the code.
func Is(err error, code string) bool { e := As(err); return e != nil && e.Code == code }

// IllegalTransition is the answer to every event that a state does not allow; allowed lists what it does.
func IllegalTransition(what, state, event string, allowed []string) *Error {
	allowed = append([]string{}, allowed...) // the caller's may be a table that all requests share
	sort.Strings(allowed)
	text := "nothing more can happen to it"
	if len(allowed) > 0 {
		text = "allowed now: " + strings.Join(allowed, ", ")
	}
	return New(Conflict, "illegal_transition", "%s is %s and cannot %s; %s", what, state, event, text).
		With("state", state, "allowed", allowed)
}

// Unknown is the answer to an id, SKU or code that names nothing.
func Unknown(what, id string) *Error {
	return New(NotFound, "not_found", "there is no %s %q", what, Clip(id))
}

// Count is a number with its noun, in the plural where it is not one.
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}

// Clip cuts what came from outside to what an error text may repeat: 80 bytes, whole characters.
func Clip(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	n := limit
	for n > limit-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// List gathers problems, so that a request hears all that is wrong with it at once.
type List struct{ problems []Problem }

// Add notes a problem at a JSON pointer.
func (l *List) Add(pointer, code, format string, args ...any) {
	l.problems = append(l.problems, Problem{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// Empty reports whether nothing was added.
func (l *List) Empty() bool { return len(l.problems) == 0 }

// Err returns nil or one validation_failed error with all problems.
func (l *List) Err() error {
	if l.Empty() {
		return nil
	}
	e := New(Invalid, "validation_failed", "the request has %d %s; see errors", len(l.problems), plural(len(l.problems), "problem"))
	e.Problems = l.problems
	return e
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// Join makes one error of two findings about the same request: their problems together. When one of them is not
// about problems, it is the answer.
func Join(a, b error) error {
	ea, eb := As(a), As(b)
	switch {
	case a == nil:
		return b
	case b == nil, ea == nil || len(ea.Problems) == 0:
		return a
	case eb == nil || len(eb.Problems) == 0:
		return b
	}
	list := List{problems: append(append([]Problem(nil), ea.Problems...), eb.Problems...)}
	return list.Err()
}
