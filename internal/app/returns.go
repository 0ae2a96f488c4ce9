package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Returns are parts of orders; their policies are reference data.
var (
	Returns = work.NewKind[returns.Return](work.Spec{
		Table: "returns", What: "return", Rank: 32, Cols: []store.Col{text("order_id"), text("type"), text("status"), {Name: "due_at", Type: store.Int}}, Terms: "return_terms",
	}, func(r *returns.Return) []any {
		return []any{r.Order, string(r.Type), string(r.Status), int64(ReturnDue(r))}
	}).WithTerms(ReturnTerms)
	ReturnPolicies = work.NewKind[returns.Policy](work.Spec{Table: "return_policies", What: "return_policy", Rank: 48, Reference: true}, nil)
)

// ReturnDue is when a return asks for attention by itself: it expires, or the units of an exchange in advance are
// overdue; 0 for never.
func ReturnDue(r *returns.Return) micros.Time {
	if s := r.Swap; s != nil && s.Status == returns.SwapReleased && len(r.Receipts) == 0 && (r.ExpiresAt == 0 || s.DueAt < r.ExpiresAt) {
		return s.DueAt
	}
	return r.ExpiresAt
}

// ReturnView is a return with its order as it is with it.
type ReturnView struct {
	Return   *returns.Return
	Order    *order.Order
	Estimate *returns.Refund  // what would be refunded if everything that is undecided were accepted; nil for nothing
	Balance  *returns.Balance // of an exchange: what it comes to
}

