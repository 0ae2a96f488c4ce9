package console

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// TestRulePages publishes a rule after a look, is refused where its examples come out otherwise, tries it on an order and
// finds where it fired.
func TestRulePages(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("manager@example.com", "manager")
		f.user("cara@example.com", "customer_service")
		b := f.browser()
		b.signIn("manager@example.com").is(t, 303)
		f.world()
		b.get(rulesPath).is(t, 200, "Wait for the bank transfer", "Payment provider = manual", "Payment unsecured &gt; 0", "History first: yes", "Order total ≥ £500.00", "New rule")
		at := rulesPath + "/mugs"
		form := func(pairs ...string) []string {
			v := url.Values{}
			for i := 0; i+1 < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			out := []string{"_key", pages.NewKey()}
			for _, d := range [][2]string{
				{"_step", "preview"},
				{"name", "Many mugs"},
				{"when", `order.units >= 2 && address.country == "GB"`},
				{"hold.type", "manual_review"},
				{"hold.reason", "many mugs"},
				{"active", "true"},
				{"priority", "5"},
				{examplesField, "two mugs: yes\norder.units = 2\naddress.country = \"GB\"\n\none mug: no\r\norder.units = 1\n"},
			} {
				if !v.Has(d[0]) {
					v.Set(d[0], d[1])
				}
			}
			for name := range v {
				out = append(out, name, v.Get(name))
			}
			return out
		}
		makeAt := rulesPath + "/_/edit"
		b.get(makeAt).is(t, 200, "Code", "Test examples")
		b.post(makeAt, form()...).is(t, 422, "Code: Give a value")
		b.post(makeAt, form("_code", "velocity")...).is(t, 422, "There is one with this code already")
		b.post(makeAt, form("_code", "mugs", "when", "order.unts >= 2")...).is(t, 422, "undefined field")
		b.post(makeAt, form("_code", "mugs", examplesField, "two mugs: no\norder.units = 2\naddress.country = \"GB\"")...).is(t, 422, "matches is false, but order.units")
		b.post(makeAt, form("_code", "mugs", examplesField, "two mugs: yes\norder.unts = 2")...).is(t, 422, "Two mugs: order.unts")
		b.post(makeAt, form("_code", "mugs", examplesField, "two mugs: perhaps")...).is(t, 422, "Line 1: an example begins with")
		b.post(makeAt, form("_code", "mugs")...).is(t, 200, "What this does", "2 of 2", "Many mugs")
		b.get(at).is(t, 404)
		b.post(makeAt, form("_code", "mugs", "_step", "do")...).is(t, 303, at)
		b.get(at).is(t, 200, "Order units ≥ 2", "Address country = GB", "passes", "It has held no order yet.", "The rule is published.")

		var held api.Order
		f.call("placeOrder", nil, `{"channel":"web","customer":{"email":"grace@example.com","name":"Grace"},"shipping_address":{"name":"Grace","line1":"1 Main Street","city":"London","postal_code":"N1 1AA","country":"GB"},`+
			`"lines":[{"sku":"MUG","quantity":2}],"payment":{"provider":"manual"}}`, &held)
		b.get(at).is(t, 200, ">"+number0(held.Number)+"<", "order.units &gt;= 2 is true", "Open")
		b.get("/console/orders/"+number0(held.ID)).is(t, 200, "many mugs. ", "What the rule found")
		free := f.ordered("Ada")
		b.get(at+"?order="+number0(free.Number)).is(t, 200, "would not be held", "is not so", "Order units: 1")
		b.get(at+"?order=%23"+number0(held.Number)).is(t, 200, "would be held")
		b.get(at+"?order=4711x").is(t, 200, "There is no order 4711x.")

		// Off and on again; each shows what it does first, and goes by the version that was looked at.
		b.post(at+"/disable", "_key", pages.NewKey(), "_step", "preview").is(t, 200, "Active", "2 of 2")
		b.post(at+"/disable", "_key", pages.NewKey(), "_step", "do", "_version", "1").is(t, 303, at)
		b.get(at+"/disable").is(t, 200, "It is disabled.")
		b.post(at+"/enable", "_key", pages.NewKey(), "_step", "do", "_version", "1").is(t, 409, "Somebody changed this")
		edit := b.get(at+"/edit").is(t, 200, "two mugs: yes", "order.units = 2", "address.country = &#34;GB&#34;")
		if !strings.Contains(edit.body, `<option value="false" selected>`) {
			t.Error("a disabled rule would be enabled by a change")
		}
		c := f.browser()
		c.signIn("cara@example.com").is(t, 303)
		c.post(at+"/edit", form()...).is(t, 403)
		f.sourcingRules(b)
	})
}

