package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/inventory"
)

// Transfer moves stock from one location to another.
type Transfer struct {
	ID           *string             `json:"id" doc:"null in a dry run"`
	Version      int64               `json:"version"`
	From         string              `json:"from" doc:"location code"`
	To           string              `json:"to" doc:"location code"`
	Status       string              `json:"status" enum:"draft,ready,in_transit,partially_received,received,canceled"`
	Reference    string              `json:"reference,omitzero"`
	Lines        []TransferLineUnits `json:"lines"`
	Outcome      string              `json:"outcome,omitzero" enum:"restore,write_off" doc:"of what was under way when it was canceled"`
	Reason       string              `json:"reason,omitzero" doc:"why it was canceled"`
	Allowed      []string            `json:"allowed" doc:"what may happen to it now"`
	CreatedAt    string              `json:"created_at" format:"date-time"`
	DispatchedAt string              `json:"dispatched_at,omitzero" format:"date-time"`
	ClosedAt     string              `json:"closed_at,omitzero" format:"date-time" doc:"received or canceled"`
}

// TransferLineUnits is one SKU of a transfer by what became of it.
type TransferLineUnits struct {
	SKU        string `json:"sku"`
	Quantity   int64  `json:"quantity" doc:"sent, or to be sent"`
	InTransit  int64  `json:"in_transit" doc:"under way: neither arrived nor closed by a reason"`
	Received   int64  `json:"received" doc:"arrived in good order"`
	Damaged    int64  `json:"damaged" doc:"arrived, not sellable"`
	Missing    int64  `json:"missing" doc:"never arrived; closed by a reason"`
	Restored   int64  `json:"restored" doc:"back at the source"`
	WrittenOff int64  `json:"written_off"`
	Reason     string `json:"reason,omitzero" doc:"of what is missing"`
}

// TransferLine is what a transfer sends of a SKU.
type TransferLine = app.TransferLine

// CreateTransfer is the body of POST /v1/transfers.
type CreateTransfer struct {
	From      string         `json:"from" doc:"location code" minLength:"1" maxLength:"64" example:"HULL"`
	To        string         `json:"to" doc:"location code" minLength:"1" maxLength:"64" example:"LEEDS"`
	Reference string         `json:"reference,omitzero" maxLength:"100"`
	Lines     []TransferLine `json:"lines" minItems:"1" maxItems:"1000"`
}

// PutTransfer is the body of PUT /v1/transfers/{id}.
type PutTransfer struct {
	Lines []TransferLine `json:"lines" minItems:"1" maxItems:"1000"`
}

// ReceiveTransfer is the body of POST /v1/transfers/{id}/receive.
type ReceiveTransfer struct {
	Lines []TransferArrival `json:"lines" minItems:"1" maxItems:"1000"`
}

// TransferArrival is what came of one SKU.
type TransferArrival struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Quantity int64  `json:"quantity,omitzero" doc:"arrived in good order" minimum:"0" maximum:"1000000000" example:"7"`
	Damaged  int64  `json:"damaged,omitzero" doc:"arrived, not sellable" minimum:"0" maximum:"1000000000"`
	Missing  int64  `json:"missing,omitzero" doc:"will not arrive; needs a reason" minimum:"0" maximum:"1000000000"`
	Reason   string `json:"reason,omitzero" enum:"lost,damaged,short_shipped,miscounted,other"`
}

// CancelTransfer is the body of POST /v1/transfers/{id}/cancel.
type CancelTransfer struct {
	Reason  string `json:"reason" enum:"not_needed,returned,lost,damaged,mistake,other"`
	Outcome string `json:"outcome,omitzero" enum:"restore,write_off" doc:"required once it is under way"`
}

