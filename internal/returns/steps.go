package returns

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Delta is by how much the counters of an order line change with a step of a return.
type Delta struct {
	Line      string
	Requested int64
	Accepted  int64
	Rejected  int64
	Claimed   int64
}

// Deltas compares two states of a return; before is nil for a new one.
func Deltas(before, after *Return) []Delta {
	var out []Delta
	for i, l := range after.Lines {
		var was Line
		if before != nil {
			was = before.Lines[i]
		}
		d := Delta{Line: l.Line}
		if after.Type == Claim {
			d.Claimed = l.Open() + l.Kept - was.Open() - was.Kept
		} else {
			d.Requested = l.Open() - was.Open()
			d.Accepted = l.Accepted + l.Kept - was.Accepted - was.Kept
			d.Rejected = l.Rejected - was.Rejected
		}
		if d != (Delta{Line: l.Line}) {
			out = append(out, d)
		}
	}
	return out
}

// Wish is a line of a request.
type Wish struct {
	Line      string
	SKU       string
	Quantity  int64
	Reason    string
	Condition string
}

// New makes a return that nobody has decided about. Whether the units may come back is the order's to say.
func New(t Type, order string, p Policy, wishes []Wish, e Evaluation, now micros.Time) (*Return, error) {
	r := &Return{Order: order, Type: t, Status: Requested, Policy: p, Verdict: e.Verdict, Findings: e.Findings, RefundTo: ToTender, At: now}
	var list errs.List
	seen := map[string]bool{}
	reasons, conditions := p.Codes()
	for i, w := range wishes {
		at := "/lines/" + strconv.Itoa(i)
		if seen[w.Line] {
			list.Add(at+"/line", "duplicate", "line %s stands here twice; add up its quantities", errs.Clip(w.Line))
		}
		seen[w.Line] = true
		l := Line{Line: w.Line, SKU: w.SKU, Quantity: w.Quantity, Reason: w.Reason, Condition: w.Condition, Fault: Merchants, FeeFree: e.FeeFree[w.Line]}
		if t != Claim {
			if reason := p.Reason(w.Reason); reason == nil {
				list.Add(at+"/reason", "unknown_value", "give one of %s", strings.Join(reasons, ", "))
			} else {
				l.Fault = reason.Fault
			}
			if w.Condition != "" && p.Condition(w.Condition) == nil {
				list.Add(at+"/condition", "unknown_value", "give one of %s", strings.Join(conditions, ", "))
			}
		}
		r.Lines = append(r.Lines, l)
	}
	return r, list.Err()
}

// Approve lets it come back, within the days of the policy.
func Approve(r *Return, now micros.Time) (*Return, error) {
	c, err := step(r, "approve", "approve")
	if err == nil && c.Type != Claim {
		c.ExpiresAt = now.Add(time.Duration(c.Policy.ExpireDays) * 24 * time.Hour)
	}
	return c, err
}

// Keep settles an approved return of which nothing has to come back.
func Keep(r *Return, now micros.Time) (*Return, error) {
	c, err := step(r, "keep", "keep")
	if err != nil {
		return r, err
	}
	for i := range c.Lines {
		c.Lines[i].Kept += c.Lines[i].Open()
	}
	c.ClosedAt, c.ExpiresAt = now, 0
	return c, nil
}

// End gives it up by an event of the table: decline, cancel, expire or lose. What is open will not come.
func End(r *Return, event, reason string, now micros.Time) (*Return, error) {
	c, err := step(r, event, event)
	if err != nil {
		return r, err
	}
	c.gone()
	c.Reason, c.ClosedAt, c.ExpiresAt = reason, now, 0
	return c, nil
}

// gone says of all that has not come that it will not.
func (r *Return) gone() {
	for i := range r.Lines {
		r.Lines[i].Gone += r.Lines[i].Expected()
	}
}

// Labelable refuses a label where the return waits for none.
func Labelable(r *Return) error {
	if r.Type == Claim {
		return errs.IllegalTransition("the claim", string(r.Status), "label", Allowed(r))
	}
	_, err := step(r, "label", "label")
	return err
}

