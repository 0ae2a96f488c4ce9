package api

import (
	"ordo/internal/app"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/returns"
)

// Return is a return, exchange or claim as the API shows it.
type Return struct {
	ID             *string          `json:"id" doc:"null in a dry run" example:"ret_01kas8rz0hefgtq4ty8f7zm6d8"`
	Number         *string          `json:"number" doc:"as people call it: the number of its order and which of its returns it is; null in a dry run" example:"1042-R1"`
	Version        int64            `json:"version"`
	Order          string           `json:"order" doc:"id of the order"`
	OrderNumber    string           `json:"order_number"`
	OrderVersion   int64            `json:"order_version" doc:"of the order, after the step"`
	Type           string           `json:"type" enum:"return,exchange,claim"`
	Status         string           `json:"status" enum:"requested,approved,declined,label_issued,in_transit,partially_received,received,inspected,closed,canceled,expired,lost"`
	Allowed        []string         `json:"allowed" doc:"what may happen to it now: the ends of paths to post to"`
	Lines          []ReturnLine     `json:"lines"`
	Policy         string           `json:"policy" doc:"code of the policy that judged it; default where none is published"`
	PolicyVersion  int64            `json:"policy_version"`
	Verdict        string           `json:"verdict" enum:"allow,allow_with_fee,needs_approval,deny" doc:"of the policy"`
	Findings       []PolicyFinding  `json:"findings,omitzero" doc:"why the policy says so"`
	Override       *ReturnOverride  `json:"override,omitzero" doc:"staff went over the policy"`
	Location       string           `json:"location,omitzero" doc:"code of the location it goes to"`
	RefundTo       string           `json:"refund_to" enum:"tender,store_credit"`
	StoreCredit    string           `json:"store_credit,omitzero" doc:"id of the account that refunds go to"`
	Reason         string           `json:"reason,omitzero" doc:"why it was declined or given up"`
	Label          string           `json:"label,omitzero" doc:"id of the label"`
	Carrier        string           `json:"carrier,omitzero"`
	TrackingNumber string           `json:"tracking_number,omitzero"`
	ArrivedAt      string           `json:"arrived_at,omitzero" format:"date-time" doc:"at the location, as the carrier of the label says; it is not unpacked"`
	Prepaid        bool             `json:"prepaid,omitzero" doc:"it came with a label that the merchant paid for"`
	Receipts       []ReturnReceipt  `json:"receipts,omitzero"`
	Pieces         []ReturnPiece    `json:"pieces,omitzero" doc:"inspected units with what became of them"`
	Refunds        []ReturnRefund   `json:"refunds,omitzero"`
	Estimate       *ReturnRefund    `json:"estimate,omitzero" doc:"what is refunded if everything undecided is accepted"`
	Replacement    *Replacement     `json:"replacement,omitzero" doc:"of an exchange"`
	Exchange       *ExchangeBalance `json:"exchange,omitzero" doc:"of an exchange: what it comes to"`
	Remedy         string           `json:"remedy,omitzero" enum:"refund,reship,both" doc:"of a claim"`
	Sent           []string         `json:"sent,omitzero" doc:"of a claim: ids of the order lines that are sent again"`
	CreatedAt      string           `json:"created_at" format:"date-time"`
	ExpiresAt      string           `json:"expires_at,omitzero" format:"date-time" doc:"unless it is under way by then"`
	ClosedAt       string           `json:"closed_at,omitzero" format:"date-time"`
}

// Replacement is the other half of an exchange: new lines on the same order.
type Replacement struct {
	Status    string         `json:"status" enum:"awaiting_return,replacement_released,return_received,item_overdue,charged,waived,canceled,refunded" doc:"refunded: nothing was left to send when it was approved, so what comes back is refunded"`
	Advance   bool           `json:"advance" doc:"it ships before the units come back"`
	Items     []ExchangeItem `json:"items"`
	Lines     []string       `json:"lines,omitzero" doc:"ids of the order lines"`
	Grant     string         `json:"grant,omitzero" doc:"id of the grant that pays for it"`
	Credit    money.Money    `json:"credit" doc:"what the returned units pay of it"`
	DueAt     string         `json:"due_at,omitzero" format:"date-time" doc:"in advance: the units are to be back by then"`
	ClosedAt  string         `json:"closed_at,omitzero" format:"date-time"`
	Reason    string         `json:"reason,omitzero" enum:"insufficient_stock,payment_declined,tax_unknown,discount_too_large,line_shipped,unknown_sku,mixed_currencies,amount_too_large,too_many,canceled" doc:"refunded: why nothing is sent"`
	Backorder bool           `json:"backorder,omitzero" doc:"what is missing is waited for, whatever the channel does with shortages"`
}

