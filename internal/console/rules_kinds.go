package console

import (
	"net/url"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
)

// ruleKind describes a kind of rule to its forms: R is a rule as answers have it, P the body that publishes one.
type ruleKind[R, P any] struct {
	list, get, put string // path of the list, operations
	title, about   string // of the list, and when a rule counts
	when, priority field
	fresh          R // what a new one begins with
	head           func(*R) ruleHead
	fields         func(*visit, *R) ([]field, error) // what is its own, between the condition and the priority
	effects        func(v *visit, out []effect, before, after *R) []effect
	body           func(r *R, active bool) P
	example        func(*P, ruleExample) error // adds one
}

// ruleHead is what rules of every kind have.
type ruleHead struct {
	name, when        string
	active            bool
	priority, version int64
	examples          []ruleExample
}

func (k *ruleKind[R, P]) actions() []action {
	at := strings.TrimPrefix(k.list, Root) + "/{code}"
	return []action{
		{path: at + "/edit", op: k.put, title: "Rule", verb: "Publish it", preview: true, begin: k.form},
		{path: at + "/enable", op: k.put, title: "Enable rule", verb: "Enable", preview: true, begin: k.turn(true)},
		{path: at + "/disable", op: k.put, title: "Disable rule", verb: "Disable", danger: true, preview: true, begin: k.turn(false)},
	}
}

func (k *ruleKind[R, P]) load(v *visit, code string) (*R, error) {
	r := new(R)
	return r, v.get(k.get, slots("code", code), nil, r)
}

// form changes a rule, or makes one.
func (k *ruleKind[R, P]) form(v *visit) (*subject, error) {
	r := k.fresh
	s, fresh, err := codeSubject(v, k.list, func(code string) (string, int64, error) {
		have, err := k.load(v, code)
		if err == nil && v.r.PathValue("code") != newCode {
			r = *have
		}
		h := k.head(have)
		return h.name, h.version, err
	})
	if err != nil {
		return nil, err
	}
	if fresh {
		s.name = v.t(k.title)
	}
	own, err := k.fields(v, &r)
	if err != nil {
		return nil, err
	}
	h := k.head(&r)
	s.about = v.t(k.about)
	when, priority := k.when, k.priority
	when.Value, priority.Value = h.when, strconv.FormatInt(h.priority, 10)
	s.fields = append(s.fields, field{Name: "name", Label: "Name", Kind: "text", Value: h.name, Required: true}, when)
	s.fields = append(append(s.fields, own...), priority, activeField(v, h.active), v.examplesArea(h.examples))
	s.filled(func(form url.Values, body any, found *errs.List) {
		typedExamples(form.Get(examplesField), found, func(e ruleExample) error { return k.example(body.(*P), e) })
	})
	s.place, s.effects = atExamples, k.changes(v, &r)
	s.done = func([]byte) string { return v.t("The rule is published.") }
	return s, nil
}

// turn makes a rule active, or stops it.
func (k *ruleKind[R, P]) turn(on bool) func(*visit) (*subject, error) {
	return func(v *visit) (*subject, error) {
		code := v.r.PathValue("code")
		r, err := k.load(v, code)
		if err != nil {
			return nil, err
		}
		h := k.head(r)
		s := &subject{name: h.name, slots: slots("code", code), version: h.version, back: k.list + "/" + code, effects: k.changes(v, r)}
		s.about, s.no = v.switchTexts(h.active, on)
		s.fill = func(_ url.Values, body any, _ *errs.List) {
			*body.(*P) = k.body(r, on)
		}
		return s, nil
	}
}

// changes tells what an answer changes of a rule.
func (k *ruleKind[R, P]) changes(v *visit, before *R) func([]byte) ([]effect, error) {
	return func(answer []byte) (out []effect, err error) {
		after := new(R)
		if err := jsonx.Unmarshal(answer, after); err != nil {
			return nil, err
		}
		a, b := k.head(before), k.head(after)
		out = differs(out, v.t("Name"), a.name, b.name)
		out = differs(out, v.t("Active"), v.yesNo(a.active), v.yesNo(b.active))
		out = differs(out, v.t("If"), a.when, b.when)
		out = k.effects(v, out, before, after)
		out = differs(out, v.t("Priority"), strconv.FormatInt(a.priority, 10), strconv.FormatInt(b.priority, 10))
		return append(out, v.ranExamples(len(b.examples))), nil
	}
}

// holdRules are the rules that hold orders.
var holdRules = ruleKind[api.Rule, api.PutRule]{
	list: rulesPath, get: "getRule", put: "putRule", title: "Rules",
	about:    "The rule runs when an order is placed. Orders that are held already stay held.",
	when:     field{Name: "when", Label: "If", Kind: "area", Required: true, Help: "A condition in CEL over facts, such as history.first && order.total >= 50000. Amounts are in minor units."},
	priority: field{Name: "priority", Label: "Priority", Kind: "number", Help: "Lower runs first."},
	fresh:    api.Rule{Active: true, Hold: api.RuleHold{Type: "manual_review"}},
	head: func(r *api.Rule) ruleHead {
		h := ruleHead{name: r.Name, when: r.When, active: r.Active, priority: r.Priority, version: r.Version}
		for _, e := range r.Examples {
			h.examples = append(h.examples, ruleExample{e.Name, jsonx.Marshal(e.Facts), e.Matches})
		}
		return h
	},
	fields: holdFields,
	effects: func(v *visit, out []effect, a, b *api.Rule) []effect {
		out = differs(out, v.t("Hold"), v.word(a.Hold.Type), v.word(b.Hold.Type))
		out = differs(out, v.t("Reason"), a.Hold.Reason, b.Hold.Reason)
		out = differs(out, v.t("Ends after minutes"), strconv.FormatInt(a.Hold.ExpiresMinutes, 10), strconv.FormatInt(b.Hold.ExpiresMinutes, 10))
		out = differs(out, v.t("Lifted as soon as"), a.LiftWhen, b.LiftWhen)
		return differs(out, v.t("Sales channels"), strings.Join(a.Channels, ", "), strings.Join(b.Channels, ", "))
	},
	body: func(r *api.Rule, active bool) api.PutRule {
		return api.PutRule{
			Name: r.Name, Active: &active, On: r.On, Channels: r.Channels, Priority: r.Priority, When: r.When, Hold: r.Hold, LiftWhen: r.LiftWhen, Examples: r.Examples,
		}
	},
	example: func(p *api.PutRule, e ruleExample) error {
		out := api.RuleExample{Name: e.Name, Matches: e.Matches}
		err := jsonx.Decode(e.Facts, &out.Facts)
		p.Examples = append(p.Examples, out)
		return err
	},
}

