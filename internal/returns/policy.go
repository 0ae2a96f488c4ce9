package returns

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Verdict is what a policy says to a return.
type Verdict string

// The verdicts, from the best to the worst.
const (
	Allow         Verdict = "allow"
	AllowWithFee  Verdict = "allow_with_fee"
	NeedsApproval Verdict = "needs_approval"
	Deny          Verdict = "deny"
)

// Verdicts lists them in that order.
var Verdicts = []Verdict{Allow, AllowWithFee, NeedsApproval, Deny}

func worse(a, b Verdict) Verdict {
	if slices.Index(Verdicts, b) > slices.Index(Verdicts, a) {
		return b
	}
	return a
}

// When refunds fire.
const (
	AtApproved  = "approved"  // nothing has to come back: the customer keeps it
	AtReceived  = "received"  // what arrives is accepted as it is
	AtInspected = "inspected" // what was looked at and accepted
)

// RefundAts lists them; the last is that of a policy that names none.
var RefundAts = []string{AtApproved, AtReceived, AtInspected}

// Whose fault a return is, by its reason.
const (
	Customers = "customer"
	Merchants = "merchant"
)

// Which part of the delivery charge goes back.
const (
	NoShipping    = "never"
	FaultShipping = "merchant_fault" // with the last unit of the order, when the merchant is at fault
	FullShipping  = "full_return"    // with the last unit of the order
)

// What happens to an exchange in advance of which the units do not come back in time.
const (
	OverdueCharge = "charge" // the replacement is charged
	OverdueAsk    = "ask"    // a person charges or waives it
)

// Overdues lists them; the first is that of a policy that names none.
var Overdues = []string{OverdueCharge, OverdueAsk}

// RefundShippings lists them; the second is that of a policy that names none.
var RefundShippings = []string{NoShipping, FaultShipping, FullShipping}

// Policy is reference data: how returns of its channels are judged. Its id is its code. The active policy with the
// lowest priority number that names the channel, or all of them, is asked.
type Policy struct {
	doc.Meta
	Name           string       `json:"name"`
	Active         bool         `json:"active"`
	Priority       int64        `json:"priority,omitzero"`
	Channels       []string     `json:"channels,omitzero"`    // empty: all
	WindowDays     int64        `json:"window_days,omitzero"` // from delivery; 0: for ever
	LateVerdict    Verdict      `json:"late,omitzero"`        // after the window: deny or needs_approval
	LegalWindows   []Legal      `json:"legal_windows,omitzero"`
	Exclusions     []Exclusion  `json:"exclusions,omitzero"`
	Reasons        []Reason     `json:"reasons,omitzero"`    // empty: DefaultReasons
	Conditions     []Condition  `json:"conditions,omitzero"` // empty: DefaultConditions
	FeePercent     int64        `json:"fee_percent,omitzero"`
	FeeFixed       *money.Money `json:"fee_fixed,omitzero"` // once per return
	LabelBy        string       `json:"label_by,omitzero"`  // who pays the way back: Merchants or Customers
	LabelFee       *money.Money `json:"label_fee,omitzero"` // taken off when the customer pays and the merchant's label was used
	RefundShipping string       `json:"refund_shipping,omitzero"`
	RefundAt       string       `json:"refund_at,omitzero"`
	KeepBelow      *money.Money `json:"keep_below,omitzero"`   // returns worth less than this need not come back
	AutoApprove    bool         `json:"auto_approve,omitzero"` // of what needs no approval
	ExpireDays     int64        `json:"expire_days,omitzero"`
	BonusPercent   int64        `json:"bonus_percent,omitzero"` // on top of refunds to store credit
	Location       string       `json:"location,omitzero"`      // where to; empty: where it shipped from
	AdvanceDays    int64        `json:"advance_days,omitzero"`  // of exchanges in advance
	Overdue        string       `json:"overdue,omitzero"`       // then: OverdueCharge or OverdueAsk
}

// Legal is a window that the law of a country gives: within it there is no fee and no approval.
type Legal struct {
	Country string `json:"country"`
	Days    int64  `json:"days"`
}

// Exclusion is what does not come back, or not without being asked for.
type Exclusion struct {
	Code       string   `json:"code"` // such as final_sale
	SKUs       []string `json:"skus,omitzero"`
	TaxClasses []string `json:"tax_classes,omitzero"`
	Verdict    Verdict  `json:"verdict"` // deny or needs_approval
}