// NeedsLabel reports whether a label that was bought is of use: the return has it, or waits for one.
func NeedsLabel(r *Return, label string) bool {
	if r.Status == Declined || r.Status == Canceled || r.Status == Expired {
		return false
	}
	return r.Label == label || r.Label == "" && r.Status == Approved
}

// IssueLabel notes the label that the customer sends it with.
func IssueLabel(r *Return, label, carrier, tracking string) (*Return, error) {
	c, err := step(r, "label", "label")
	if err == nil {
		c.Label, c.Carrier, c.Tracking = label, carrier, tracking
	}
	return c, err
}

// TakeLabel takes a label off that was given back. What has gone on without it stays where it is.
func TakeLabel(r *Return) *Return {
	c := Clone(r)
	if to, ok := transitions[r.Status]["unlabel"]; ok {
		c.Status = to
	}
	c.Label, c.Carrier, c.Tracking = "", "", ""
	if !r.Over() { // what came after its return was given up has come all the same
		c.ArrivedAt = 0
	}
	return c
}

// Carried notes what the carrier of the label says: the parcel moves, and it has arrived at the location at a time; 0 for
// not yet. What came is for people to say: a parcel that arrived is not unpacked. One that was unpacked, or given up, before
// the carrier told has arrived all the same, once, and stays what it is. Changed is the last word of the event
// that tells of it; "" where nothing is new.
func Carried(r *Return, at micros.Time) (c *Return, changed string) {
	c = r
	if r.Status == LabelIssued {
		c, _ = Ship(r, "", "")
		changed = "in_transit"
	}
	if r.Status != InTransit && c.Status != InTransit { // it was unpacked, or given up, before the carrier told
		if at == 0 || r.ArrivedAt != 0 {
			return r, ""
		}
		c = Clone(r)
		c.ArrivedAt = at
		return c, "arrived"
	}
	if c.ArrivedAt == at {
		return c, changed
	}
	c = Clone(c)
	if c.ArrivedAt = at; at == 0 { // a person says that it is not there
		return c, "in_transit"
	}
	return c, "arrived"
}

// Ship notes that it is under way. Carrier and tracking number are those that the customer tells, of a parcel on own
// account.
func Ship(r *Return, carrier, tracking string) (*Return, error) {
	c, err := step(r, "ship", "ship")
	if err != nil {
		return r, err
	}
	c.ExpiresAt = 0
	if tracking != "" && tracking != c.Tracking { // it goes another way than a label
		c.Label, c.Carrier, c.Tracking = "", carrier, tracking
	}
	return c, nil
}

// Arrival is what a location unpacked.
type Arrival struct {
	Lines      []Units
	Unexpected []Stray
	Last       bool // nothing more will come
	By         string
}

// Receive takes what came, by line. What is more than was asked for is unexpected. With the last parcel, what is
// missing is missing: it is neither refunded nor waited for.
func Receive(r *Return, a Arrival, now micros.Time) (*Return, error) {
	under := r
	if r.Status == Approved || r.Status == LabelIssued {
		var err error
		if under, err = Ship(r, "", ""); err != nil {
			return r, err
		}
	}
	c := Clone(under)
	c.ExpiresAt = 0
	if err := c.take(a); err != nil {
		return r, err
	}
	if a.Last {
		c.gone()
	}
	var expected, received int64
	for _, l := range c.Lines {
		expected, received = expected+l.Expected(), received+l.Received
	}
	if received == 0 {
		var list errs.List
		list.Add("/lines", "required", "say what came; a parcel that never arrives is lost")
		return r, list.Err()
	}
	event := "receive_some"
	if expected == 0 {
		event = "receive_all"
	}
	to, err := step(under, event, "receive")
	if err != nil {
		return r, err
	}
	c.Status = to.Status
	c.Receipts = append(c.Receipts, Receipt{At: now, By: a.By, Lines: a.Lines, Unexpected: a.Unexpected})
	return c.inspected(), nil
}

