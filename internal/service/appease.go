package service

import (
	"fmt"
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Appeasements is what the customer of one order was given beyond what was owed. Its id follows from that of the order.
type Appeasements struct {
	doc.Meta
	Order    string        `json:"order"`
	Currency string        `json:"currency"`
	Entries  []Appeasement `json:"entries"`
}

// Appeasement is one gift. Amount is in minor units of the order's currency.
type Appeasement struct {
	ID     string      `json:"id"`
	Case   string      `json:"case"`
	Agent  string      `json:"agent"` // actor
	Tender string      `json:"tender"`
	Amount int64       `json:"amount"`
	Reason string      `json:"reason"`
	Made   string      `json:"made"` // id of the grant, or of the account of store credit
	At     micros.Time `json:"at"`
}

// AppeasementID is the id of an order's appeasements.
func AppeasementID(order string) string { return "apz" + order[len("ord"):] }

// AgentDay is what an agent gave away on a day (UTC) in a currency.
type AgentDay struct {
	doc.Meta
	Agent    string `json:"agent"`
	Day      string `json:"day"`
	Currency string `json:"currency"`
	Amount   int64  `json:"amount"`
}

// AgentDayID is the id of an agent's day.
func AgentDayID(agent, day, currency string) string { return agent + "/" + day + "/" + currency }

// Sum is what was given in a tender.
func (a *Appeasements) Sum(tender string) (n int64) {
	for _, e := range a.Entries {
		if e.Tender == tender {
			n += e.Amount
		}
	}
	return n
}

// Appease adds a gift within its limits (S3): money no more than is left of what was captured, store credit no more than
// the queue allows for an order, and either no more than the agent may give away in a day.
func Appease(a *Appeasements, day *AgentDay, e Appeasement, left int64, q *Queue) (*Appeasements, *AgentDay, error) {
	limit, what := left, "of what was captured for the order"
	if e.Tender == "store_credit" {
		limit, what = q.AppeaseCredit-a.Sum(e.Tender), "of the store credit that queue "+q.ID+" allows for an order"
	}
	if e.Amount > limit {
		return a, day, errs.New(errs.Conflict, "appeasement_limit", "only %d is left %s", max(0, limit), what).With("requested", e.Amount, "available", max(0, limit))
	}
	if rest := q.AppeaseDaily - day.Amount; e.Amount > rest {
		return a, day, errs.New(errs.Conflict, "appeasement_limit", "you may give away only %d more today from queue %s; ask somebody who may", max(0, rest), q.ID).
			With("requested", e.Amount, "available", max(0, rest))
	}
	next, today := *a, *day
	next.Entries = append(slices.Clone(a.Entries), e)
	today.Amount += e.Amount
	return &next, &today, nil
}

// CheckAppeasements is S3 for stored data: money that was given away was captured. It returns what is wrong, or "".
func CheckAppeasements(a *Appeasements, captured int64) string {
	for _, e := range a.Entries {
		if e.Amount < 1 || !slices.Contains(Tenders, e.Tender) {
			return fmt.Sprintf("entry %s is %d as %q", e.ID, e.Amount, e.Tender)
		}
	}
	if n := a.Sum("refund"); n > captured {
		return fmt.Sprintf("%d was given back as appeasement, only %d captured", n, captured)
	}
	return ""
}
