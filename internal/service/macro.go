package service

import (
	"slices"
	"strings"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
)

// Actions are what steps of macros do.
var Actions = []string{"cancel", "refund", "reship", "appease", "change_address", "resend_mail", "reply", "note", "tag", "status"}

// Tenders are in what an appeasement is given.
var Tenders = []string{"refund", "store_credit"}

// Step is one thing that a macro does. Which fields count says Do; what a macro leaves open is given when it is run.
type Step struct {
	Do      string           `json:"do"`
	Reason  string           `json:"reason,omitzero"`  // cancel, refund, appease: a code
	Lines   []Units          `json:"lines,omitzero"`   // cancel, reship: none for all of the order
	Amount  int64            `json:"amount,omitzero"`  // refund, appease: minor units of the order's currency
	Percent int64            `json:"percent,omitzero"` // refund, appease: of the order's total, instead of an amount
	Tender  string           `json:"tender,omitzero"`  // appease: refund or store_credit
	Address *address.Address `json:"address,omitzero"` // change_address
	Text    string           `json:"text,omitzero"`    // reply, note; {customer}, {number}, {case} and {agent} are filled in
	Channel string           `json:"channel,omitzero"` // reply: code of the sales channel that writes; "" for that of the case's first order
	Mail    string           `json:"mail,omitzero"`    // resend_mail: name of the mail's template; "" for the last one of the order
	Tag     string           `json:"tag,omitzero"`     // tag
	Status  Status           `json:"status,omitzero"`  // status
}

// Units is a number of units of an order line.
type Units struct {
	Line     string `json:"line"`
	Quantity int64  `json:"quantity"`
}

// Macro is a named row of steps. Its id is its code.
type Macro struct {
	doc.Meta
	Name   string `json:"name"`
	Active bool   `json:"active"`
	Steps  []Step `json:"steps"`
}

// Ran is what a macro did, as the thread keeps it.
type Ran struct {
	Macro string    `json:"macro,omitzero"` // its code; "" for steps given by hand
	Order string    `json:"order,omitzero"`
	Steps []RanStep `json:"steps"`
}

// RanStep is what one step did. Amounts are minor units.
type RanStep struct {
	Do       string  `json:"do"`
	Reason   string  `json:"reason,omitzero"`
	Lines    []Units `json:"lines,omitzero"`
	Amount   int64   `json:"amount,omitzero"`
	Currency string  `json:"currency,omitzero"`
	Tender   string  `json:"tender,omitzero"`
	Mail     string  `json:"mail,omitzero"` // id of the mail that was sent again
	Made     string  `json:"made,omitzero"` // id of what it made: an order, a grant, an account of store credit, a mail
	Status   Status  `json:"status,omitzero"`
}

// Scopes are what a step's doer needs beside the right to work on cases.
var Scopes = map[string][]string{
	"cancel": {"orders:write"}, "refund": {"payments:write"}, "reship": {"orders:write", "orders:price"}, "appease": {"payments:write"}, "change_address": {"orders:write"},
	"resend_mail": {"mails:write"},
}

// once are the actions that a macro has one of: each makes something that the next would have to tell apart.
var once = []string{"reship"}

// maxSteps is how many steps a macro may have.
const maxSteps = 20

// OnOrder reports whether the step is about an order.
func (s Step) OnOrder() bool {
	return slices.Contains([]string{"cancel", "refund", "reship", "appease", "change_address", "resend_mail"}, s.Do)
}

// CheckSteps adds to the list what is wrong with steps. A definition may leave open what is given when it is run.
func CheckSteps(list *errs.List, at string, steps []Step, defines bool) {
	if len(steps) == 0 || len(steps) > maxSteps {
		list.Add(at, "out_of_range", "give 1 to %d steps", maxSteps)
		return
	}
	for i := range steps {
		steps[i].check(list, at+"/"+itoa(i), defines)
		if first := slices.IndexFunc(steps, func(s Step) bool { return s.Do == steps[i].Do }); first < i && slices.Contains(once, steps[i].Do) {
			list.Add(at+"/"+itoa(i)+"/do", "duplicate", "a macro does this once")
		}
	}
}