// take counts what came.
func (r *Return) take(a Arrival) error {
	var list errs.List
	for i, u := range a.Lines {
		at := "/lines/" + strconv.Itoa(i)
		l := r.Line(u.Line)
		switch {
		case l == nil:
			list.Add(at+"/line", "unknown_line", "the return has no line %q; name it under unexpected", errs.Clip(u.Line))
			continue
		case u.Quantity < 1:
			list.Add(at+"/quantity", "out_of_range", "give a whole number from 1")
			continue
		case u.Quantity > l.Expected():
			list.Add(at+"/quantity", "out_of_range", "line %s expects %s; name more under unexpected", l.Line, errs.Count(l.Expected(), "unit"))
			continue
		}
		l.Received += u.Quantity
		if r.Policy.RefundAt == AtReceived {
			l.Accepted += u.Quantity
		}
	}
	for i, s := range a.Unexpected {
		if s.Quantity < 1 || s.SKU == "" || len(s.SKU) > 64 {
			list.Add("/unexpected/"+strconv.Itoa(i), "out_of_range", "give a SKU and a quantity from 1")
		}
	}
	return list.Err()
}

// Look is what an inspection found of units of a line. What is empty follows from the condition.
type Look struct {
	Line        string
	Quantity    int64
	Condition   string
	Accepted    *bool
	Reason      string // required to reject
	Disposition Disposition
	Location    string
	Bucket      string
}

// RejectReasons are why units are not accepted.
var RejectReasons = []string{"wrong_item", "used", "damaged_by_customer", "incomplete", "not_ours", "condition", "other"}

// Inspect says of received units whether they are accepted, and what becomes of each (R3).
func Inspect(r *Return, looks []Look, by string, now micros.Time) (*Return, error) {
	c, err := step(r, "inspect_some", "inspect")
	if err != nil {
		return r, err
	}
	var list errs.List
	if len(looks) == 0 {
		list.Add("/units", "required", "say what was found")
	}
	for i, look := range looks {
		c.look(look, by, now, "/units/"+strconv.Itoa(i), &list)
	}
	if err := list.Err(); err != nil {
		return r, err
	}
	return c.inspected(), nil
}

func (r *Return) look(k Look, by string, now micros.Time, at string, list *errs.List) {
	l := r.Line(k.Line)
	if l == nil {
		list.Add(at+"/line", "unknown_line", "the return has no line %q", errs.Clip(k.Line))
		return
	}
	rule := r.Policy.Condition(k.Condition)
	if rule == nil {
		_, known := r.Policy.Codes()
		list.Add(at+"/condition", "unknown_value", "give one of %s", strings.Join(known, ", "))
		return
	}
	if left := l.Received - l.Inspected; k.Quantity < 1 || k.Quantity > left {
		list.Add(at+"/quantity", "out_of_range", "line %s has %s to inspect", l.Line, errs.Count(left, "unit"))
		return
	}
	p := Piece{
		ID: strconv.Itoa(len(r.Pieces) + 1), Line: k.Line, Quantity: k.Quantity, Condition: k.Condition, Accepted: rule.Accept, Reason: k.Reason,
		Disposition: k.Disposition, Location: k.Location, Bucket: k.Bucket, By: by, At: now,
	}
	if k.Accepted != nil {
		p.Accepted = *k.Accepted
	}
	p.fill(r, rule)
	r.admit(&p, k.Accepted == nil, at, list)
	l.Inspected += p.Quantity
	switch {
	case !p.Accepted:
		l.Rejected += p.Quantity
	case r.Policy.RefundAt != AtReceived:
		l.Accepted += p.Quantity
	}
	r.Pieces = append(r.Pieces, p)
}

// fill takes from the condition what the inspection leaves open.
func (p *Piece) fill(r *Return, rule *Condition) {
	if p.Disposition == "" && !p.Accepted {
		p.Disposition = ReturnToCustomer
	} else if p.Disposition == "" {
		p.Disposition, p.Bucket = rule.Disposition, rule.Bucket
	}
	if p.Location == "" {
		p.Location = r.Location
	}
}