func (x Exclusion) covers(sku, class string) bool {
	return slices.Contains(x.SKUs, sku) || slices.Contains(x.TaxClasses, class)
}

// Reason is why customers send things back.
type Reason struct {
	Code     string `json:"code"`
	Fault    string `json:"fault"`             // Customers or Merchants
	Approval bool   `json:"approval,omitzero"` // a person decides
}

// DefaultReasons are those of a new installation.
var DefaultReasons = []Reason{
	{Code: "unwanted", Fault: Customers},
	{Code: "wrong_size", Fault: Customers},
	{Code: "ordered_by_mistake", Fault: Customers},
	{Code: "damaged", Fault: Merchants},
	{Code: "defective", Fault: Merchants},
	{Code: "wrong_item", Fault: Merchants},
	{Code: "not_as_described", Fault: Merchants},
	{Code: "arrived_late", Fault: Merchants},
	{Code: "other", Fault: Customers, Approval: true},
}

// Condition is what becomes of a unit that is found in a condition.
type Condition struct {
	Code        string      `json:"code"`
	Accept      bool        `json:"accept"`
	FeePercent  int64       `json:"fee_percent,omitzero"` // instead of the policy's, whoever is at fault
	Disposition Disposition `json:"disposition"`
	Bucket      string      `json:"bucket,omitzero"` // of a restock
}

// DefaultConditions are those of a new installation.
var DefaultConditions = []Condition{
	{Code: "new", Accept: true, Disposition: Restock, Bucket: "available"},
	{Code: "opened", Accept: true, Disposition: Restock, Bucket: "available"},
	{Code: "used", Accept: true, Disposition: Refurbish},
	{Code: "damaged", Accept: true, Disposition: Restock, Bucket: "damaged"},
	{Code: "defective", Accept: true, Disposition: Quarantine},
}

// Days of a policy that names none.
const (
	DefaultWindowDays  = 30
	DefaultExpireDays  = 30
	DefaultAdvanceDays = 14
	maxDays            = 3_650
)

// DefaultPolicy judges where no policy is published.
func DefaultPolicy() Policy {
	return Policy{
		Meta: doc.Meta{ID: "default"}, Name: "30 days", Active: true, WindowDays: DefaultWindowDays, LateVerdict: NeedsApproval, LabelBy: Merchants,
		RefundShipping: FaultShipping, RefundAt: AtInspected, AutoApprove: true, ExpireDays: DefaultExpireDays, AdvanceDays: DefaultAdvanceDays, Overdue: OverdueCharge,
	}
}

// Choose returns the policy for a channel.
func Choose(all []*Policy, channel string) Policy {
	var best *Policy
	for _, p := range all {
		if !p.Active || len(p.Channels) > 0 && !slices.Contains(p.Channels, channel) {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(p.Priority, best.Priority), strings.Compare(p.ID, best.ID)) < 0 {
			best = p
		}
	}
	if best == nil {
		return DefaultPolicy()
	}
	return best.Filled()
}

// Filled returns the policy with what stands for what it leaves out.
func (p Policy) Filled() Policy {
	p.LateVerdict = cmp.Or(p.LateVerdict, Deny)
	p.LabelBy = cmp.Or(p.LabelBy, Merchants)
	p.RefundShipping = cmp.Or(p.RefundShipping, FaultShipping)
	p.RefundAt = cmp.Or(p.RefundAt, AtInspected)
	p.ExpireDays = cmp.Or(p.ExpireDays, DefaultExpireDays)
	p.AdvanceDays = cmp.Or(p.AdvanceDays, DefaultAdvanceDays)
	p.Overdue = cmp.Or(p.Overdue, OverdueCharge)
	return p
}

// Reason returns the reason with the code, or nil.
func (p Policy) Reason(code string) *Reason {
	list := p.AllReasons()
	for i := range list {
		if list[i].Code == code {
			return &list[i]
		}
	}
	return nil
}

// Condition returns the condition with the code, or nil.
func (p Policy) Condition(code string) *Condition {
	list := p.AllConditions()
	for i := range list {
		if list[i].Code == code {
			return &list[i]
		}
	}
	return nil
}

// AllReasons are the reasons of the policy, or the default ones.
func (p Policy) AllReasons() []Reason {
	if len(p.Reasons) > 0 {
		return p.Reasons
	}
	return DefaultReasons
}