func (c *cluster) findReturn(id string) *returns.Return {
	for _, r := range c.Returns {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// setReturn takes a return in its new state, and makes the counters of the order follow (R1, L3).
func (c *cluster) setReturn(r *returns.Return) error {
	var deltas []order.ReturnDelta
	for _, d := range returns.Deltas(c.findReturn(r.ID), r) {
		deltas = append(deltas, order.ReturnDelta(d))
	}
	if len(deltas) > 0 {
		o, err := order.Returned(c.Order, deltas, c.at)
		if err != nil {
			return err
		}
		c.Order = o
	}
	c.dirtyR[r.ID] = true
	c.Returns, c.Order.Returns = setPart(c.Returns, c.Order.Returns, r)
	return nil
}

// passReturn is setReturn with the event that tells of it.
func (c *cluster) passReturn(r *returns.Return, event string) error {
	if err := c.setReturn(r); err != nil {
		return err
	}
	c.record(returnWord(r)+"."+event, Body{Return: r, Reason: r.Reason})
	return nil
}

// returnWord is the first word of the events of a return.
func returnWord(r *returns.Return) string { return string(r.Type) }

// saveReturns stages the returns that changed. The events about them get them as stored.
func (c *cluster) saveReturns(u *work.Unit) error {
	for _, r := range c.Returns {
		if !c.dirtyR[r.ID] {
			continue
		}
		if err := returns.Check(r); err != nil {
			return err
		}
		if err := put(u, Returns, r, r.Version == 0); err != nil {
			return err
		}
		for _, e := range c.events {
			if b := e.Body.(*Body); b.Return != nil && b.Return.ID == r.ID {
				b.Return = r
			}
		}
	}
	return nil
}

// saveReturn saves the cluster and returns the return of it.
func (c *cluster) saveReturn(u *work.Unit, id string) (*ReturnView, error) {
	if _, err := c.save(u); err != nil {
		return nil, err
	}
	return c.view(c.findReturn(id))
}

// RequestReturn asks for units that have shipped to come back (RMA). The policy of the channel judges it; what needs
// nobody's consent is approved at once.
type RequestReturn struct {
	Order    string
	Type     returns.Type // Plain or Exchange
	Lines    []returns.Wish
	RefundTo string // "" for the tender
	Account  string // of store credit; "": a new one for the customer
	Location string // where to; "": as the policy says
	Note     string // of the customer; kept as a note of the order
	Override string // a code: staff lets it pass whatever the policy says
	Swap     *SwapWish
	By       string
	May      func(scope string) bool
	guard    guard // of a customer's link; nil for none
	app      *App
	key      []byte // id of the answer that the outcome of the payment will close
}

// OverrideReasons are why staff goes over a policy.
var OverrideReasons = []string{"goodwill", "policy_error", "promised", "legal", "other"}

// Needs implements work.Command.
func (c *RequestReturn) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *RequestReturn) Run(u *work.Unit) (*ReturnView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	if err := c.guard.pass(cl, u); err != nil {
		return nil, err
	}
	r, keep, err := c.judge(u, cl)
	if err != nil {
		return nil, err
	}
	if r.Location, err = c.destination(u, cl, r); err != nil {
		return nil, err
	}
	now := r.Override != nil || r.Policy.AutoApprove && r.Verdict != returns.NeedsApproval
	if r.Swap != nil && !now {
		if err := c.Swap.early(); err != nil {
			return nil, err
		}
		if err := cl.had(u, r, c); err != nil {
			return nil, err
		}
	}
	if err := cl.passReturn(r, "requested"); err != nil {
		return nil, err
	}
	if err := cl.remark(u, c.Note, c.By); err != nil {
		return nil, err
	}
	if now {
		if err := cl.approveReturn(u, r, keep, c); err != nil {
			return nil, err
		}
		if err := c.Swap.unsecured(u, cl, r); err != nil {
			return nil, err
		}
	}
	return cl.saveReturn(u, r.ID)
}

// judge makes the return and holds it to the policy. Keep says that nothing has to come back.
func (c *RequestReturn) judge(u *work.Unit, cl *cluster) (_ *returns.Return, keep bool, err error) {
	if err := c.check(u); err != nil {
		return nil, false, err
	}
	units := make([]order.Units, len(c.Lines))
	for i, w := range c.Lines {
		units[i] = order.Units{Line: w.Line, Quantity: w.Quantity}
	}
	if err := order.CheckReturnable(cl.Order, units); err != nil {
		return nil, false, err
	}
	p, err := policyOf(u, cl.Order.Channel)
	if err != nil {
		return nil, false, err
	}
	wishes := slices.Clone(c.Lines)
	for i := range wishes {
		wishes[i].SKU = cl.Order.Line(wishes[i].Line).SKU
	}
	e := p.Evaluate(cl.returnFacts(wishes, u.Now()))
	r, err := returns.New(c.Type, cl.Order.ID, p, wishes, e, u.Now())
	if err != nil {
		return nil, false, err
	}
	r.ID = u.NewID("ret")
	if c.Swap != nil {
		r.Swap = &returns.Swap{Status: returns.SwapAwaiting, Advance: c.Swap.Advance, Wait: c.Swap.Wait, Items: c.Swap.Items}
	}
	if c.RefundTo != "" {
		r.RefundTo, r.Account = c.RefundTo, c.Account
	}
	if c.Override != "" {
		r.Override = &returns.Override{By: c.By, Reason: c.Override, At: u.Now()}
	} else if e.Verdict == returns.Deny {
		return nil, false, returnDenied(e)
	}
	return r, e.Keep && c.Type == returns.Plain, nil
}

func returnDenied(e returns.Evaluation) error {
	err := errs.New(errs.Conflict, "return_denied", "the policy does not allow this return; see findings. Staff may override it")
	for _, f := range e.Findings {
		if f.Verdict == returns.Deny {
			err.Detail = f.Detail + ". Staff may override it"
			break
		}
	}
	return err.With("findings", e.Findings)
}

func (c *RequestReturn) check(u *work.Unit) error {
	var list errs.List
	if c.RefundTo != "" && !slices.Contains(returns.RefundTos, c.RefundTo) {
		list.Add("/refund_to", "unknown_value", "give one of %s", strings.Join(returns.RefundTos, ", "))
	}
	if c.Account != "" && c.RefundTo != returns.ToCredit {
		list.Add("/store_credit", "ambiguous", "an account goes with refund_to store_credit")
	}
	if c.Override != "" {
		if !slices.Contains(OverrideReasons, c.Override) {
			list.Add("/override", "unknown_value", "give one of %s", strings.Join(OverrideReasons, ", "))
		}
		if !c.May("returns:override") {
			return errs.New(errs.Forbidden, "missing_scope", "going over the policy needs the scope returns:override").With("scope", "returns:override")
		}
	}
	if c.Swap != nil {
		c.Swap.check(&list)
		if t := c.Swap.Tender; t != nil {
			c.app.checkProvider(&list, "/payment", *t)
		}
	}
	if c.Location != "" {
		if err := checkLocation(u, &list, "/location", c.Location); err != nil {
			return err
		}
	}
	return list.Err()
}

// policyOf is the policy that judges returns of a channel now.
func policyOf(u *work.Unit, channel string) (returns.Policy, error) {
	all, err := ReturnPolicies.AllRefs(u)
	if err != nil {
		return returns.Policy{}, err
	}
	return returns.Choose(all, channel), nil
}

// returnFacts are what a policy may know.
func (c *cluster) returnFacts(wishes []returns.Wish, now micros.Time) returns.Facts {
	f := returns.Facts{Country: c.Order.ShippingAddress.Country, Currency: c.Order.Currency, Now: now}
	for _, w := range wishes {
		l := c.Order.Line(w.Line)
		done := c.Order.GrantedUnits(w.Line)
		f.Worth += l.Worth(min(done+w.Quantity, l.Quantity)) - l.Worth(min(done, l.Quantity))
		f.Lines = append(f.Lines, returns.Asked{
			Line: w.Line, SKU: l.SKU, TaxClass: l.TaxClass, Reason: w.Reason, Condition: w.Condition, DeliveredAt: c.arrived(w.Line),
		})
	}
	return f
}

// arrived is when the last units of a line were delivered, or left where nobody told of the delivery.
func (c *cluster) arrived(line string) (at micros.Time) {
	for _, f := range c.Fulfillments {
		if !f.Left() || !slices.ContainsFunc(f.Lines, func(l fulfillment.Line) bool { return l.Line == line }) {
			continue
		}
		when := f.DeliveredAt
		if when == 0 {
			when = f.ShippedAt
		}
		at = max(at, when)
	}
	return at
}

// destination is where the units go: where the request says, else where the policy says, else where they came from.
func (c *RequestReturn) destination(u *work.Unit, cl *cluster, r *returns.Return) (string, error) {
	if c.Location != "" {
		return c.Location, nil
	}
	if code := r.Policy.Location; code != "" {
		l, err := Locations.Ref(u, code)
		if err != nil {
			return "", err
		}
		if l != nil {
			return code, nil
		}
	}
	for _, f := range cl.Fulfillments {
		if f.Left() && slices.ContainsFunc(f.Lines, func(l fulfillment.Line) bool { return l.Line == r.Lines[0].Line }) {
			return f.Location, nil
		}
	}
	return "", fmt.Errorf("app: units of line %s of order %s shipped from nowhere", r.Lines[0].Line, cl.Order.ID)
}

// approveReturn lets it come back, or settles it where nothing has to. Asked is the request where it is approved at once;
// nil where a person does.
func (c *cluster) approveReturn(u *work.Unit, r *returns.Return, keep bool, asked *RequestReturn) error {
	r, err := returns.Approve(r, u.Now())
	if err != nil {
		return err
	}
	if err := c.passReturn(r, "approved"); err != nil {
		return err
	}
	if !keep {
		if c.watchReturn(u, r); r.Swap != nil {
			return c.swap(u, r, asked)
		}
		return nil
	}
	if r, err = returns.Keep(r, u.Now()); err != nil {
		return err
	}
	if err := c.setReturn(r); err != nil {
		return err
	}
	if err := c.refundReturn(u, r.ID); err != nil {
		return err
	}
	return c.passReturn(c.findReturn(r.ID), "closed")
}

// Return reads a return with its order.
func (a *App) Return(ctx context.Context, id string) (*ReturnView, error) {
	var parts OrderView
	var r *returns.Return
	err := a.DB.Snapshot(ctx, func(q store.Reader) (err error) {
		if r, err = one(ctx, q, Returns, id); err != nil {
			return err
		}
		parts.Order, err = one(ctx, q, Orders, r.Order)
		return err
	})
	if err != nil {
		return nil, err
	}
	return (&cluster{OrderView: parts}).view(r)
}

// ReturnFilter selects returns; empty fields select all.
type ReturnFilter struct {
	Order  string // id
	Type   string
	Status string
	Stage  string // of returns.Stages
	Newest bool   // the newest first; otherwise the oldest
	After  string // id of the last one of the page before
	Limit  int
}

// ListReturns lists returns by id, with their orders, of those that the filter selects.
func (a *App) ListReturns(ctx context.Context, f ReturnFilter) ([]*ReturnView, error) {
	var where selection
	where.equal([2]string{"order_id", f.Order}, [2]string{"type", f.Type}, [2]string{"status", f.Status})
	if f.Stage != "" {
		var among []string
		for _, s := range returns.Stages[f.Stage] {
			among = append(among, string(s))
		}
		where.among("status", among)
	}
	if f.Stage == returns.ToRefund { // the column stands for refunds that were refused, too
		where.add("order_id IN (SELECT order_id FROM payments WHERE waiting = 1)")
	}
	order, after := "id", "id > ?"
	if f.Newest {
		order, after = "id DESC", "id < ?"
	}
	if f.After != "" {
		where.add(after, f.After)
	}
	text, args := where.page("SELECT doc FROM returns", order, f.Limit)
	var rows []*returns.Return
	if err := a.DB.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(Returns, r)
		rows = append(rows, v)
		return err
	}, text, args...); err != nil {
		return nil, err
	}
	return a.withOrders(ctx, rows)
}

