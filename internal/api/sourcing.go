package api

import (
	"net/http"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/sourcing"
	"ordo/internal/work"
)

// PutSourcingRule is the body of PUT /v1/sourcing-rules/{code}.
type PutSourcingRule struct {
	Name        string            `json:"name" minLength:"1" maxLength:"200" example:"Heavy orders from nearby"`
	Active      *bool             `json:"active,omitzero" doc:"true when left out"`
	Priority    int64             `json:"priority,omitzero" doc:"lower is asked first" minimum:"0" maximum:"1000000"`
	When        string            `json:"when" doc:"condition in CEL over order, address and channel" minLength:"1" maxLength:"2000" example:"order.weight_grams > 20000"`
	Strategy    SourcingStrategy  `json:"strategy"`
	AfterAction string            `json:"after_action,omitzero" doc:"what happens to what nobody has; the channel's shortage when left out" enum:"reject,backorder,park,cancel"`
	Examples    []SourcingExample `json:"examples" doc:"cases that show what the rule is for; they are run when it is published" minItems:"1" maxItems:"50"`
}

// SourcingStrategy says which plan is the best one.
type SourcingStrategy struct {
	Criteria     []string `json:"criteria,omitzero" doc:"asked one after the other, lower is better: ship_complete, fewest_shipments, distance, cost, promise, priority; none: fewest_shipments, priority, and where units of an order look for another place promise before them" maxItems:"6"`
	MaxSplits    *int64   `json:"max_splits,omitzero" doc:"how often the order may be split; left out: as often as it takes" minimum:"0" maximum:"1000"`
	ShipComplete bool     `json:"ship_complete,omitzero" doc:"the order ships whole or waits: no unit is left for later"`
	Locations    []string `json:"locations,omitzero" doc:"only these; none: all" maxItems:"1000"`
	Exclude      []string `json:"exclude,omitzero" doc:"not these" maxItems:"1000"`
}

// SourcingExample is a case of a rule.
type SourcingExample struct {
	Name    string        `json:"name" maxLength:"200" example:"a heavy order"`
	Facts   SourcingFacts `json:"facts"`
	Matches bool          `json:"matches" doc:"whether the rule is for it"`
}

// SourcingFacts are what conditions of sourcing rules speak of.
type SourcingFacts sourcing.Basket

// SourcingRule is a published rule.
type SourcingRule struct {
	Code        string            `json:"code"`
	Version     int64             `json:"version"`
	Name        string            `json:"name"`
	Active      bool              `json:"active"`
	Priority    int64             `json:"priority"`
	When        string            `json:"when"`
	Strategy    SourcingStrategy  `json:"strategy"`
	AfterAction string            `json:"after_action,omitzero" enum:"reject,backorder,park,cancel"`
	Examples    []SourcingExample `json:"examples"`
}

func putSourcingRule(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in PutSourcingRule
	if err := c.decode(&in); err != nil {
		return err
	}
	r := &sourcing.Rule{
		Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Active: yes(in.Active), Priority: in.Priority, When: in.When, AfterAction: sourcing.AfterAction(in.AfterAction),
		Strategy: sourcing.Strategy{MaxSplits: in.Strategy.MaxSplits, ShipComplete: in.Strategy.ShipComplete, Locations: in.Strategy.Locations, Exclude: in.Strategy.Exclude},
	}
	for _, s := range in.Strategy.Criteria {
		r.Strategy.Criteria = append(r.Strategy.Criteria, sourcing.Criterion(s))
	}
	for _, e := range in.Examples {
		r.Examples = append(r.Examples, sourcing.Example{Name: e.Name, Facts: sourcing.Basket(e.Facts), Matches: e.Matches})
	}
	return save(c, r, c.s.app.SaveSourcingRule, sourcingRuleJSON)
}

func sourcingRuleJSON(r *sourcing.Rule) SourcingRule {
	s := r.Strategy
	out := SourcingRule{
		Code: r.ID, Version: r.Version, Name: r.Name, Active: r.Active, Priority: r.Priority, When: r.When, AfterAction: string(r.AfterAction),
		Strategy: SourcingStrategy{texts(s.Criteria), s.MaxSplits, s.ShipComplete, s.Locations, s.Exclude}, Examples: make([]SourcingExample, len(r.Examples)),
	}
	for i, e := range r.Examples {
		out.Examples[i] = SourcingExample{e.Name, SourcingFacts(e.Facts), e.Matches}
	}
	return out
}

