package console

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
)

func ruleActions() []action {
	at, sourcing := "/settings/rules/{code}", "/settings/sourcing-rules/{code}"
	return []action{
		{path: at + "/edit", op: "putRule", title: "Rule", verb: "Publish it", preview: true, begin: ruleForm},
		{path: at + "/enable", op: "putRule", title: "Enable rule", verb: "Enable", preview: true, begin: switchRuleForm(true)},
		{path: at + "/disable", op: "putRule", title: "Disable rule", verb: "Disable", danger: true, preview: true, begin: switchRuleForm(false)},
		{path: sourcing + "/edit", op: "putSourcingRule", title: "Rule", verb: "Publish it", preview: true, begin: sourcingRuleForm},
		{path: sourcing + "/enable", op: "putSourcingRule", title: "Enable rule", verb: "Enable", preview: true, begin: switchSourcingRuleForm(true)},
		{path: sourcing + "/disable", op: "putSourcingRule", title: "Disable rule", verb: "Disable", danger: true, preview: true, begin: switchSourcingRuleForm(false)},
	}
}

// newCode is the code in the address of what is to be made.
const newCode = "_"

// examplesField has the examples of a rule as text.
const examplesField = "_examples"

// codeSubject begins the form of reference data with a code: to change it, or, under newCode, to make it with the code
// that is typed. Read gets what there is under a code.
func codeSubject(v *visit, list string, read func(code string) (name string, version int64, err error)) (s *subject, fresh bool, err error) {
	code := v.r.PathValue("code")
	s = &subject{back: list + "/" + code}
	if code != newCode {
		s.slots = slots("code", code)
		s.name, s.version, err = read(code)
		return s, false, err
	}
	return s, true, v.freshCode(s, list, func(code string) error {
		_, _, err := read(code)
		return err
	})
}

// filled adds to what a form fills in.
func (s *subject) filled(more func(form url.Values, body any, list *errs.List)) {
	before := s.fill
	s.fill = func(form url.Values, body any, list *errs.List) {
		if before != nil {
			before(form, body, list)
		}
		more(form, body, list)
	}
}

// atExamples puts what is found in an example to the field that has them all, and what is wrong with the code to its own.
func atExamples(finding string) string {
	switch {
	case finding == "code":
		return "_code"
	case strings.HasPrefix(finding, "examples"):
		return examplesField
	}
	return finding
}

func (v *visit) examplesArea(list []ruleExample) field {
	return field{
		Name: examplesField, Label: "Test examples", Kind: "area", Value: v.exampleText(list), Required: true,
		Help: "A name and whether the rule matches, yes or no; below it a line for each fact, such as order.total = 60000. An empty line between examples. They are run before the rule is saved.",
	}
}

// ranExamples tells how many examples came out as they say: the operation refuses a rule otherwise.
func (v *visit) ranExamples(n int) effect {
	return effect{Text: v.t("Examples that come out as they say"), After: v.t("%d of %d", n, n), Tone: "good"}
}

// differs adds a row for what changes.
func differs(out []effect, text, before, after string) []effect {
	if before == after {
		return out
	}
	if before == "" {
		before = "–"
	}
	if after == "" {
		after = "–"
	}
	return append(out, effect{Text: text, Before: before, After: after})
}

func (v *visit) yesNo(b bool) string {
	if b {
		return v.t("Yes")
	}
	return v.t("No")
}

func (v *visit) ruleEffects(a *api.Rule) func([]byte) ([]effect, error) {
	return func(answer []byte) (out []effect, err error) {
		var b api.Rule
		if err := jsonx.Unmarshal(answer, &b); err != nil {
			return nil, err
		}
		number := func(n int64) string { return strconv.FormatInt(n, 10) }
		out = differs(out, v.t("Name"), a.Name, b.Name)
		out = differs(out, v.t("Active"), v.yesNo(a.Active), v.yesNo(b.Active))
		out = differs(out, v.t("If"), a.When, b.When)
		out = differs(out, v.t("Hold"), v.word(a.Hold.Type), v.word(b.Hold.Type))
		out = differs(out, v.t("Reason"), a.Hold.Reason, b.Hold.Reason)
		out = differs(out, v.t("Ends after minutes"), number(a.Hold.ExpiresMinutes), number(b.Hold.ExpiresMinutes))
		out = differs(out, v.t("Lifted as soon as"), a.LiftWhen, b.LiftWhen)
		out = differs(out, v.t("Sales channels"), strings.Join(a.Channels, ", "), strings.Join(b.Channels, ", "))
		out = differs(out, v.t("Priority"), number(a.Priority), number(b.Priority))
		return append(out, v.ranExamples(len(b.Examples))), nil
	}
}

func (v *visit) rule(code string) (*api.Rule, error) {
	var r api.Rule
	err := v.get("getRule", slots("code", code), nil, &r)
	return &r, err
}