// withOrders makes views of returns.
func (a *App) withOrders(ctx context.Context, rows []*returns.Return) ([]*ReturnView, error) {
	var ids []string
	for _, r := range rows {
		if !slices.Contains(ids, r.Order) {
			ids = append(ids, r.Order)
		}
	}
	orders, err := many(ctx, a.DB, Orders, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*ReturnView, 0, len(rows))
	for _, r := range rows {
		if i := slices.IndexFunc(orders, func(o *order.Order) bool { return o.ID == r.Order }); i >= 0 {
			c := &cluster{OrderView: OrderView{Order: orders[i]}}
			v, err := c.view(r)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// SaveReturnPolicy publishes a policy. Returns that were judged by an earlier version keep it.
func (a *App) SaveReturnPolicy(ctx context.Context, p *returns.Policy, meta work.Meta) (Saved[*returns.Policy], error) {
	return work.Do(ctx, a.Committer, &Save[returns.Policy, *returns.Policy]{kind: ReturnPolicies, doc: p, check: func(u *work.Unit, list *errs.List) error {
		p.Check(list)
		if err := checkChannels(u, list, p.Channels); err != nil {
			return err
		}
		if p.Location != "" {
			return checkLocation(u, list, "/location", p.Location)
		}
		return nil
	}}, meta)
}

// ReturnPolicy reads one policy.
func (a *App) ReturnPolicy(ctx context.Context, code string) (*returns.Policy, error) {
	return one(ctx, a.DB, ReturnPolicies, code)
}

// ReturnPolicies lists policies by code, after a code.
func (a *App) ReturnPolicies(ctx context.Context, after string, limit int) ([]*returns.Policy, error) {
	return page(ctx, a.DB, ReturnPolicies, after, limit)
}

// ReturnPolicyOf is the policy that judges returns of a channel now.
func (a *App) ReturnPolicyOf(ctx context.Context, channel string) (*returns.Policy, error) {
	all, err := a.ReturnPolicies(ctx, "", 1000)
	if err != nil {
		return nil, err
	}
	p := returns.Choose(all, channel)
	return &p, nil
}

// AskReturn runs RequestReturn. An exchange in advance whose worth a provider is asked for waits a bounded time for the
// outcome, as Place does.
func (a *App) AskReturn(ctx context.Context, c RequestReturn, meta work.Meta) work.Outcome {
	c.app = a
	if meta.Key != nil {
		c.key = meta.Key.ID()
	}
	return a.awaiting(ctx, c.key, c.Order, func() work.Outcome { return work.Submit(ctx, a.Committer, &c, meta) })
}

// TryAskReturn is AskReturn without effect.
func (a *App) TryAskReturn(ctx context.Context, c RequestReturn, meta work.Meta) (*ReturnView, error) {
	c.app = a
	v, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil {
		v.Return.ID = ""
	}
	return v, err
}

// shelve says how stock moves for a piece that leaves the quality bucket of the location of the return.
func (c *cluster) shelve(r *returns.Return, p returns.Piece) []inventory.Movement {
	switch p.Disposition {
	case returns.Refurbish, returns.Quarantine:
		return nil // it stays in quality
	case returns.Restock:
		return c.stock(func(sku, location string, n int64) []inventory.Movement {
			return inventory.Shelve(sku, location, p.Location, inventory.Bucket(p.Bucket), n)
		}, p.Line, r.Location, p.Quantity)
	}
	return c.stock(inventory.Leave, p.Line, r.Location, p.Quantity)
}