func getSourcingRule(c *call) error {
	return read(c, c.r.PathValue("code"), c.s.app.SourcingRule, sourcingRuleJSON)
}

func listSourcingRules(c *call) error {
	return list(c, c.s.app.SourcingRules, sourcingRuleJSON, func(r *sourcing.Rule) string { return r.ID })
}

// PreviewSourcing is the body of POST /v1/sourcing/preview.
type PreviewSourcing struct {
	Channel         string          `json:"channel" minLength:"1" maxLength:"64" example:"web"`
	ShippingAddress address.Address `json:"shipping_address,omitzero" doc:"as much of it as is known; the country is needed, but for pickup"`
	ShippingMethod  string          `json:"shipping_method,omitzero" maxLength:"64"`
	Pickup          string          `json:"pickup,omitzero" maxLength:"64" doc:"code of the location where the customer collects"`
	Shortage        string          `json:"shortage,omitzero" doc:"instead of what the channel or a rule says" enum:"reject,backorder,park,cancel"`
	Lines           []BasketLine    `json:"lines" minItems:"1" maxItems:"1000"`
}

// BasketLine is a line of a basket.
type BasketLine struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"2"`
}

// SourcingPreview is where a basket would ship from.
type SourcingPreview struct {
	After       string             `json:"after" doc:"what would happen for want of stock; filled when nothing is short" enum:"filled,reject,backorder,park,cancel"`
	Rule        string             `json:"rule,omitzero" doc:"code of the rule that decided; left out for the default"`
	Assignments []PlacedUnits      `json:"assignments" doc:"units that would be taken"`
	Backorders  []PlacedUnits      `json:"backorders,omitzero" doc:"units that would be owed"`
	Short       []SourcingShortage `json:"short,omitzero"`
	Nodes       []SourcingNode     `json:"nodes" doc:"the locations that were looked at"`
	Because     []string           `json:"because" doc:"the decision in sentences"`
}

// PlacedUnits are units of a line at a location.
type PlacedUnits struct {
	Line     string `json:"line" doc:"id of the line" example:"1"`
	SKU      string `json:"sku"`
	Location string `json:"location,omitzero" doc:"left out for units that wait for stock anywhere"`
	Quantity int64  `json:"quantity"`
}

// SourcingShortage is a SKU of which there is too little.
type SourcingShortage struct {
	SKU       string `json:"sku"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
}

// SourcingNode is what a decision says about a location.
type SourcingNode struct {
	Location   string `json:"location"`
	Out        string `json:"out,omitzero" doc:"why it could not take part" enum:"inactive,not_served,refused,at_capacity,pickup_only,no_pickup,not_shipped,left_out,no_stock"`
	Has        int64  `json:"has,omitzero" doc:"units that it had of what was wanted"`
	Lacks      string `json:"lacks,omitzero" doc:"the first SKU that it had too little of"`
	Takes      int64  `json:"takes,omitzero" doc:"units of lines that it ships"`
	Owes       int64  `json:"owes,omitzero" doc:"units of lines that it owes"`
	Kilometers *int64 `json:"kilometers,omitzero" doc:"where distance was a criterion"`
	Cost       *int64 `json:"cost,omitzero" doc:"where cost was a criterion, in minor units: handling, and what the shipment travels for"`
	Freight    *int64 `json:"freight,omitzero" doc:"what its shipment travels for by the carriers' tables, of cost; for a location that is not needed, the shipment that it could send alone"`
	Grams      int64  `json:"grams,omitzero" doc:"weight of that shipment"`
	Unpriced   bool   `json:"unpriced,omitzero" doc:"no table has a price for the way: cost is handling alone, and the location comes last"`
	Arrives    string `json:"arrives,omitzero" doc:"where promise was a criterion: the day on which what it ships now arrives at the latest" format:"date"`
	Priority   int64  `json:"priority,omitzero"`
}

func previewSourcing(c *call) error {
	var in PreviewSourcing
	if err := c.decode(&in); err != nil {
		return err
	}
	if !c.key.Sees(in.Channel) {
		return c.s.refused(c, errs.New(errs.Forbidden, "channel_forbidden", "the API key may not see channel %q", errs.Clip(in.Channel)))
	}
	cmd := app.PreviewSourcing{
		Placement: order.Placement{Channel: in.Channel, ShippingAddress: in.ShippingAddress, ShippingMethod: in.ShippingMethod}, Pickup: in.Pickup,
		After: sourcing.AfterAction(in.Shortage),
	}
	for _, l := range in.Lines {
		cmd.Lines = append(cmd.Lines, order.PlacementLine{SKU: l.SKU, Quantity: l.Quantity})
	}
	m, err := c.meta(nil)
	if err != nil {
		return err
	}
	p, err := c.s.app.PreviewSourcing(c.r.Context(), cmd, m)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, previewJSON(p))
}

