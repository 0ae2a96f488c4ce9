// Package bulk holds the rules of files that bring in or take out many things at once.
//
// What lives here: imports and exports as documents with their states, what columns a file of each kind has, and
// turning rows of CSV into the JSON that the API takes and back. What does not: running rows (app), storing files.
// The one idea: a row of a file is a request of the API in another dress. Whatever that refuses is refused here, with
// the same words and the column instead of the pointer.
package bulk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Kinds of things in files.
const (
	Orders    = "orders"
	Products  = "products"
	Stock     = "stock"
	Customers = "customers"
)

// Kinds lists them.
var Kinds = []string{Orders, Products, Stock, Customers}

// Areas are the scopes of kinds: what is imported needs the area's right to write, what is exported that to read.
var Areas = map[string]string{Orders: "orders", Products: "catalog", Stock: "stock", Customers: "customers"}

// Forms of files.
const (
	CSV   = "csv"
	JSONL = "jsonl"
)

// Formats lists them.
var Formats = []string{CSV, JSONL}

// Status is the state of an import.
type Status string

// States of an import.
const (
	Uploaded       Status = "uploaded"
	Validating     Status = "validating"
	Ready          Status = "ready"
	HasErrors      Status = "has_errors"
	Running        Status = "running"
	Done           Status = "done"
	DoneWithErrors Status = "done_with_errors"
	Canceled       Status = "canceled"
)

// Statuses lists them.
var Statuses = []Status{Uploaded, Validating, Ready, HasErrors, Running, Done, DoneWithErrors, Canceled}

// transitions: from a state, what it may become.
var transitions = map[Status][]Status{
	Uploaded:   {Validating, Canceled},
	Validating: {Ready, HasErrors, Canceled},
	Ready:      {Running, Canceled},
	HasErrors:  {Running, Canceled},
	Running:    {Done, DoneWithErrors, Canceled},
}

// Ended reports whether nothing more will happen.
func (s Status) Ended() bool { return len(transitions[s]) == 0 }

// Import is a file that was sent, and what becomes of it.
type Import struct {
	doc.Meta
	Kind      string      `json:"kind"`
	Format    string      `json:"format"`
	File      string      `json:"file"` // of the stored pieces
	Size      int64       `json:"size"` // bytes
	SHA256    string      `json:"sha256"`
	Owner     string      `json:"owner"` // the API key that sent it: rows may do what it may
	DryRun    bool        `json:"dry_run,omitzero"`
	Status    Status      `json:"status"`
	CreatedAt micros.Time `json:"created_at"`
	EndedAt   micros.Time `json:"ended_at,omitzero"`
	Rows      int64       `json:"rows,omitzero"`    // known after validation; an order is one row, however many lines it has
	Invalid   int64       `json:"invalid,omitzero"` // refused by validation, and not run
	Done      int64       `json:"done,omitzero"`    // known at the end, as the next one
	Failed    int64       `json:"failed,omitzero"`  // refused when it was their turn
	Reason    string      `json:"reason,omitzero"`  // why it was canceled, when nobody did it
}

// To takes the import into another state.
func (i *Import) To(next Status, now micros.Time) (*Import, error) {
	if !slices.Contains(transitions[i.Status], next) {
		return nil, refuse("the import", i.Status, steps[next].refused, i.Steps())
	}
	n := *i
	n.Status = next
	if next.Ended() {
		n.EndedAt = now
	}
	return &n, nil
}

// Expired tells why an import is ended that nobody started or canceled for so long: its file may hold personal data,
// and is not kept for good. It is "" for one that does not wait, or not that long.
func (i *Import) Expired(now micros.Time, after time.Duration) string {
	if (i.Status != Ready && i.Status != HasErrors) || i.CreatedAt >= now.Add(-after) {
		return ""
	}
	return fmt.Sprintf("nobody started it within %s (setting file_max_age); send the file again", after)
}

// steps are what somebody can do to bring an import into a state, and how it is said that this cannot be.
var steps = map[Status]struct{ name, refused string }{
	Validating: {"", "be checked"}, Ready: {"", "be ready"}, HasErrors: {"", "have errors"}, Running: {"start", "be started"},
	Done: {"", "be done"}, DoneWithErrors: {"", "be done"}, Canceled: {"cancel", "be canceled"},
}

// Steps are what can be done to the import from outside.
func (i *Import) Steps() (out []string) {
	for _, next := range transitions[i.Status] {
		if s := steps[next]; s.name != "" {
			out = append(out, s.name)
		}
	}
	return out
}

// words say in a sentence what state a file is in.
var words = map[Status]string{
	Uploaded: "was sent and is not checked yet", Validating: "is being checked", Ready: "is checked and waits to be started",
	HasErrors: "is checked, has rows with errors, and waits to be started without them", Running: "is running",
	Done: "is done", DoneWithErrors: "is done, but for rows that were refused", Canceled: "was canceled",
}

// refuse is the answer to a step that a state does not allow.
func refuse(what string, is Status, step string, allowed []string) error {
	text := "nothing more can happen to it"
	if len(allowed) > 0 {
		text = "what can be done now: " + strings.Join(allowed, ", ")
	}
	return errs.New(errs.Conflict, "illegal_transition", "%s %s, so it cannot %s; %s", what, words[is], step, text).
		With("state", string(is), "allowed", append([]string{}, allowed...))
}

// Check adds what is wrong with an import as it was sent.
func (i *Import) Check(list *errs.List) {
	oneOf(list, "/kind", i.Kind, Kinds)
	oneOf(list, "/format", i.Format, Formats)
	if i.Size == 0 {
		list.Add("/file", "required", "the file is empty")
	}
}

