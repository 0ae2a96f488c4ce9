package shipping

import (
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// LabelStatus is the state of a label.
type LabelStatus string

// The states. VoidPending lies between labeled and voided, because giving a label back is a call with an outcome that
// may stay unknown for a while; such a label must not ship any more, and no second one may be bought yet.
const (
	LabelDraft   LabelStatus = "draft"
	LabelPending LabelStatus = "label_pending"
	LabelFailed  LabelStatus = "label_failed"
	Labeled      LabelStatus = "labeled"
	VoidPending  LabelStatus = "void_pending"
	Voided       LabelStatus = "voided"
)

// LabelStatuses lists all states.
var LabelStatuses = []LabelStatus{LabelDraft, LabelPending, LabelFailed, Labeled, VoidPending, Voided}

// labelTransitions lists what may happen in each state. buy after label_failed is a new attempt under a new key.
var labelTransitions = map[LabelStatus]map[string]LabelStatus{
	LabelDraft:   {"buy": LabelPending},
	LabelPending: {"labeled": Labeled, "fail": LabelFailed},
	LabelFailed:  {"buy": LabelPending},
	Labeled:      {"void": VoidPending},
	VoidPending:  {"voided": Voided, "refuse_void": Labeled},
	Voided:       {},
}

// Attempt is one intent at the provider: buying or voiding. Its id is the provider's idempotency key; a definite
// refusal closes it, and the next one has an id of its own (G4).
type Attempt struct {
	ID     string      `json:"id"`
	Kind   string      `json:"kind"` // buy or void
	State  string      `json:"state"`
	Reason string      `json:"reason,omitzero"`
	At     micros.Time `json:"at"`
	DoneAt micros.Time `json:"done_at,omitzero"`
}

// States of an attempt.
const (
	Requested = "requested"
	Succeeded = "succeeded"
	Failed    = "failed"
	Pending   = "pending" // of an outcome only: the provider is still at it
)

// Kinds of attempts.
const (
	Buy  = "buy"
	Void = "void"
)

// Label is a carrier's label for one package, a part of an order. Buying one costs money: it has an intent before the
// call and an outcome after it. The paper itself is stored apart, under the label's id.
type Label struct {
	doc.Meta
	Order          string      `json:"order"`
	Fulfillment    string      `json:"fulfillment"`     // empty on a label for a return
	Return         string      `json:"return,omitzero"` // what comes back with it, from the customer to a location
	Package        string      `json:"package"`
	Status         LabelStatus `json:"status"`
	Carrier        string      `json:"carrier"`
	Provider       string      `json:"provider"`
	Service        string      `json:"service"`
	Parcel         Parcel      `json:"parcel"`
	Quoted         money.Money `json:"quoted"` // what was expected
	Cost           money.Money `json:"cost,omitzero"`
	TrackingNumber string      `json:"tracking_number,omitzero"`
	ProviderRef    string      `json:"provider_ref,omitzero"`
	FileHash       string      `json:"file_hash,omitzero"` // SHA-256 of the stored paper
	Erased         bool        `json:"erased,omitzero"`    // the paper is gone, with what else was personal
	Chosen         string      `json:"chosen"`             // why this quote
	Quotes         []Quote     `json:"quotes"`             // all that were considered
	Reason         string      `json:"reason,omitzero"`    // why the last attempt failed
	Attempts       []Attempt   `json:"attempts"`
	Tracking       Tracking    `json:"tracking,omitzero"`
	At             micros.Time `json:"at"`
	LabeledAt      micros.Time `json:"labeled_at,omitzero"`
	VoidedAt       micros.Time `json:"voided_at,omitzero"`
}

// Active reports whether the label stands for its package, so that no other may be bought (S1).
func (l *Label) Active() bool {
	return l.Status == LabelDraft || l.Status == LabelPending || l.Status == Labeled || l.Status == VoidPending
}

// AllowedLabel lists what may happen to the label now, of what people can ask for.
func AllowedLabel(l *Label) []string {
	out := []string{}
	for event := range labelTransitions[l.Status] {
		if event == Buy || event == Void {
			out = append(out, event)
		}
	}
	slices.Sort(out)
	return out
}

// step returns a copy in the state after the event.
func (l *Label) step(event string) (*Label, error) {
	to, ok := labelTransitions[l.Status][event]
	if !ok {
		return l, errs.IllegalTransition("the label", string(l.Status), event, AllowedLabel(l))
	}
	c := *l
	c.Status, c.Attempts = to, slices.Clone(l.Attempts)
	return &c, nil
}

// Whole stands for the package of a fulfillment order that nobody packed into packages: all of it.
const Whole = "whole"

// SamePackage reports whether two packages of a fulfillment order have something in common.
func SamePackage(a, b string) bool { return a == b || a == Whole || b == Whole }

// Subject is the id of what the package is of: a fulfillment order, or a return.
func (l *Label) Subject() string {
	if l.Return != "" {
		return l.Return
	}
	return l.Fulfillment
}

// FreePackage refuses a second label for a package that has an active one (S1). Subject is a fulfillment order or a
// return.
func FreePackage(labels []*Label, subject, pack string) error {
	for _, l := range labels {
		if l.Subject() == subject && SamePackage(l.Package, pack) && l.Active() {
			what := "package " + pack + " has label " + l.ID
			if l.Package != pack {
				what = "label " + l.ID + " is for " + l.Package + ", which has something in common with " + pack
			}
			return errs.New(errs.Conflict, "label_exists", "%s (%s); print it again, or void it first", what, l.Status).
				With("label", l.ID, "state", string(l.Status))
		}
	}
	return nil
}

// Ask begins an attempt of a kind: the intent that is stored before the provider is called.
func Ask(l *Label, kind, id string, now micros.Time) (*Label, error) {
	c, err := l.step(kind)
	if err != nil {
		return l, err
	}
	c.Reason = ""
	c.Attempts = append(c.Attempts, Attempt{ID: id, Kind: kind, State: Requested, At: now})
	return c, nil
}

// Open returns the attempt that waits for its outcome, or nil.
func (l *Label) Open() *Attempt {
	if n := len(l.Attempts); n > 0 && l.Attempts[n-1].State == Requested {
		return &l.Attempts[n-1]
	}
	return nil
}

// Outcome is what became of an attempt.
type Outcome struct {
	State          string
	Reason         string
	TrackingNumber string
	ProviderRef    string
	Cost           money.Money
	Paper          []byte // PDF; stored apart
	FileHash       string
}

// Resolve records the outcome of an attempt. One that is recorded already changes nothing; changed says so.
func Resolve(l *Label, attempt string, out Outcome, now micros.Time) (_ *Label, changed bool, err error) {
	open := l.Open()
	if open == nil || open.ID != attempt {
		if !slices.ContainsFunc(l.Attempts, func(a Attempt) bool { return a.ID == attempt }) {
			return l, false, errs.Unknown("attempt", attempt)
		}
		return l, false, nil
	}
	ok := out.State == Succeeded
	event := map[string]map[bool]string{Buy: {true: "labeled", false: "fail"}, Void: {true: "voided", false: "refuse_void"}}[open.Kind][ok]
	c, err := l.step(event)
	if err != nil {
		return l, false, err
	}
	a := &c.Attempts[len(c.Attempts)-1]
	a.State, a.Reason, a.DoneAt = Failed, out.Reason, now
	c.Reason = out.Reason
	switch {
	case ok && a.Kind == Buy:
		a.State, c.LabeledAt = Succeeded, now
		c.TrackingNumber, c.ProviderRef, c.Cost, c.FileHash = out.TrackingNumber, out.ProviderRef, out.Cost, out.FileHash
	case ok:
		a.State, c.VoidedAt = Succeeded, now
	}
	return c, true, nil
}

// Shippable refuses to let a package leave on a label that is not there: still being bought, or given back (S2). A
// package without any label may leave: its tracking number came from elsewhere.
func Shippable(labels []*Label, fulfillment string) (tracking []string, err error) {
	var voided *Label
	for _, l := range labels {
		if l.Fulfillment != fulfillment {
			continue
		}
		switch l.Status {
		case Labeled:
			tracking = append(tracking, l.TrackingNumber)
		case LabelPending, VoidPending:
			return nil, errs.New(errs.Conflict, "label_not_ready", "label %s is %s; wait for its outcome", l.ID, l.Status).With("label", l.ID, "state", string(l.Status))
		case Voided:
			voided = l
		}
	}
	if len(tracking) == 0 && voided != nil {
		return nil, errs.New(errs.Conflict, "label_voided", "label %s was voided; buy another, or give the tracking number of another carrier", voided.ID).With("label", voided.ID)
	}
	return tracking, nil
}

// CheckLabel tells what is wrong with a stored label; "" when nothing is.
func CheckLabel(l *Label) string {
	open := l.Open()
	wants := map[LabelStatus]string{LabelPending: Buy, VoidPending: Void}[l.Status]
	switch {
	case !slices.Contains(LabelStatuses, l.Status):
		return "unknown state " + string(l.Status)
	case wants != "" && (open == nil || open.Kind != wants):
		return "it is " + string(l.Status) + " and asks its provider for nothing"
	case wants == "" && open != nil:
		return "it is " + string(l.Status) + " and still asks its provider"
	case (l.Status == Labeled || l.Status == VoidPending || l.Status == Voided) && (l.TrackingNumber == "" || (l.FileHash == "") != l.Erased):
		return "it is " + string(l.Status) + " without tracking number or paper"
	}
	bought, voided := 0, 0
	for _, a := range l.Attempts {
		if a.State == Succeeded && a.Kind == Buy {
			bought++
		}
		if a.State == Succeeded && a.Kind == Void {
			voided++
		}
	}
	switch {
	case bought > 1:
		return "it was bought more than once"
	case (l.Status == Voided) != (voided == 1) || voided > bought:
		return "what was bought and voided does not fit its state"
	}
	sorted := slices.IsSortedFunc(l.Tracking.Scans, order)
	if code, since := Fold(l.Tracking.Scans); !sorted || code != l.Tracking.Code || since != l.Tracking.Since {
		return "its tracking is not what its scans add up to"
	}
	return ""
}

// EraseLabel takes out what is personal: the paper with name and address, and where the carrier says that the parcel
// was left, and with whom.
func EraseLabel(l *Label) *Label {
	c := *l
	c.Erased, c.FileHash = l.FileHash != "" || l.Erased, ""
	c.Tracking.Scans = Public(l.Tracking.Scans)
	return &c
}