// AllConditions are the conditions of the policy, or the default ones.
func (p Policy) AllConditions() []Condition {
	if len(p.Conditions) > 0 {
		return p.Conditions
	}
	return DefaultConditions
}

// Codes lists the codes of reasons and conditions, for texts.
func (p Policy) Codes() (reasons, conditions []string) {
	for _, r := range p.AllReasons() {
		reasons = append(reasons, r.Code)
	}
	for _, c := range p.AllConditions() {
		conditions = append(conditions, c.Code)
	}
	return reasons, conditions
}

// Asked is a line of a return as the policy sees it.
type Asked struct {
	Line        string
	SKU         string
	TaxClass    string
	Reason      string
	Condition   string      // as the customer says; may be empty
	DeliveredAt micros.Time // or shipped, where nobody told of the delivery; 0: not known
}

// Facts is what a policy judges.
type Facts struct {
	Lines    []Asked
	Country  string // where it was sent to
	Worth    int64  // of all units, in minor units of Currency
	Currency string
	Now      micros.Time
}

// Finding says why a policy judges as it does.
type Finding struct {
	Line    string  `json:"line,omitzero"`
	Code    string  `json:"code"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`
}

// Evaluation is the verdict with its reasons.
type Evaluation struct {
	Verdict  Verdict
	Findings []Finding
	FeeFree  map[string]bool // lines that the law keeps free of fees
	Keep     bool            // it need not come back
}

// Evaluate judges a return: each line by window, exclusions, reason and condition; the worst of them counts.
func (p Policy) Evaluate(f Facts) Evaluation {
	e := Evaluation{Verdict: Allow, FeeFree: map[string]bool{}}
	for _, l := range f.Lines {
		p.judge(&e, l, f)
	}
	e.Keep = p.RefundAt == AtApproved || p.KeepBelow != nil && p.KeepBelow.Currency == f.Currency && f.Worth < p.KeepBelow.Amount
	return e
}

func (e *Evaluation) find(l Asked, v Verdict, code, detail string) {
	e.Verdict = worse(e.Verdict, v)
	e.Findings = append(e.Findings, Finding{l.Line, code, v, detail})
}

func (p Policy) judge(e *Evaluation, l Asked, f Facts) {
	within := func(days int64) bool {
		return l.DeliveredAt == 0 || f.Now <= l.DeliveredAt.Add(time.Duration(days)*24*time.Hour)
	}
	legal := slices.ContainsFunc(p.LegalWindows, func(w Legal) bool { return w.Country == f.Country && within(w.Days) })
	e.FeeFree[l.Line] = legal
	for _, x := range p.Exclusions {
		if x.covers(l.SKU, l.TaxClass) {
			e.find(l, x.Verdict, x.Code, "line "+l.Line+" ("+l.SKU+") is excluded from returns: "+x.Code)
		}
	}
	if p.WindowDays > 0 && !legal && !within(p.WindowDays) {
		days := int64(f.Now.Std().Sub(l.DeliveredAt.Std()) / (24 * time.Hour))
		e.find(l, p.LateVerdict, "window_over", "line "+l.Line+" arrived "+strconv.FormatInt(days, 10)+" days ago, the window is "+strconv.FormatInt(p.WindowDays, 10)+" days")
	}
	if l.Condition != "" {
		if c := p.Condition(l.Condition); c != nil && !c.Accept {
			e.find(l, NeedsApproval, "condition", "units of line "+l.Line+" are "+l.Condition+", which is not taken back as a rule")
		}
	}
	if legal {
		return
	}
	r := p.Reason(l.Reason)
	if r != nil && r.Approval {
		e.find(l, NeedsApproval, "reason", "the reason "+l.Reason+" of line "+l.Line+" is decided by a person")
	}
	if r != nil && r.Fault == Customers && (p.FeePercent > 0 || p.FeeFixed != nil && p.FeeFixed.Amount > 0) {
		e.find(l, AllowWithFee, "restocking_fee", "a restocking fee is taken off for line "+l.Line)
	}
}