// sourcingRules does the same with a rule of sourcing.
func (f *fixture) sourcingRules(b *browser) {
	t := f.t
	t.Helper()
	b.get(sourcingRulesPath).is(t, 200, "There are no rules of sourcing")
	at, edit := sourcingRulesPath+"/near", sourcingRulesPath+"/_/edit"
	form := []string{
		"_key", pages.NewKey(), "_code", "near", "name", "Near", "when", `address.country == "GB" || order.weight_grams > 20000`, "strategy.criteria", "distance, priority", "strategy.max_splits", "0",
		"strategy.ship_complete", "true", "after_action", "park", "active", "true", "priority", "1", examplesField, "at home: yes\naddress.country = \"GB\"\n",
	}
	b.get(edit).is(t, 200)
	b.post(edit, append(form, "_step", "preview", "strategy.exclude", "NOWHERE")...).is(t, 422, "There is no location")
	b.post(edit, append(form, "_step", "preview")...).is(t, 200, "1 of 1", "Best by: distance, priority · Splits: at most 0 · It ships whole or waits · What nobody has: park")
	b.post(edit, append(form, "_step", "do")...).is(t, 303, at)
	b.get(sourcingRulesPath).is(t, 200, "Address country = GB", "Order weight grams &gt; 20,000")
	o := f.ordered("Bo")
	b.get(at+"?order="+number0(o.Number)).is(t, 200, "passes", "decided by this rule", "MUG", "from HULL")
	b.post(at+"/disable", "_key", pages.NewKey(), "_step", "do", "_version", "1").is(t, 303, at)
	b.get(at+"?order="+number0(o.Number)).is(t, 200, "no rule is for it", "Inactive")
	b.get(at+"/edit").is(t, 200, "at home: yes")
}

// TestExampleTexts: what is written as text is read as it was, and what cannot be read is told with its line.
func TestExampleTexts(t *testing.T) {
	list := []ruleExample{
		{"a: b", []byte(`{"order":{"lines":[{"sku":"A","quantity":2}],"total":5}}`), true},
		{"nothing", []byte(`{}`), false},
		{"text", []byte(`{"customer":{"email_domain":"x = y"}}`), false},
	}
	var s Server
	v := &visit{s: &s, lang: "en"}
	read, err := readExamples(v.exampleText(list))
	if err != nil || len(read) != len(list) {
		t.Fatal(read, err)
	}
	for i, e := range read {
		want, _ := jsonx.Canonical(list[i].Facts)
		got, _ := jsonx.Canonical(e.Facts)
		if e.Name != list[i].Name || e.Matches != list[i].Matches || string(got) != string(want) {
			t.Errorf("%s: %s, not %s", e.Name, got, want)
		}
	}
	for text, want := range map[string]string{
		"x": "line 1", "x: yes\norder.total 5": "line 2", "x: yes\n\n\ny": "line 4", "x: ja\na.b = 1\na.b = 2": "a.b stands there twice", "x: yes\na = 1\na.b = 2": "twice", "x: yes\na.b = {": "line 2",
	} {
		if _, err := readExamples(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSplittingConditions(t *testing.T) {
	for text, want := range map[string][]string{
		`a && b`: {"a", "b"}, `(a && b) || c`: {"(a && b) || c"}, `x == "&&" && y`: {`x == "&&"`, "y"}, `l.exists(i, i > 1 && i < 2)`: {"l.exists(i, i > 1 && i < 2)"}, `x == "\"&&"`: {`x == "\"&&"`},
	} {
		if got := splitTop(text, "&&"); !slices.Equal(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
}
