package api

import (
	"errors"
	"io"
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/storecredit"
	"ordo/internal/work"
)

// MoveMoney is the body of POST …/captures and …/voids.
type MoveMoney struct {
	Amount *money.Money `json:"amount,omitzero" doc:"without it all that may be: of a capture what is due, of a void what is left"`
}

// Refund is the body of POST …/refunds.
type Refund struct {
	Amount    money.Money `json:"amount"`
	Reason    string      `json:"reason" enum:"return,missing,wrong,damaged,lost,defective,late,price,goodwill,other" doc:"of the grant, when it is not owed already"`
	Recorded  bool        `json:"recorded,omitzero" doc:"it was paid out by other means, such as a bank transfer: no provider is asked"`
	Reference string      `json:"reference,omitzero" maxLength:"200" doc:"with recorded, for example the bank's reference"`
}

// GrantMoney is the body of POST /v1/orders/{id}/grants.
type GrantMoney struct {
	Reason   string       `json:"reason" enum:"return,missing,wrong,damaged,lost,defective,late,price,goodwill,other"`
	Lines    []GrantUnits `json:"lines,omitzero" maxItems:"1000" doc:"units that have shipped, at what they cost with discounts and taxes"`
	Shipping *money.Money `json:"shipping,omitzero" doc:"part of the shipping charge"`
	Amount   *money.Money `json:"amount,omitzero" doc:"with lines or shipping: less than they are worth; alone: an appeasement"`
}

// GrantUnits is a quantity of a line.
type GrantUnits struct {
	Line     string `json:"line" example:"1"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000"`
}

// OpenStoreCredit is the body of POST /v1/store-credits.
type OpenStoreCredit struct {
	Email  string      `json:"email,omitzero" maxLength:"254" doc:"whose it is; without it a gift card: whoever knows the id"`
	Amount money.Money `json:"amount" doc:"issued to it; 0 for none"`
	Reason string      `json:"reason" enum:"gift_card,goodwill,return,correction,expired,other"`
}

// ChangeStoreCredit is the body of POST /v1/store-credits/{id}/entries.
type ChangeStoreCredit struct {
	Kind   string      `json:"kind" enum:"issued,expired" doc:"the other kinds follow from payments"`
	Amount money.Money `json:"amount"`
	Reason string      `json:"reason" enum:"gift_card,goodwill,return,correction,expired,other"`
}

// ordered decodes the body of a route below an order and returns the order's id.
func (c *call) ordered(in any) (string, error) {
	id, err := c.orderID()
	if err == nil {
		err = c.decode(in)
	}
	return id, err
}

func addPayment(c *call) error {
	var in PlaceTender
	id, err := c.ordered(&in)
	if err != nil {
		return err
	}
	cmd := app.AddPayment{Order: id, Tender: order.Tender(in)}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Pay(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryPay(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusCreated))
}

// moveMoney handles captures and voids.
func moveMoney(kind payment.Kind) func(*call) error {
	return func(c *call) error {
		var in MoveMoney
		id, err := c.ordered(&in)
		if err != nil {
			return err
		}
		cmd := app.MoveMoney{Order: id, Payment: c.r.PathValue("payment"), Kind: kind}
		if in.Amount != nil {
			cmd.Amount, cmd.Currency = &in.Amount.Amount, in.Amount.Currency
		}
		return c.run(
			func(m work.Meta) work.Outcome { return c.s.app.Move(c.r.Context(), cmd, m) },
			func(m work.Meta) (any, error) { return c.s.app.TryMove(c.r.Context(), cmd, m) },
			orderAnswer(http.StatusOK))
	}
}