// Check adds to the list all that is wrong with the policy. Whether its channels and its location exist is checked
// where they are known.
func (p *Policy) Check(list *errs.List) {
	if !code(p.ID) {
		list.Add("/code", "invalid_code", "give a code of at most 64 letters, digits, dots, dashes and underscores")
	}
	if strings.TrimSpace(p.Name) == "" || utf8.RuneCountInString(p.Name) > 200 {
		list.Add("/name", "required", "give a name, at most 200 characters")
	}
	number := func(at string, n, most int64) {
		if n < 0 || n > most {
			list.Add(at, "out_of_range", "give a number from 0 to %d", most)
		}
	}
	number("/priority", p.Priority, 1_000_000)
	number("/window_days", p.WindowDays, maxDays)
	number("/expire_days", p.ExpireDays, maxDays)
	number("/advance_days", p.AdvanceDays, maxDays)
	number("/fee_percent", p.FeePercent, 100)
	number("/bonus_percent", p.BonusPercent, 100)
	oneOf(list, "/late", p.LateVerdict, []Verdict{"", NeedsApproval, Deny})
	oneOf(list, "/label_by", p.LabelBy, []string{"", Customers, Merchants})
	oneOf(list, "/refund_shipping", p.RefundShipping, append([]string{""}, RefundShippings...))
	oneOf(list, "/overdue", p.Overdue, append([]string{""}, Overdues...))
	oneOf(list, "/refund_at", p.RefundAt, append([]string{""}, RefundAts...))
	for at, m := range map[string]*money.Money{"/fee_fixed": p.FeeFixed, "/label_fee": p.LabelFee, "/keep_below": p.KeepBelow} {
		if m == nil {
			continue
		}
		number(at+"/amount", m.Amount, money.Max)
		if !money.ValidCurrency(m.Currency) {
			list.Add(at+"/currency", "invalid_currency", "give an ISO 4217 code")
		}
	}
	p.checkLists(list, number)
}

func (p *Policy) checkLists(list *errs.List, number func(at string, n, most int64)) {
	const most = 200
	if max(len(p.Reasons), len(p.Conditions), len(p.Exclusions), len(p.LegalWindows), len(p.Channels)) > most {
		list.Add("", "too_many", "at most %d entries in a list", most)
		return
	}
	for i, w := range p.LegalWindows {
		at := "/legal_windows/" + strconv.Itoa(i)
		number(at+"/days", w.Days, maxDays)
		if len(w.Country) != 2 {
			list.Add(at+"/country", "invalid_country", "give an ISO 3166-1 alpha-2 code")
		}
	}
	for i, x := range p.Exclusions {
		at := "/exclusions/" + strconv.Itoa(i)
		if !code(x.Code) {
			list.Add(at+"/code", "invalid_code", "give a code such as final_sale")
		}
		if len(x.SKUs)+len(x.TaxClasses) == 0 {
			list.Add(at+"/skus", "required", "name SKUs or tax classes")
		}
		oneOf(list, at+"/verdict", x.Verdict, []Verdict{NeedsApproval, Deny})
	}
	seen := map[string]bool{}
	for i, r := range p.Reasons {
		at := "/reasons/" + strconv.Itoa(i)
		if !code(r.Code) || seen[r.Code] {
			list.Add(at+"/code", "invalid_code", "give a code of its own such as wrong_size")
		}
		seen[r.Code] = true
		oneOf(list, at+"/fault", r.Fault, []string{Customers, Merchants})
	}
	seen = map[string]bool{}
	for i, c := range p.Conditions {
		at := "/conditions/" + strconv.Itoa(i)
		if !code(c.Code) || seen[c.Code] {
			list.Add(at+"/code", "invalid_code", "give a code of its own such as opened")
		}
		seen[c.Code] = true
		number(at+"/fee_percent", c.FeePercent, 100)
		oneOf(list, at+"/disposition", c.Disposition, Dispositions)
		checkBucket(list, at+"/bucket", c.Disposition, c.Bucket)
	}
}

// Buckets are where units are restocked to.
var Buckets = []string{"available", "damaged", "quality"}

// checkBucket: a restock names a bucket, and nothing else does.
func checkBucket(list *errs.List, at string, d Disposition, bucket string) {
	switch {
	case d == Restock:
		oneOf(list, at, bucket, Buckets)
	case bucket != "":
		list.Add(at, "not_allowed", "only a restock has a bucket")
	}
}

func oneOf[S ~string](list *errs.List, at string, value S, values []S) {
	if slices.Contains(values, value) {
		return
	}
	known := make([]string, 0, len(values))
	for _, v := range values {
		if v != "" {
			known = append(known, string(v))
		}
	}
	list.Add(at, "unknown_value", "give one of %s", strings.Join(known, ", "))
}

// code reports whether a text can be a code: it stands in paths and in the journal for good.
func code(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}
