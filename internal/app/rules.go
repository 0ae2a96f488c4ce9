package app

import (
	"context"
	"errors"
	"time"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/work"
	"ordo/internal/workflow"
)

// Rules are the kind of rules that place holds.
var Rules = work.NewKind[workflow.Rule](work.Spec{Table: "rules", What: "rule", Rank: 44, Reference: true}, nil)

// CustomFields are the kind of definitions of custom fields.
var CustomFields = work.NewKind[catalog.Field](work.Spec{Table: "custom_fields", What: "field", Rank: 45, Reference: true}, nil)

// process is the reference data that shapes how orders are processed, as of a version of the catalog: made once, so
// that a placement costs nothing where there are no rules.
type process struct {
	version int64
	rules   []*workflow.Rule // active ones, in the order in which they run
	fields  []*catalog.Field
	needs   bool // a field is required of new orders
}

// process returns it as new as the batch.
func (a *App) process(u *work.Unit) (*process, error) {
	version, changed := u.Catalog()
	if p := a.processed.Load(); p != nil && p.version == version && !changed {
		return p, nil
	}
	p := &process{version: version}
	rules, err := Rules.AllRefs(u)
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		if r.Active {
			p.rules = append(p.rules, r)
		}
	}
	workflow.Sort(p.rules)
	if p.fields, err = CustomFields.AllRefs(u); err != nil {
		return nil, err
	}
	for _, f := range p.fields {
		p.needs = p.needs || f.Active && f.Required
	}
	if !changed {
		a.processed.Store(p)
	}
	return p, nil
}

// usesPast reports whether a rule that would run asks for the customer's earlier orders.
func (p *process) usesPast(channel string) bool {
	if p == nil {
		return false
	}
	for _, r := range p.rules {
		if r.Applies(workflow.OrderPlaced, channel) && r.Uses("history") {
			return true
		}
	}
	return false
}

// errNeedsPast stops a placement whose rules ask for the customer's earlier orders, until they were read.
var errNeedsPast = errors.New("app: the rules ask for the customer's earlier orders")

// withPast runs a placement with the customer's earlier orders, if a rule asks for them. They are read before the
// command: two orders placed in the same moment do not see each other.
func (c *PlaceOrder) withPast(ctx context.Context, run func() error) error {
	if c.app.processed.Load().usesPast(c.Channel) {
		if err := c.readPast(ctx); err != nil {
			return err
		}
	}
	err := run()
	if !errors.Is(err, errNeedsPast) { // a rule that this node has not met
		return err
	}
	if err := c.readPast(ctx); err != nil {
		return err
	}
	return run()
}

func (c *PlaceOrder) readPast(ctx context.Context) (err error) {
	c.past, err = c.app.readPast(ctx, c.Customer.Email, "")
	return err
}

// checkFields holds the custom fields of a new order to their definitions; of one that is not whole yet some may be
// missing.
func (c *PlaceOrder) checkFields(u *work.Unit, list *errs.List, whole bool) error {
	p, err := c.app.process(u)
	if err != nil {
		return err
	}
	if p.needs || len(c.Fields) > 0 {
		catalog.CheckFields(list, "/fields", c.Fields, p.fields, whole)
	}
	return nil
}

// rules places the holds that the channel and the active rules ask for, and says when the order expires.
func (c *PlaceOrder) rules(u *work.Unit, cl *cluster, channel *catalog.Channel) error {
	if n := channel.RemorseMinutes; n > 0 {
		h := order.Hold{
			Type: "buyer_remorse", Scope: order.HoldOrder, Reason: "the customer may still change the order", PlacedBy: System,
			ExpiresAt: u.Now().Add(time.Duration(n) * time.Minute),
		}
		if err := cl.hold(u, h, nil); err != nil {
			return err
		}
	}
	p, err := c.app.process(u)
	if err != nil {
		return err
	}
	if err := c.runRules(u, cl, p.rules); err != nil {
		return err
	}
	if n := channel.ExpireUnpaidAfterMinutes; n > 0 && cl.unpaid() {
		cl.expireAt(u, u.Now().Add(time.Duration(n)*time.Minute))
	}
	return nil
}