func refundPayment(c *call) error {
	var in Refund
	id, err := c.ordered(&in)
	if err != nil {
		return err
	}
	cmd := app.GiveBack{
		Order: id, Payment: c.r.PathValue("payment"), Amount: in.Amount.Amount, Currency: in.Amount.Currency, Reason: in.Reason,
		Recorded: in.Recorded, Reference: in.Reference,
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Refund(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryRefund(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}

func grantRefund(c *call) error {
	var in GrantMoney
	id, err := c.ordered(&in)
	if err != nil {
		return err
	}
	cmd := app.GrantRefund{Order: id, Wish: order.GrantWish{Reason: in.Reason}}
	for _, l := range in.Lines {
		cmd.Wish.Lines = append(cmd.Wish.Lines, order.Units{Line: l.Line, Quantity: l.Quantity})
	}
	if in.Shipping != nil {
		cmd.Wish.Shipping = in.Shipping.Amount
		cmd.Currency = append(cmd.Currency, "/shipping "+in.Shipping.Currency)
	}
	if in.Amount != nil {
		cmd.Wish.Amount = &in.Amount.Amount
		cmd.Currency = append(cmd.Currency, "/amount "+in.Amount.Currency)
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.GrantMoney(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryGrantMoney(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusCreated))
}

func retryGrant(c *call) error {
	id, err := c.ordered(&struct{}{})
	if err != nil {
		return err
	}
	m, err := c.meta(orderAnswer(http.StatusOK))
	if err != nil {
		return err
	}
	return c.answer(c.s.app.RetryRefund(c.r.Context(), app.RetryGrant{Order: id, Grant: c.r.PathValue("grant")}, m), orderAnswer(http.StatusOK))
}

func openStoreCredit(c *call) error {
	var in OpenStoreCredit
	if err := c.allChannels(); err != nil { // accounts belong to no channel
		return err
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.OpenStoreCredit{Email: in.Email, Currency: in.Amount.Currency, Amount: in.Amount.Amount, Reason: in.Reason}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.NewStoreCredit(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryNewStoreCredit(c.r.Context(), cmd, m) },
		rendered(http.StatusCreated, storeCreditJSON))
}

func changeStoreCredit(c *call) error {
	var in ChangeStoreCredit
	id, err := c.accountID()
	if err != nil {
		return err
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.ChangeStoreCredit{Account: id, Kind: storecredit.Kind(in.Kind), Amount: in.Amount.Amount, Currency: in.Amount.Currency, Reason: in.Reason}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.AddStoreCredit(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryAddStoreCredit(c.r.Context(), cmd, m) },
		rendered(http.StatusCreated, storeCreditJSON))
}

func getStoreCredit(c *call) error {
	id, err := c.accountID()
	if err != nil {
		return err
	}
	a, err := c.s.app.StoreCredit(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, storeCreditJSON(a))
}

func (c *call) accountID() (string, error) {
	id := c.r.PathValue("id")
	if err := c.allChannels(); err != nil {
		return "", err
	}
	if !ids.Valid("scr", id) {
		return "", errs.Unknown("store credit account", id)
	}
	return id, nil
}

func listStoreCredits(c *call) error {
	after, limit, err := c.sharedPage("scr")
	if err != nil {
		return err
	}
	rows, err := c.s.app.ListStoreCredits(c.r.Context(), c.query.Get("email"), after, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, storeCreditJSON, func(a *storecredit.Account) string { return a.ID }))
}

func listJobs(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	state := c.query.Get("state")
	if state == "" {
		state = "dead"
	}
	rows, err := c.s.app.ListJobs(c.r.Context(), state, c.query.Get("cursor"), limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, jobJSON, func(j app.JobRow) string { return j.ID }))
}

func retryJob(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	m, err := c.meta(rendered(http.StatusOK, jobJSON))
	if err != nil {
		return err
	}
	return c.answer(c.s.app.RetryDeadJob(c.r.Context(), c.r.PathValue("id"), m), rendered(http.StatusOK, jobJSON))
}

// sandboxWebhook takes what the sandbox provider tells by itself. The signature is its key.
func (s *Server) sandboxWebhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(innermost(w), r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.problem(w, r, errs.New(errs.TooLarge, "too_large", "a body may have at most %d bytes", maxBody))
		return
	case err != nil:
		s.problem(w, r, errs.New(errs.Malformed, "malformed_body", "the body ended too early"))
		return
	}
	taken, err := s.app.Notice(r.Context(), "sandbox", r.Header, body, work.Meta{Actor: "sandbox", RequestID: requestID(r)})
	if err != nil {
		s.problem(w, r, away(err))
		return
	}
	write(w, http.StatusOK, typeJSON, jsonx.Marshal(map[string]bool{"duplicate": taken.Duplicate, "matched": taken.Matched, "changed": taken.Changed}))
}