func (s *Step) check(list *errs.List, at string, defines bool) {
	if !slices.Contains(Actions, s.Do) {
		list.Add(at+"/do", "unknown_value", "give one of %s", strings.Join(Actions, ", "))
		return
	}
	if utf8.RuneCountInString(s.Text) > MaxText {
		list.Add(at+"/text", "too_long", "at most %d characters", MaxText)
	}
	if s.Do == "note" || s.Do == "reply" {
		CheckWords(list, at+"/text", s.Text)
	}
	for i, u := range s.Lines {
		if u.Quantity < 1 || u.Line == "" {
			list.Add(at+"/lines/"+itoa(i), "out_of_range", "give a line and a quantity of at least 1")
		}
	}
	switch s.Do {
	case "refund", "appease":
		s.checkAmount(list, at, defines)
	case "change_address":
		if s.Address == nil && !defines {
			list.Add(at+"/address", "required", "give the address")
		}
	case "note", "reply":
		if strings.TrimSpace(s.Text) == "" && !defines {
			list.Add(at+"/text", "required", "write something")
		}
	case "tag":
		if s.Tag == "" || utf8.RuneCountInString(s.Tag) > 64 {
			list.Add(at+"/tag", "required", "give a tag of at most 64 characters")
		}
	case "status":
		if !slices.Contains(Statuses, s.Status) || s.Status == New {
			list.Add(at+"/status", "unknown_value", "give a status of cases, but new")
		}
	}
}

func (s *Step) checkAmount(list *errs.List, at string, defines bool) {
	switch {
	case s.Amount != 0 && s.Percent != 0:
		list.Add(at+"/percent", "ambiguous", "give an amount or a part of the order's total, not both")
	case s.Amount < 0, s.Amount == 0 && s.Percent == 0 && !defines:
		list.Add(at+"/amount", "out_of_range", "give the amount, in minor units")
	case s.Percent < 0 || s.Percent > 100:
		list.Add(at+"/percent", "out_of_range", "give a part of the order's total, from 1 to 100")
	}
	if s.Do == "appease" && !slices.Contains(Tenders, s.Tender) {
		list.Add(at+"/tender", "unknown_value", "give one of %s", strings.Join(Tenders, ", "))
	}
}

// Check adds to the list what is wrong with the macro.
func (m *Macro) Check(list *errs.List) {
	checkNamed(list, m.ID, m.Name)
	CheckSteps(list, "/steps", m.Steps, true)
}

// Filled is the macro's steps with what is given for them when it is run: the i-th of given completes the i-th step of
// the same kind. A macro's own values stand; what it leaves open is taken.
func (m *Macro) Filled(given []Step) ([]Step, error) {
	out := slices.Clone(m.Steps)
	if len(given) > len(out) {
		return nil, mismatch(len(out))
	}
	for i, g := range given {
		s := &out[i]
		if g.Do != "" && g.Do != s.Do {
			return nil, mismatch(len(out))
		}
		fill(&s.Reason, g.Reason)
		fill(&s.Tender, g.Tender)
		fill(&s.Text, g.Text)
		fill(&s.Channel, g.Channel)
		fill(&s.Mail, g.Mail)
		fill(&s.Tag, g.Tag)
		fill(&s.Status, g.Status)
		if s.Amount == 0 && s.Percent == 0 {
			s.Amount, s.Percent = g.Amount, g.Percent
		}
		if s.Lines == nil {
			s.Lines = g.Lines
		}
		if s.Address == nil {
			s.Address = g.Address
		}
	}
	return out, nil
}

func mismatch(n int) error {
	var list errs.List
	list.Add("/steps", "ambiguous", "the macro has %d steps; give what it leaves open in the same order", n)
	return list.Err()
}

func fill[S ~string](to *S, from S) {
	if *to == "" {
		*to = from
	}
}