// ExchangeBalance is what an exchange comes to.
type ExchangeBalance struct {
	Returned    money.Money `json:"returned" doc:"what the units that come back are worth, less fees"`
	Replacement money.Money `json:"replacement" doc:"what the new goods cost"`
	ToPay       money.Money `json:"to_pay" doc:"the difference, where the new goods cost more"`
	ToRefund    money.Money `json:"to_refund" doc:"the difference, where they cost less"`
	Settled     bool        `json:"settled" doc:"false: an estimate, as if all that is undecided were accepted"`
}

func balanceJSON(b *returns.Balance, in func(int64) money.Money) *ExchangeBalance {
	if b == nil {
		return nil
	}
	return &ExchangeBalance{in(b.Returned), in(b.Replacement), in(b.ToPay), in(b.ToRefund), b.Settled}
}

// ExchangeItem is what is wanted instead.
type ExchangeItem struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"1"`
}

// ReturnLine is units of an order line by what became of them.
type ReturnLine struct {
	Line      string `json:"line" doc:"id of the order line"`
	SKU       string `json:"sku"`
	Quantity  int64  `json:"quantity" doc:"asked for"`
	Reason    string `json:"reason"`
	Fault     string `json:"fault" enum:"customer,merchant" doc:"whose it is, by the reason"`
	Condition string `json:"condition,omitzero" doc:"as the customer says"`
	Received  int64  `json:"received" doc:"came"`
	Accepted  int64  `json:"accepted" doc:"of those received"`
	Rejected  int64  `json:"rejected" doc:"of those received"`
	Kept      int64  `json:"kept" doc:"settled without coming back"`
	Gone      int64  `json:"gone" doc:"will not come"`
}

// PolicyFinding says why a policy judges as it does.
type PolicyFinding struct {
	Line    string `json:"line,omitzero"`
	Code    string `json:"code" example:"window_over"`
	Verdict string `json:"verdict" enum:"allow,allow_with_fee,needs_approval,deny"`
	Detail  string `json:"detail"`
}

// ReturnOverride is a decision of staff against the policy.
type ReturnOverride struct {
	By     string `json:"by" doc:"id of the API key"`
	Reason string `json:"reason"`
	At     string `json:"at" format:"date-time"`
}

// ReturnReceipt is what was unpacked at a time.
type ReturnReceipt struct {
	At         string        `json:"at" format:"date-time"`
	By         string        `json:"by" doc:"id of the API key"`
	Lines      []ReturnUnits `json:"lines"`
	Unexpected []StrayUnits  `json:"unexpected,omitzero"`
}

// ReturnPiece is units that were inspected together, with the one disposition that they have.
type ReturnPiece struct {
	ID          string `json:"id" example:"1"`
	Line        string `json:"line"`
	Quantity    int64  `json:"quantity"`
	Condition   string `json:"condition"`
	Accepted    bool   `json:"accepted"`
	Reason      string `json:"reason,omitzero" doc:"why they were rejected"`
	Disposition string `json:"disposition" enum:"restock,refurbish,quarantine,scrap,return_to_vendor,return_to_customer"`
	Location    string `json:"location"`
	Bucket      string `json:"bucket,omitzero" enum:"available,damaged,quality"`
	From        string `json:"from,omitzero" doc:"id of the piece that they were taken from"`
	By          string `json:"by" doc:"id of the API key"`
	At          string `json:"at" format:"date-time"`
}

// ReturnRefund is money that goes back for units of a return.
type ReturnRefund struct {
	Grant    string        `json:"grant,omitzero" doc:"id of the grant of the order"`
	Lines    []ReturnUnits `json:"lines"`
	Items    money.Money   `json:"items" doc:"what the units cost, with their shares of discounts and taxes"`
	Shipping money.Money   `json:"shipping" doc:"of the order's delivery"`
	Fees     money.Money   `json:"fees" doc:"taken off"`
	Amount   money.Money   `json:"amount" doc:"items + shipping - fees"`
	Bonus    money.Money   `json:"bonus" doc:"of store credit, on top"`
	At       string        `json:"at,omitzero" format:"date-time"`
}

func returnJSON(v *app.ReturnView) Return {
	r, o := v.Return, v.Order
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: o.Currency} }
	out := Return{
		ID: orNull(r.ID), Number: orNull(order.ReturnNumber(o, r.ID)), Version: r.Version, Order: o.ID, OrderNumber: o.Number, OrderVersion: o.Version, Type: string(r.Type), Status: string(r.Status),
		Allowed: returns.Allowed(r), Lines: make([]ReturnLine, len(r.Lines)), Policy: r.Policy.ID, PolicyVersion: r.Policy.Version, Verdict: string(r.Verdict),
		Location: r.Location, RefundTo: r.RefundTo, StoreCredit: r.Account, Reason: r.Reason, Label: r.Label, Carrier: r.Carrier, TrackingNumber: r.Tracking, ArrivedAt: r.ArrivedAt.String(), Prepaid: r.Prepaid,
		CreatedAt: r.At.String(), ExpiresAt: r.ExpiresAt.String(), ClosedAt: r.ClosedAt.String(),
	}
	if s := r.Swap; s != nil {
		out.Replacement = &Replacement{string(s.Status), s.Advance, []ExchangeItem{}, s.Lines, s.Grant, in(s.Credit), s.DueAt.String(), s.ClosedAt.String(), s.Reason, s.Wait}
		for _, item := range s.Items {
			out.Replacement.Items = append(out.Replacement.Items, ExchangeItem(item))
		}
	}
	out.Exchange = balanceJSON(v.Balance, in)
	out.Remedy, out.Sent = r.Remedy, r.Sent
	for i, l := range r.Lines {
		out.Lines[i] = ReturnLine{l.Line, l.SKU, l.Quantity, l.Reason, l.Fault, l.Condition, l.Received, l.Accepted, l.Rejected, l.Kept, l.Gone}
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, PolicyFinding{f.Line, f.Code, string(f.Verdict), f.Detail})
	}
	if x := r.Override; x != nil {
		out.Override = &ReturnOverride{x.By, x.Reason, x.At.String()}
	}
	for _, x := range r.Receipts {
		receipt := ReturnReceipt{At: x.At.String(), By: x.By, Lines: returnUnits(x.Lines)}
		for _, s := range x.Unexpected {
			receipt.Unexpected = append(receipt.Unexpected, StrayUnits(s))
		}
		out.Receipts = append(out.Receipts, receipt)
	}
	for _, p := range r.Pieces {
		out.Pieces = append(out.Pieces, ReturnPiece{
			p.ID, p.Line, p.Quantity, p.Condition, p.Accepted, p.Reason, string(p.Disposition), p.Location, p.Bucket, p.From, p.By, p.At.String(),
		})
	}
	for _, f := range r.Refunds {
		out.Refunds = append(out.Refunds, returnRefund(f, in))
	}
	if v.Estimate != nil {
		f := returnRefund(*v.Estimate, in)
		f.At = ""
		out.Estimate = &f
	}
	return out
}

func returnUnits(units []returns.Units) []ReturnUnits {
	out := make([]ReturnUnits, len(units))
	for i, u := range units {
		out[i] = ReturnUnits(u)
	}
	return out
}

func returnRefund(f returns.Refund, in func(int64) money.Money) ReturnRefund {
	return ReturnRefund{f.Grant, returnUnits(f.Lines), in(f.Items), in(f.Shipping), in(f.Fees), in(f.Amount), in(f.Bonus), f.At.String()}
}

// PutReturnPolicy is the body of PUT /v1/return-policies/{code}.
type PutReturnPolicy struct {
	Name           string            `json:"name" minLength:"1" maxLength:"200" example:"30 days"`
	Active         *bool             `json:"active,omitzero" doc:"true when left out"`
	Priority       int64             `json:"priority,omitzero" minimum:"0" maximum:"1000000" doc:"of several policies for a channel the one with the lowest number counts"`
	Channels       []string          `json:"channels,omitzero" maxItems:"200" doc:"codes; none: all"`
	WindowDays     int64             `json:"window_days,omitzero" minimum:"0" maximum:"3650" doc:"from delivery; 0: for ever" example:"30"`
	Late           string            `json:"late,omitzero" enum:"deny,needs_approval" doc:"verdict after the window; deny when left out"`
	LegalWindows   []LegalWindow     `json:"legal_windows,omitzero" maxItems:"200" doc:"within them there is neither fee nor approval"`
	Exclusions     []ReturnExclusion `json:"exclusions,omitzero" maxItems:"200"`
	Reasons        []ReturnReason    `json:"reasons,omitzero" maxItems:"200" doc:"left out: unwanted, wrong_size, ordered_by_mistake, damaged, defective, wrong_item, not_as_described, arrived_late, other"`
	Conditions     []ReturnCondition `json:"conditions,omitzero" maxItems:"200" doc:"left out: new, opened, used, damaged, defective, all accepted"`
	FeePercent     int64             `json:"fee_percent,omitzero" minimum:"0" maximum:"100" doc:"restocking fee, of what the customer is at fault for"`
	FeeFixed       *money.Money      `json:"fee_fixed,omitzero" doc:"restocking fee, once per return"`
	LabelBy        string            `json:"label_by,omitzero" enum:"merchant,customer" doc:"who pays the way back; merchant when left out"`
	LabelFee       *money.Money      `json:"label_fee,omitzero" doc:"taken off once where the customer pays and the label is the merchant's"`
	RefundShipping string            `json:"refund_shipping,omitzero" enum:"never,merchant_fault,full_return" doc:"whether the delivery charge goes back with the last unit; merchant_fault when left out"`
	RefundAt       string            `json:"refund_at,omitzero" enum:"approved,received,inspected" doc:"approved: nothing has to come back; received: what arrives is accepted as it is; inspected when left out"`
	KeepBelow      *money.Money      `json:"keep_below,omitzero" doc:"returns worth less need not come back"`
	AutoApprove    bool              `json:"auto_approve,omitzero" doc:"of what the policy allows"`
	ExpireDays     int64             `json:"expire_days,omitzero" minimum:"0" maximum:"3650" doc:"an approved return that nobody sends expires; 30 when left out"`
	BonusPercent   int64             `json:"bonus_percent,omitzero" minimum:"0" maximum:"100" doc:"on top of refunds to store credit"`
	Location       string            `json:"location,omitzero" maxLength:"64" doc:"code of the location that returns go to; left out: where they shipped from"`
	Overdue        string            `json:"overdue,omitzero" enum:"charge,ask" doc:"what happens to an exchange in advance after that; ask: a person charges or waives it; charge when left out"`
	AdvanceDays    int64             `json:"advance_days,omitzero" minimum:"0" maximum:"3650" doc:"within which the units of an exchange in advance are to be back; 14 when left out"`
}

// ReturnPolicy is a published policy.
type ReturnPolicy struct {
	Code           string            `json:"code"`
	Version        int64             `json:"version"`
	Name           string            `json:"name"`
	Active         bool              `json:"active"`
	Priority       int64             `json:"priority"`
	Channels       []string          `json:"channels"`
	WindowDays     int64             `json:"window_days"`
	Late           string            `json:"late" enum:"deny,needs_approval"`
	LegalWindows   []LegalWindow     `json:"legal_windows,omitzero"`
	Exclusions     []ReturnExclusion `json:"exclusions,omitzero"`
	Reasons        []ReturnReason    `json:"reasons"`
	Conditions     []ReturnCondition `json:"conditions"`
	FeePercent     int64             `json:"fee_percent"`
	FeeFixed       *money.Money      `json:"fee_fixed,omitzero"`
	LabelBy        string            `json:"label_by" enum:"merchant,customer"`
	LabelFee       *money.Money      `json:"label_fee,omitzero"`
	RefundShipping string            `json:"refund_shipping" enum:"never,merchant_fault,full_return"`
	RefundAt       string            `json:"refund_at" enum:"approved,received,inspected"`
	KeepBelow      *money.Money      `json:"keep_below,omitzero"`
	AutoApprove    bool              `json:"auto_approve"`
	ExpireDays     int64             `json:"expire_days"`
	BonusPercent   int64             `json:"bonus_percent"`
	Location       string            `json:"location,omitzero"`
	AdvanceDays    int64             `json:"advance_days"`
	Overdue        string            `json:"overdue" enum:"charge,ask"`
}

// LegalWindow is what the law of a country gives.
type LegalWindow struct {
	Country string `json:"country" minLength:"2" maxLength:"2" doc:"ISO 3166-1 alpha-2, of the shipping address" example:"DE"`
	Days    int64  `json:"days" minimum:"0" maximum:"3650" example:"14"`
}

// ReturnExclusion is what does not come back, or not without being asked for.
type ReturnExclusion struct {
	Code       string   `json:"code" maxLength:"64" example:"final_sale"`
	SKUs       []string `json:"skus,omitzero" maxItems:"1000"`
	TaxClasses []string `json:"tax_classes,omitzero" maxItems:"100"`
	Verdict    string   `json:"verdict" enum:"deny,needs_approval"`
}

// ReturnReason is why customers send things back.
type ReturnReason struct {
	Code     string `json:"code" maxLength:"64" example:"wrong_size"`
	Fault    string `json:"fault" enum:"customer,merchant"`
	Approval bool   `json:"approval,omitzero" doc:"a person decides"`
}

// ReturnCondition is what becomes of units that are found in a condition.
type ReturnCondition struct {
	Code        string `json:"code" maxLength:"64" example:"opened"`
	Accept      bool   `json:"accept"`
	FeePercent  int64  `json:"fee_percent,omitzero" minimum:"0" maximum:"100" doc:"instead of the policy's, whoever is at fault"`
	Disposition string `json:"disposition" enum:"restock,refurbish,quarantine,scrap,return_to_vendor,return_to_customer"`
	Bucket      string `json:"bucket,omitzero" enum:"available,damaged,quality" doc:"of a restock"`
}

func (in PutReturnPolicy) policy() *returns.Policy {
	p := &returns.Policy{
		Name: in.Name, Active: yes(in.Active), Priority: in.Priority, Channels: in.Channels, WindowDays: in.WindowDays, LateVerdict: returns.Verdict(in.Late),
		FeePercent: in.FeePercent, FeeFixed: in.FeeFixed, LabelBy: in.LabelBy, LabelFee: in.LabelFee, RefundShipping: in.RefundShipping, RefundAt: in.RefundAt,
		KeepBelow: in.KeepBelow, AutoApprove: in.AutoApprove, ExpireDays: in.ExpireDays, BonusPercent: in.BonusPercent, Location: in.Location, AdvanceDays: in.AdvanceDays, Overdue: in.Overdue,
	}
	for _, w := range in.LegalWindows {
		p.LegalWindows = append(p.LegalWindows, returns.Legal(w))
	}
	for _, x := range in.Exclusions {
		p.Exclusions = append(p.Exclusions, returns.Exclusion{Code: x.Code, SKUs: x.SKUs, TaxClasses: x.TaxClasses, Verdict: returns.Verdict(x.Verdict)})
	}
	for _, r := range in.Reasons {
		p.Reasons = append(p.Reasons, returns.Reason(r))
	}
	for _, c := range in.Conditions {
		p.Conditions = append(p.Conditions, returns.Condition{Code: c.Code, Accept: c.Accept, FeePercent: c.FeePercent, Disposition: returns.Disposition(c.Disposition), Bucket: c.Bucket})
	}
	return p
}

func returnPolicyJSON(stored *returns.Policy) ReturnPolicy {
	p := stored.Filled()
	out := ReturnPolicy{
		Code: p.ID, Version: p.Version, Name: p.Name, Active: p.Active, Priority: p.Priority, Channels: append([]string{}, p.Channels...), WindowDays: p.WindowDays,
		Late: string(p.LateVerdict), Reasons: []ReturnReason{}, Conditions: []ReturnCondition{}, FeePercent: p.FeePercent, FeeFixed: p.FeeFixed, LabelBy: p.LabelBy,
		LabelFee: p.LabelFee, RefundShipping: p.RefundShipping, RefundAt: p.RefundAt, KeepBelow: p.KeepBelow, AutoApprove: p.AutoApprove, ExpireDays: p.ExpireDays,
		BonusPercent: p.BonusPercent, Location: p.Location, AdvanceDays: p.AdvanceDays, Overdue: p.Overdue,
	}
	for _, w := range p.LegalWindows {
		out.LegalWindows = append(out.LegalWindows, LegalWindow(w))
	}
	for _, x := range p.Exclusions {
		out.Exclusions = append(out.Exclusions, ReturnExclusion{x.Code, x.SKUs, x.TaxClasses, string(x.Verdict)})
	}
	for _, r := range p.AllReasons() {
		out.Reasons = append(out.Reasons, ReturnReason(r))
	}
	for _, c := range p.AllConditions() {
		out.Conditions = append(out.Conditions, ReturnCondition{c.Code, c.Accept, c.FeePercent, string(c.Disposition), c.Bucket})
	}
	return out
}