func (c *PlaceOrder) runRules(u *work.Unit, cl *cluster, rules []*workflow.Rule) error {
	var facts *workflow.Facts
	for _, r := range rules {
		if !r.Applies(workflow.OrderPlaced, c.Channel) {
			continue
		}
		if c.past == nil && r.Uses("history") {
			return errNeedsPast
		}
		if facts == nil {
			facts = cl.facts(c.past, u.Now())
		}
		d := r.Decide(facts)
		if !d.Matched {
			continue
		}
		h := order.Hold{Type: r.Hold.Type, Scope: order.HoldOrder, Reason: r.Hold.Reason, Rule: r.ID, Because: d.Because(), PlacedBy: System}
		if n := r.Hold.ExpiresMinutes; n > 0 {
			h.ExpiresAt = u.Now().Add(time.Duration(n) * time.Minute)
		}
		if err := cl.hold(u, h, &d); err != nil {
			return err
		}
	}
	return nil
}

// PublishRule makes or replaces a rule. It is checked, and its examples are run.
func (a *App) PublishRule(ctx context.Context, r *workflow.Rule, meta work.Meta) (Saved[*workflow.Rule], error) {
	return work.Do(ctx, a.Committer, &Save[workflow.Rule, *workflow.Rule]{kind: Rules, doc: r, event: "rule.published", check: func(u *work.Unit, list *errs.List) error {
		r.Check(list, order.HoldTypeNames())
		return checkChannels(u, list, r.Channels)
	}}, meta)
}

// FiredOn lists the orders that a rule held, newest first: of the channels that are given, before an order.
func (a *App) FiredOn(ctx context.Context, code string, channels []string, before string, limit int) ([]*order.Order, error) {
	if _, err := a.Rule(ctx, code); err != nil {
		return nil, err
	}
	return a.ListOrders(ctx, OrderFilter{Rule: code, Channels: channels, Before: before, Limit: limit})
}

// Rule reads one rule.
func (a *App) Rule(ctx context.Context, code string) (*workflow.Rule, error) {
	return one(ctx, a.DB, Rules, code)
}

// Rules lists rules by code, after a code.
func (a *App) Rules(ctx context.Context, after string, limit int) ([]*workflow.Rule, error) {
	return page(ctx, a.DB, Rules, after, limit)
}

// Trial is what a rule makes of facts: whether it would hold the order, and whether it would lift its hold.
type Trial struct {
	Hold workflow.Decision
	Lift workflow.Decision
}

// TestRule tries a rule on facts, and stores nothing.
func (a *App) TestRule(ctx context.Context, code string, facts *workflow.Facts) (Trial, error) {
	r, err := a.Rule(ctx, code)
	if err != nil {
		return Trial{}, err
	}
	return Trial{r.Decide(facts), r.DecideLift(facts)}, nil
}

// FactsOf are the facts of an order as they are now.
func (a *App) FactsOf(ctx context.Context, v *OrderView) (*workflow.Facts, error) {
	p, err := a.readPast(ctx, v.Order.Customer.Email, v.Order.ID)
	if err != nil {
		return nil, err
	}
	head, err := a.Head(ctx)
	if err != nil {
		return nil, err
	}
	return v.facts(p, head.At), nil
}

// SaveField makes or replaces the definition of a custom field.
func (a *App) SaveField(ctx context.Context, f *catalog.Field, meta work.Meta) (Saved[*catalog.Field], error) {
	return work.Do(ctx, a.Committer, &Save[catalog.Field, *catalog.Field]{kind: CustomFields, doc: f, check: func(_ *work.Unit, list *errs.List) error {
		f.Check(list)
		return nil
	}}, meta)
}

// Field reads the definition of a custom field.
func (a *App) Field(ctx context.Context, code string) (*catalog.Field, error) {
	return one(ctx, a.DB, CustomFields, code)
}

// Fields lists the definitions of custom fields by code, after a code.
func (a *App) Fields(ctx context.Context, after string, limit int) ([]*catalog.Field, error) {
	return page(ctx, a.DB, CustomFields, after, limit)
}

// seedRules adds the shipped rules that this database has not met, none of them active.
func (a *App) seedRules(ctx context.Context) error {
	have, err := a.Rules(ctx, "", 1_000)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, r := range have {
		known[r.ID] = true
	}
	for _, r := range workflow.Shipped() {
		if !known[r.ID] {
			_, err := work.Do(ctx, a.Committer, shippedRules{}, a.system())
			return err
		}
	}
	return nil
}

type shippedRules struct{}

func (shippedRules) Needs(n *work.Needs) { n.Catalog() } // nobody else adds them meanwhile

func (shippedRules) Run(u *work.Unit) (struct{}, error) {
	for _, r := range workflow.Shipped() {
		have, err := Rules.Ref(u, r.ID)
		if err != nil {
			return struct{}{}, err
		}
		if have == nil {
			Rules.Create(u, r)
			u.Record(work.Event{Type: "rule.published", Aggregate: r.ID, Body: map[string]any{"rule": r}})
		}
	}
	return struct{}{}, nil
}