func oneOf(list *errs.List, at, value string, known []string) {
	if !slices.Contains(known, value) {
		list.Add(at, "unknown_value", "give one of %s", strings.Join(known, ", "))
	}
}

// Export is a file that is being made, or was.
type Export struct {
	doc.Meta
	Kind      string      `json:"kind"`
	Format    string      `json:"format"`
	Filter    Filter      `json:"filter"`
	Owner     string      `json:"owner"`
	Channels  []string    `json:"channels,omitzero"` // those that the owner sees; empty: all
	Status    Status      `json:"status"`            // running, done or canceled
	Rows      int64       `json:"rows"`
	Erased    int64       `json:"erased,omitzero"` // customers who were left out, for they were erased
	Size      int64       `json:"size"`
	Pieces    []Piece     `json:"pieces,omitzero"` // of the file, in their order
	CreatedAt micros.Time `json:"created_at"`
	EndedAt   micros.Time `json:"ended_at,omitzero"`
}

// Piece is a part of an export's file that one run of a job wrote, alone: a run that lost its lease without knowing
// writes another one, which nobody reads.
type Piece struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// PieceName names the piece of a run of an export.
func PieceName(export, run string) string { return export + "." + run }

// ExportOf is the export of a piece.
func ExportOf(piece string) string {
	export, _, _ := strings.Cut(piece, ".")
	return export
}

// Cancel ends an export that is not done.
func (e *Export) Cancel(now micros.Time) (*Export, error) {
	if e.Status != Running {
		return nil, refuse("the export", e.Status, "be canceled", nil)
	}
	n := *e
	n.Status, n.EndedAt = Canceled, now
	return &n, nil
}

// Download refuses to give a file that is not there.
func (e *Export) Download() error {
	switch e.Status {
	case Done:
		return nil
	case Running:
		return refuse("the export", e.Status, "be downloaded yet", []string{"wait until it is done", "cancel"})
	}
	return refuse("the export", e.Status, "be downloaded", nil)
}

// Filter selects what is exported; empty fields select all.
type Filter struct {
	Status   string `json:"status,omitzero"`   // of orders
	Channel  string `json:"channel,omitzero"`  // of orders
	Location string `json:"location,omitzero"` // of stock
	SKU      string `json:"sku,omitzero"`      // of stock
}

// Check adds what is wrong with an export as it was asked for; statuses are those that orders have.
func (e *Export) Check(list *errs.List, statuses []string) {
	oneOf(list, "/kind", e.Kind, Kinds)
	oneOf(list, "/format", e.Format, Formats)
	for _, f := range []struct{ name, value, kind string }{
		{"status", e.Filter.Status, Orders}, {"channel", e.Filter.Channel, Orders}, {"location", e.Filter.Location, Stock}, {"sku", e.Filter.SKU, Stock},
	} {
		switch at := "/filter/" + f.name; {
		case f.value == "":
		case f.kind != e.Kind:
			list.Add(at, "not_allowed", "%s selects %s only; leave it out", f.name, f.kind)
		case f.name == "status":
			oneOf(list, at, f.value, statuses)
		}
	}
}

// Outcome is what became of a row. Of a row that was done it is stored in the unit of work that did it: that is what
// keeps it from being done again.
type Outcome struct {
	doc.Meta
	Import  string `json:"import"`
	Line    int64  `json:"line"` // of the file, where the row begins
	Status  string `json:"status"`
	Column  string `json:"column,omitzero"`
	Code    string `json:"code,omitzero"`
	Message string `json:"message,omitzero"`
	Ref     string `json:"ref,omitzero"`    // what it made or changed
	Events  int64  `json:"events,omitzero"` // of the journal that the row recorded, under OutcomeID as their request
}

// OutcomeID names the outcome of a row, and the request under which the row is run; ids are in the order of lines.
func OutcomeID(imp string, line int64) string { return fmt.Sprintf("%s:%012d", imp, line) }

// IsOutcomeID reports whether a request is that of a row.
func IsOutcomeID(request string) bool { return strings.HasPrefix(request, "imp_") }

// NewOutcome is what became of a row, as far as it says so itself.
func NewOutcome(imp string, line int64, status string) *Outcome {
	return &Outcome{Meta: doc.Meta{ID: OutcomeID(imp, line)}, Import: imp, Line: line, Status: status}
}

// States of a row.
const (
	RowInvalid = "invalid" // refused by validation, and not tried
	RowDone    = "done"
	RowFailed  = "failed" // refused when it was its turn
)

// RowStates lists them.
var RowStates = []string{RowInvalid, RowDone, RowFailed}

// Refuse notes why a row cannot be done. Of several findings the first gives column and code; the message has all of
// them, and names what differs from what is here already.
func (o *Outcome) Refuse(kind string, err error) *Outcome {
	e := errs.As(err)
	if e == nil {
		o.Code, o.Message = "internal", "something went wrong on our side; the log of the server has more, under "+o.ID
		return o
	}
	o.Code, o.Message = e.Code, e.Detail
	if len(e.Problems) > 0 {
		var all []string
		for _, p := range e.Problems {
			text := p.Detail
			if column := ColumnOf(kind, p.Pointer); column != "" { // else it is about the row as a whole
				text = column + ": " + text
			}
			if !slices.Contains(all, text) { // lines of an order share columns
				all = append(all, text)
			}
		}
		o.Column, o.Code, o.Message = ColumnOf(kind, e.Problems[0].Pointer), e.Problems[0].Code, strings.Join(all, "; ")
	}
	if at, _ := e.Fields["differences"].([]string); len(at) > 0 {
		columns := make([]string, len(at))
		for i := range at {
			columns[i] = ColumnOf(kind, at[i])
		}
		o.Column, o.Message = columns[0], e.Detail+": "+strings.Join(columns, ", ")
	}
	return o
}