func (c *call) transferJSON(t *inventory.Transfer) Transfer {
	out := Transfer{
		ID: &t.ID, Version: t.Version, From: t.From, To: t.To, Status: string(t.Status), Reference: t.Reference, Lines: make([]TransferLineUnits, len(t.Lines)),
		Outcome: t.Outcome, Reason: t.Reason, Allowed: t.Allowed(), CreatedAt: t.CreatedAt.String(), DispatchedAt: t.DispatchedAt.String(), ClosedAt: t.ClosedAt.String(),
	}
	if c.dryRun() && c.route.op == "createTransfer" {
		out.ID = nil
	}
	for i, l := range t.Lines {
		out.Lines[i] = TransferLineUnits{l.SKU, l.Quantity, 0, l.Received, l.Damaged, l.Missing, l.Restored, l.WrittenOff, l.Reason}
		if t.Moving() {
			out.Lines[i].InTransit = l.Rest()
		}
	}
	return out
}

func createTransfer(c *call) error {
	var in CreateTransfer
	if err := c.shared(&in); err != nil {
		return err
	}
	cmd := app.CreateTransfer(in)
	return perform(c, &cmd, http.StatusCreated, c.transferJSON)
}

func getTransfer(c *call) error {
	id, err := c.sharedID("trf", "transfer")
	if err != nil {
		return err
	}
	return read(c, id, c.s.app.Transfer, c.transferJSON)
}

// sharedID checks an id in the path of what concerns all channels.
func (c *call) sharedID(prefix, what string) (string, error) {
	id := c.r.PathValue("id")
	if err := c.allChannels(); err != nil {
		return "", err
	}
	if !ids.Valid(prefix, id) {
		return "", errs.Unknown(what, id)
	}
	return id, nil
}

func listTransfers(c *call) error {
	after, limit, err := c.sharedPage("trf")
	if err != nil {
		return err
	}
	rows, err := c.s.app.Transfers(c.r.Context(), c.query.Get("status"), after, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, c.transferJSON, func(t *inventory.Transfer) string { return t.ID }))
}

// sharedPage reads where a list of what concerns all channels begins.
func (c *call) sharedPage(prefix string) (after string, limit int, err error) {
	if err := c.allChannels(); err != nil {
		return "", 0, err
	}
	return c.idPage(prefix)
}

func putTransfer(c *call) error {
	var in PutTransfer
	return c.stepTransfer(&in, func(cmd *app.MoveTransfer) { cmd.Step, cmd.Lines = "edit", in.Lines })
}

func readyTransfer(c *call) error {
	return c.stepTransfer(nil, func(cmd *app.MoveTransfer) { cmd.Step = "ready" })
}

func dispatchTransfer(c *call) error {
	return c.stepTransfer(nil, func(cmd *app.MoveTransfer) { cmd.Step = "dispatch" })
}

func receiveTransfer(c *call) error {
	var in ReceiveTransfer
	return c.stepTransfer(&in, func(cmd *app.MoveTransfer) {
		cmd.Step = "receive"
		for _, l := range in.Lines {
			cmd.Arrivals = append(cmd.Arrivals, inventory.Arrival{SKU: l.SKU, Good: l.Quantity, Damaged: l.Damaged, Missing: l.Missing, Reason: l.Reason})
		}
	})
}

func cancelTransfer(c *call) error {
	var in CancelTransfer
	return c.stepTransfer(&in, func(cmd *app.MoveTransfer) { cmd.Step, cmd.Outcome, cmd.Reason = "cancel", in.Outcome, in.Reason })
}

// stepTransfer is the common path of the steps: in is the body, which fill puts into the command.
func (c *call) stepTransfer(in any, fill func(*app.MoveTransfer)) error {
	id, err := c.sharedID("trf", "transfer")
	if err != nil {
		return err
	}
	if in == nil {
		in = &struct{}{}
	}
	if err := c.decode(in); err != nil {
		return err
	}
	cmd := app.MoveTransfer{Transfer: id}
	fill(&cmd)
	return perform(c, &cmd, http.StatusOK, c.transferJSON)
}
