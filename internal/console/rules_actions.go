package console

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
)

func ruleActions() []action {
	return slices.Concat(holdRules.actions(), sourcingRules.actions())
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