func (r *Return) admit(p *Piece, byRule bool, at string, list *errs.List) {
	oneOf(list, at+"/disposition", p.Disposition, Dispositions)
	checkBucket(list, at+"/bucket", p.Disposition, p.Bucket)
	switch {
	case p.Accepted && p.Disposition == ReturnToCustomer:
		list.Add(at+"/disposition", "not_allowed", "units that are accepted are refunded: they do not go back to the customer")
	case p.Accepted && p.Reason != "":
		list.Add(at+"/reason", "not_allowed", "only rejected units have a reason")
	case !p.Accepted && r.Policy.RefundAt == AtReceived:
		list.Add(at+"/accepted", "already_refunded", "policy %s refunds what arrives as it is: these units are accepted already", r.Policy.ID)
	case !p.Accepted && p.Reason == "" && byRule:
		p.Reason = "condition"
	case !p.Accepted:
		oneOf(list, at+"/reason", p.Reason, RejectReasons)
	}
	if p.Disposition != Restock && p.Location != r.Location {
		list.Add(at+"/location", "not_allowed", "only a restock goes to another location")
	}
}

// inspected moves on when all that will ever come has been looked at, and on when nothing waits for processing.
func (r *Return) inspected() *Return {
	if r.Status != Received || slices.ContainsFunc(r.Lines, func(l Line) bool { return l.Inspected < l.Received }) {
		return r
	}
	r.Status = transitions[Received]["inspect_all"]
	return r
}

// Move gives units that were refurbished or quarantined their next disposition.
func Move(r *Return, piece string, quantity int64, k Look, by string, now micros.Time) (*Return, error) {
	if _, ok := transitions[r.Status]["move"]; !ok {
		if _, ok := transitions[r.Status]["inspect_some"]; !ok {
			return r, errs.IllegalTransition("the "+string(r.Type), string(r.Status), "dispose", Allowed(r))
		}
	}
	p := r.Piece(piece)
	if p == nil {
		return r, errs.Unknown("piece", piece)
	}
	if !slices.Contains(Processing, p.Disposition) {
		return r, errs.New(errs.Conflict, "disposed", "piece %s has its last disposition: %s", p.ID, p.Disposition).With("state", string(p.Disposition))
	}
	var list errs.List
	if quantity < 1 || quantity > p.Quantity {
		list.Add("/quantity", "out_of_range", "piece %s has %s", p.ID, errs.Count(p.Quantity, "unit"))
		return r, list.Err()
	}
	c := Clone(r)
	next := *c.Piece(piece)
	next.Quantity, next.Disposition, next.Location, next.Bucket, next.By, next.At = quantity, k.Disposition, k.Location, k.Bucket, by, now
	if next.Location == "" {
		next.Location = r.Location
	}
	if next.Disposition == p.Disposition {
		list.Add("/disposition", "not_allowed", "the units have it already")
	}
	c.admit(&next, true, "", &list)
	if err := list.Err(); err != nil {
		return r, err
	}
	if quantity == p.Quantity {
		*c.Piece(piece) = next
		return c, nil
	}
	c.Piece(piece).Quantity -= quantity
	next.ID, next.From = strconv.Itoa(len(c.Pieces)+1), piece
	c.Pieces = append(c.Pieces, next)
	return c, nil
}

// Done reports whether it may be closed: everything was inspected, and nothing waits for processing.
func Done(r *Return) bool {
	return r.Status == Inspected && !slices.ContainsFunc(r.Pieces, func(p Piece) bool { return slices.Contains(Processing, p.Disposition) }) &&
		(r.Swap == nil || r.Swap.Over())
}

// Close ends it.
func Close(r *Return, now micros.Time) (*Return, error) {
	c, err := step(r, "close", "close")
	if err == nil {
		c.ClosedAt = now
	}
	return c, err
}