func previewJSON(p app.Preview) SourcingPreview {
	out := SourcingPreview{After: "filled", Rule: p.Decision.Rule, Nodes: nodesJSON(p.Decision.Nodes), Because: p.Decision.Sentences(), Assignments: placedJSON(p.Assignments)}
	if p.After != "" {
		out.After = string(p.After)
	}
	if len(p.Backorders) > 0 {
		out.Backorders = placedJSON(p.Backorders)
	}
	for _, s := range p.Short {
		out.Short = append(out.Short, SourcingShortage{s.SKU, s.Requested, s.Available})
	}
	return out
}

func placedJSON[T order.Reservation | sourcing.Assignment](units []T) []PlacedUnits {
	out := make([]PlacedUnits, len(units))
	for i, u := range units {
		out[i] = PlacedUnits(u)
	}
	return out
}

func nodesJSON(notes []sourcing.Note) []SourcingNode {
	out := make([]SourcingNode, len(notes))
	for i, n := range notes {
		out[i] = SourcingNode{n.Location, string(n.Out), n.Has, n.Lacks, n.Takes, n.Owes, n.Kilometers, n.Cost, n.Freight, n.Grams, n.Unpriced, n.Arrives, n.Priority}
	}
	return out
}

// SourceOrder is the body of POST /v1/orders/{id}/source.
type SourceOrder struct {
	Shortage string `json:"shortage,omitzero" doc:"what is to become of what nobody has; left out: it waits on" enum:"backorder,cancel"`
}

func sourceOrder(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in SourceOrder
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.SourceOrder{Order: id, After: sourcing.AfterAction(in.Shortage)}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Source(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TrySource(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}

// SourcingDecision is why units of an order ship from where they do.
type SourcingDecision struct {
	Seq        int64           `json:"seq" doc:"position of the event in the journal"`
	At         string          `json:"at" format:"date-time"`
	Type       string          `json:"type" doc:"event that carried it" example:"order.placed"`
	Version    int64           `json:"version" doc:"of the order"`
	Actor      string          `json:"actor"`
	Reason     string          `json:"reason,omitzero"`
	Rule       string          `json:"rule,omitzero" doc:"code of the rule that decided; left out for the default"`
	Criteria   []string        `json:"criteria,omitzero" doc:"left out for the default ones"`
	After      string          `json:"after,omitzero" doc:"what happened for want of stock" enum:"backorder,park,cancel"`
	Backorders []PlacedUnits   `json:"backorders,omitzero"`
	Unfilled   []UnfilledUnits `json:"unfilled,omitzero"`
	Nodes      []SourcingNode  `json:"nodes"`
	Tries      int64           `json:"tries,omitzero" doc:"sets of locations that were compared"`
	Because    []string        `json:"because" doc:"the decision in sentences"`
}

// UnfilledUnits are units of a line that no location had.
type UnfilledUnits struct {
	Line     string `json:"line" example:"1"`
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

func sourcingDecisions(c *call) error {
	v, err := c.visible(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	decided, err := c.s.app.Decisions(c.r.Context(), v.Order.ID)
	if err != nil {
		return away(err)
	}
	out := List[SourcingDecision]{Data: make([]SourcingDecision, len(decided))}
	for i, d := range decided {
		out.Data[i] = decisionJSON(d)
	}
	return c.reply(http.StatusOK, out)
}

func decisionJSON(d app.Decided) SourcingDecision {
	out := SourcingDecision{
		Seq: d.Seq, At: d.At.String(), Type: d.Type, Version: d.Version, Actor: d.Actor, Reason: d.Reason, Rule: d.Decision.Rule, After: string(d.Decision.After),
		Nodes: nodesJSON(d.Decision.Nodes), Tries: int64(d.Decision.Tries), Because: d.Decision.Sentences(),
	}
	if len(d.Decision.Criteria) > 0 {
		out.Criteria = texts(d.Decision.Criteria)
	}
	if len(d.Decision.Backorders) > 0 {
		out.Backorders = placedJSON(d.Decision.Backorders)
	}
	for _, u := range d.Decision.Unfilled {
		out.Unfilled = append(out.Unfilled, UnfilledUnits(u))
	}
	return out
}