func holdFields(v *visit, r *api.Rule) ([]field, error) {
	minutes := ""
	if r.Hold.ExpiresMinutes > 0 {
		minutes = strconv.FormatInt(r.Hold.ExpiresMinutes, 10)
	}
	holds, err := v.holdTypes(r.Hold.Type)
	return []field{
		holds,
		{Name: "hold.reason", Label: "Reason", Kind: "text", Value: r.Hold.Reason, Required: true, Help: "Shown with the hold. It names no person."},
		{Name: "hold.expires_minutes", Label: "Ends by itself after minutes", Kind: "number", Value: minutes, Help: "Empty: it stays until somebody lifts it."},
		{Name: "lift_when", Label: "Lifted as soon as", Kind: "area", Value: r.LiftWhen, Help: "A condition. Empty: it is not lifted by itself."},
		{Name: "channels", Label: "Sales channels", Kind: "list", Value: strings.Join(r.Channels, ", "), Help: "Codes, separated by commas. Empty: all of them."},
	}, err
}

// sourcingRules say which plan is the best one for an order.
var sourcingRules = ruleKind[api.SourcingRule, api.PutSourcingRule]{
	list: sourcingRulesPath, get: "getSourcingRule", put: "putSourcingRule", title: "Rules of sourcing",
	about:    "It counts for orders that are placed from now on, and for units that look for another place.",
	when:     field{Name: "when", Label: "If", Kind: "area", Required: true, Help: "A condition in CEL over order, address and channel, such as order.weight_grams > 20000. Amounts are in minor units."},
	priority: field{Name: "priority", Label: "Priority", Kind: "number", Help: "Lower is asked first."},
	fresh:    api.SourcingRule{Active: true},
	head: func(r *api.SourcingRule) ruleHead {
		h := ruleHead{name: r.Name, when: r.When, active: r.Active, priority: r.Priority, version: r.Version}
		for _, e := range r.Examples {
			h.examples = append(h.examples, ruleExample{e.Name, jsonx.Marshal(e.Facts), e.Matches})
		}
		return h
	},
	fields: func(v *visit, r *api.SourcingRule) ([]field, error) { return v.strategyFields(r), nil },
	effects: func(v *visit, out []effect, a, b *api.SourcingRule) []effect {
		return differs(out, v.t("Then"), strings.Join(v.strategy(a), " · "), strings.Join(v.strategy(b), " · "))
	},
	body: func(r *api.SourcingRule, active bool) api.PutSourcingRule {
		return api.PutSourcingRule{Name: r.Name, Active: &active, Priority: r.Priority, When: r.When, Strategy: r.Strategy, AfterAction: r.AfterAction, Examples: r.Examples}
	},
	example: func(p *api.PutSourcingRule, e ruleExample) error {
		out := api.SourcingExample{Name: e.Name, Matches: e.Matches}
		err := jsonx.Decode(e.Facts, &out.Facts)
		p.Examples = append(p.Examples, out)
		return err
	},
}

func (v *visit) strategyFields(r *api.SourcingRule) []field {
	splits, whole := "", ""
	if r.Strategy.MaxSplits != nil {
		splits = strconv.FormatInt(*r.Strategy.MaxSplits, 10)
	}
	if r.Strategy.ShipComplete {
		whole = "true"
	}
	shortage := append([]option{{Text: v.t("As the sales channel says")}}, v.optionsOf([]string{"reject", "backorder", "park", "cancel"}, "reject")...)
	for i := range shortage { // the first choice is the one that is there
		shortage[i].On = shortage[i].Value == r.AfterAction
	}
	return []field{
		{Name: "strategy.criteria", Label: "Best by", Kind: "list", Value: strings.Join(r.Strategy.Criteria, ", "), Help: "One after the other, of ship_complete, fewest_shipments, distance, cost, promise, priority. Empty: as few shipments as possible, then priority."},
		{Name: "strategy.max_splits", Label: "Split at most", Kind: "number", Value: splits, Help: "Times. Empty: as often as it takes."},
		{Name: "strategy.ship_complete", Label: "It ships whole or waits", Kind: "check", Value: whole},
		{Name: "strategy.locations", Label: "Only from", Kind: "list", Value: strings.Join(r.Strategy.Locations, ", "), Help: "Codes of locations, separated by commas. Empty: all of them."},
		{Name: "strategy.exclude", Label: "Not from", Kind: "list", Value: strings.Join(r.Strategy.Exclude, ", "), Help: "Codes of locations, separated by commas."},
		{Name: "after_action", Label: "What nobody has", Kind: "select", Value: r.AfterAction, Options: shortage},
	}
}