func ruleForm(v *visit) (*subject, error) {
	r := &api.Rule{Active: true, Hold: api.RuleHold{Type: "manual_review"}}
	s, fresh, err := codeSubject(v, rulesPath, func(code string) (string, int64, error) {
		have, err := v.rule(code)
		if err == nil && v.r.PathValue("code") != newCode {
			r = have
		}
		return have.Name, have.Version, err
	})
	if err != nil {
		return nil, err
	}
	if fresh {
		s.name = v.t("Rules")
	}
	holds, err := v.holdTypes(r.Hold.Type)
	if err != nil {
		return nil, err
	}
	list := make([]ruleExample, len(r.Examples))
	for i, e := range r.Examples {
		list[i] = ruleExample{e.Name, jsonx.Marshal(e.Facts), e.Matches}
	}
	minutes := ""
	if r.Hold.ExpiresMinutes > 0 {
		minutes = strconv.FormatInt(r.Hold.ExpiresMinutes, 10)
	}
	s.about = v.t("The rule runs when an order is placed. Orders that are held already stay held.")
	s.fields = append(s.fields,
		field{Name: "name", Label: "Name", Kind: "text", Value: r.Name, Required: true},
		field{Name: "when", Label: "If", Kind: "area", Value: r.When, Required: true, Help: "A condition in CEL over facts, such as history.first && order.total >= 50000. Amounts are in minor units."},
		holds,
		field{Name: "hold.reason", Label: "Reason", Kind: "text", Value: r.Hold.Reason, Required: true, Help: "Shown with the hold. It names no person."},
		field{Name: "hold.expires_minutes", Label: "Ends by itself after minutes", Kind: "number", Value: minutes, Help: "Empty: it stays until somebody lifts it."},
		field{Name: "lift_when", Label: "Lifted as soon as", Kind: "area", Value: r.LiftWhen, Help: "A condition. Empty: it is not lifted by itself."},
		field{Name: "channels", Label: "Sales channels", Kind: "list", Value: strings.Join(r.Channels, ", "), Help: "Codes, separated by commas. Empty: all of them."},
		field{Name: "priority", Label: "Priority", Kind: "number", Value: strconv.FormatInt(r.Priority, 10), Help: "Lower runs first."},
		activeField(v, r.Active),
		v.examplesArea(list))
	s.filled(func(form url.Values, body any, found *errs.List) {
		in := body.(*api.PutRule)
		typedExamples(form.Get(examplesField), found, func(e ruleExample) error {
			out := api.RuleExample{Name: e.Name, Matches: e.Matches}
			err := jsonx.Decode(e.Facts, &out.Facts)
			in.Examples = append(in.Examples, out)
			return err
		})
	})
	s.place, s.effects = atExamples, v.ruleEffects(r)
	s.done = func([]byte) string { return v.t("The rule is published.") }
	return s, nil
}

// activeField says whether something counts.
func activeField(v *visit, on bool) field {
	return field{Name: "active", Label: "Active", Kind: "select", Value: fmt.Sprint(on), Options: []option{{Value: "true", Text: v.t("Yes")}, {Value: "false", Text: v.t("No")}}}
}

// holdTypes is the choice of the hold that a rule places.
func (v *visit) holdTypes(chosen string) (field, error) {
	f := field{Name: "hold.type", Label: "Then hold the order", Kind: "text", Value: chosen, Required: true}
	if !v.may("orders:read") { // may not look them up
		return f, nil
	}
	var types api.List[api.HoldType]
	err := v.get("listHoldTypes", nil, nil, &types)
	f.Kind = "select"
	for _, t := range types.Data {
		f.Options = append(f.Options, option{Value: t.Type, Text: v.word(t.Type), On: t.Type == chosen})
	}
	return f, err
}

func switchRuleForm(on bool) func(*visit) (*subject, error) {
	return func(v *visit) (*subject, error) {
		code := v.r.PathValue("code")
		r, err := v.rule(code)
		if err != nil {
			return nil, err
		}
		s := &subject{name: r.Name, slots: slots("code", code), version: r.Version, back: rulesPath + "/" + code, effects: v.ruleEffects(r)}
		s.about, s.no = v.switchTexts(r.Active, on)
		s.fill = func(_ url.Values, body any, _ *errs.List) {
			*body.(*api.PutRule) = api.PutRule{
				Name: r.Name, Active: &on, On: r.On, Channels: r.Channels, Priority: r.Priority, When: r.When, Hold: r.Hold, LiftWhen: r.LiftWhen, Examples: r.Examples,
			}
		}
		return s, nil
	}
}

// switchTexts say what making a rule active or stopping it means, and why it is not possible.
func (v *visit) switchTexts(is, on bool) (about, no string) {
	about = v.t("It counts for orders from now on. Its examples are run first.")
	if !on {
		about = v.t("It does not count any more. What it did stays as it is.")
	}
	switch {
	case is && on:
		no = v.t("It is enabled.")
	case !is && !on:
		no = v.t("It is disabled.")
	}
	return about, no
}
