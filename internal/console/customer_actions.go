package console

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/people"
)

// customerActions are the forms of a customer. The operation replaces a customer as a whole, so each carries along what it
// does not ask for; the version that the person looked at keeps it from undoing what others did.
func customerActions() []action {
	at := func(path string) string { return "/customers/{id}/" + path }
	return []action{
		{path: "/customers/new", op: "createCustomer", title: "New customer", verb: "Save", begin: newCustomerForm},
		{path: at("edit"), op: "putCustomer", title: "Edit", verb: "Save", begin: editCustomerForm},
		{path: at("tags"), op: "putCustomer", title: "Tags", verb: "Save", begin: customerTagsForm},
		{path: at("addresses/{n}"), op: "putCustomer", title: "Address", verb: "Save", begin: customerAddressForm},
		{path: at("addresses/{n}/remove"), op: "putCustomer", title: "Remove address", verb: "Remove it", danger: true, begin: removeAddressForm},
		{path: at("note"), op: "addCustomerNote", title: "Add a note", verb: "Add the note", begin: customerNoteForm},
		{path: at("credit"), op: "openStoreCredit", title: "Grant store credit", verb: "Grant it", preview: true, begin: grantForm},
		{path: at("credit/{account}"), op: "changeStoreCredit", title: "Change store credit", verb: "Change it", preview: true, begin: creditForm},
		{path: at("erase"), op: "eraseCustomer", title: "Erase", verb: "Erase for good", danger: true, preview: true, begin: eraseForm},
	}
}

// customerSubject begins every form of a customer.
func customerSubject(v *visit) (*subject, *api.CustomerRecord, error) {
	var c api.CustomerRecord
	id := v.r.PathValue("id")
	if err := v.get("getCustomer", slots("id", id), nil, &c); err != nil {
		return nil, nil, err
	}
	s := &subject{name: cmp.Or(c.Name, c.Email, c.Phone), slots: slots("id", id), version: c.Version, back: customersPath + "/" + id, no: v.wasErased(&c)}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, &c, nil
}

func (v *visit) contactFields(c *api.CustomerRecord) []field {
	languages := []option{{Text: v.t("As the channel")}}
	known := c.Language == ""
	for _, l := range people.Languages {
		languages = append(languages, option{Value: l, Text: v.word(l), On: l == c.Language})
		known = known || l == c.Language
	}
	if !known {
		languages = append(languages, option{Value: c.Language, Text: c.Language, On: true})
	}
	return []field{
		{Name: "name", Label: "Name", Kind: "text", Value: c.Name},
		{Name: "email", Label: "Mail address", Kind: "email", Value: c.Email, Help: "Orders are matched by it. This or the phone number is needed."},
		{Name: "phone", Label: "Phone", Kind: "text", Value: c.Phone, Help: "With its country, such as +44 20 7946 0018."},
		{Name: "language", Label: "Language", Kind: "select", Options: languages},
	}
}

func tagsField(tags []string) field {
	return field{Name: "tags", Label: "Tags", Kind: "list", Value: strings.Join(tags, ", "), Help: "Separated by commas. Nothing about persons: they are kept for good."}
}

// carried are the fields that a form does not ask for, as they are.
func carried(c *api.CustomerRecord, without ...string) (out []field) {
	hide := func(name, value string) {
		if value != "" {
			out = append(out, field{Name: name, Kind: "hidden", Value: value})
		}
	}
	for _, x := range [][2]string{{"name", c.Name}, {"email", c.Email}, {"phone", c.Phone}, {"language", c.Language}, {"tags", strings.Join(c.Tags, ",")}} {
		if !slices.Contains(without, x[0]) {
			hide(x[0], x[1])
		}
	}
	n := 0
	for i, a := range c.Addresses {
		if slices.Contains(without, "addresses."+strconv.Itoa(i)) {
			continue
		}
		at := "addresses." + strconv.Itoa(n) + "."
		n++
		out = append(out, field{Name: at + "label", Kind: "hidden", Value: a.Label})
		if a.Default {
			hide(at+"default", "true")
		}
		for _, x := range [][2]string{
			{"name", a.Address.Name},
			{"company", a.Address.Company},
			{"line1", a.Address.Line1},
			{"line2", a.Address.Line2},
			{"city", a.Address.City},
			{"region", a.Address.Region},
			{"postal_code", a.Address.PostalCode},
			{"country", a.Address.Country},
			{"phone", a.Address.Phone},
		} {
			hide(at+"address."+x[0], x[1])
		}
		for name, value := range map[string]int64{"latitude": a.Address.Latitude, "longitude": a.Address.Longitude} {
			if value != 0 {
				hide(at+"address."+name, strconv.FormatInt(value, 10))
			}
		}
	}
	return out
}

func newCustomerForm(v *visit) (*subject, error) {
	s := &subject{name: "", back: customersPath}
	s.about = v.t("No order needs a record: orders are matched by the mail address. It keeps notes, tags and addresses.")
	s.fields = append(v.contactFields(&api.CustomerRecord{}), tagsField(nil))
	s.done = func(answer []byte) string {
		var c api.CustomerRecord
		if jsonx.Unmarshal(answer, &c) == nil && c.ID != nil {
			s.back = customersPath + "/" + *c.ID
		}
		return v.t("Saved.")
	}
	return s, nil
}

func editCustomerForm(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("Orders keep the names and addresses that they were placed with.")
	s.fields = append(v.contactFields(c), carried(c, "name", "email", "phone", "language")...)
	return s, nil
}

func customerTagsForm(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	s.fields = append([]field{tagsField(c.Tags)}, carried(c, "tags")...)
	return s, nil
}

// addressOf is the address that a path names by its place; one more than there are is a new one.
func addressOf(v *visit, c *api.CustomerRecord) (int, *api.CustomerAddress, error) {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	switch {
	case err != nil || n < 0 || n > len(c.Addresses):
		return 0, nil, errNoPage
	case n == len(c.Addresses):
		return n, &api.CustomerAddress{Default: n == 0}, nil
	}
	return n, &c.Addresses[n], nil
}

func customerAddressForm(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	n, a, err := addressOf(v, c)
	if err != nil {
		return nil, err
	}
	isDefault := ""
	if a.Default {
		isDefault = "true"
	} else { // at most one is
		for i := range c.Addresses {
			c.Addresses[i].Default = c.Addresses[i].Default && v.r.PostFormValue("addresses."+strconv.Itoa(n)+".default") == ""
		}
	}
	at := func(name, label, value string) field {
		return field{Name: "addresses." + strconv.Itoa(n) + "." + name, Label: label, Kind: "text", Value: value}
	}
	s.fields = []field{
		at("label", "Called", a.Label), at("address.name", "Name", cmp.Or(a.Address.Name, c.Name)), at("address.line1", "Street and number", a.Address.Line1), at("address.line2", "Further line", a.Address.Line2),
		at("address.postal_code", "Postal code", a.Address.PostalCode), at("address.city", "City", a.Address.City), at("address.region", "Region", a.Address.Region), at("address.country", "Country", a.Address.Country),
		{Name: "addresses." + strconv.Itoa(n) + ".default", Label: "The default", Kind: "check", Value: isDefault},
	}
	s.fields = append(s.fields, others(c, n)...)
	return s, nil
}

// others are what a form of one address carries along: all else, addresses under their own numbers.
func others(c *api.CustomerRecord, n int) (out []field) {
	own := "addresses." + strconv.Itoa(n) + "."
	for _, f := range carried(c) {
		if !strings.HasPrefix(f.Name, own) {
			out = append(out, f)
		}
	}
	return out
}

func removeAddressForm(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	n, a, err := addressOf(v, c)
	if err == nil && n == len(c.Addresses) {
		err = errNoPage
	}
	if err != nil {
		return nil, err
	}
	s.about = v.t("%s, %s is taken off the record. Orders keep it.", a.Address.Line1, a.Address.City)
	s.fields = carried(c, "addresses."+strconv.Itoa(n))
	return s, nil
}

func customerNoteForm(v *visit) (*subject, error) {
	s, _, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	s.version = 0
	s.fields = []field{{Name: "text", Label: "Note", Kind: "area", Required: true, Help: "Colleagues see it, customers do not."}}
	s.done = func([]byte) string { return v.t("The note was added.") }
	return s, nil
}

// creditReasons are why store credit is granted or taken back.
var creditReasons = []string{"goodwill", "return", "correction", "gift_card", "expired", "other"}

// creditEffects is what becomes of an account.
func (v *visit) creditEffects(before money.Money) func([]byte) ([]effect, error) {
	return func(answer []byte) ([]effect, error) {
		var a api.StoreCredit
		err := jsonx.Unmarshal(answer, &a)
		return []effect{{Text: v.t("Balance"), Before: v.money(money.Money{Amount: before.Amount, Currency: a.Balance.Currency}), After: v.money(a.Balance), Tone: "good"}}, err
	}
}

func grantForm(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	if s.no = v.noCredit(c); s.no != "" {
		return s, nil
	}
	currency, err := v.currencyOf(c)
	if err != nil {
		return nil, err
	}
	s.version = 0 // of the account, which is new
	s.about = v.t("An account is opened for %s. Orders under the mail address can be paid with it.", c.Email)
	s.fields = []field{
		{Name: "email", Kind: "hidden", Value: c.Email},
		v.amountField("Amount", money.Money{Currency: currency}),
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf(creditReasons[:4], ""), Required: true},
	}
	s.fields[1].Value = ""
	s.effects = v.creditEffects(money.Money{})
	s.done = func([]byte) string { return v.t("Store credit was granted.") }
	return s, nil
}

// currencyOf is the currency that a customer paid in last, else that of the shop's prices.
func (v *visit) currencyOf(c *api.CustomerRecord) (string, error) {
	var known api.CustomerOverview
	if v.may("orders:read") {
		if err := v.get("getCustomerOverview", nil, query("email", c.Email), &known); err != nil {
			return "", err
		}
	}
	if len(known.Money) > 0 {
		return known.Money[0].Ordered.Currency, nil
	}
	var products api.List[api.Product] // the shop's prices have it
	if v.may("catalog:read") {
		if err := v.get("listProducts", nil, query("limit", "1"), &products); err != nil {
			return "", err
		}
	}
	if len(products.Data) > 0 {
		return products.Data[0].Price.Currency, nil
	}
	return "EUR", nil
}

func creditForm(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	var a api.StoreCredit
	account := v.r.PathValue("account")
	if err := v.get("getStoreCredit", slots("id", account), nil, &a); err != nil {
		return nil, err
	}
	if !strings.EqualFold(a.Email, c.Email) {
		return nil, errNoPage
	}
	s.slots, s.version = slots("id", account), a.Version
	if s.no = v.noCredit(c); s.no != "" {
		return s, nil
	}
	s.about = v.t("The balance is %s.", v.money(a.Balance))
	s.fields = []field{
		{Name: "kind", Label: "What", Kind: "select", Options: []option{{Value: "issued", Text: v.t("Grant more"), On: true}, {Value: "expired", Text: v.t("Take back what expired")}}},
		v.amountField("Amount", money.Money{Currency: a.Balance.Currency}),
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf(creditReasons, ""), Required: true},
	}
	s.fields[1].Value = ""
	s.effects = v.creditEffects(a.Balance)
	return s, nil
}

// eraseForm erases for good, after a look at how much it is and a word that has to be typed.
func eraseForm(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	want := cmp.Or(c.Email, c.Phone)
	s.about = v.t("Names, addresses, mail, phone and free text go: of the customer, of the orders, cases, mails and store credit, and of what happened to them. Money, goods and times stay, and invoices as they were issued. It cannot be undone.")
	s.fields = []field{{Name: "_confirm", Label: "To confirm, type", Kind: "text"}}
	s.fields[0].Help = want
	s.effects = func(answer []byte) ([]effect, error) {
		var e api.ErasedCustomer
		if err := jsonx.Unmarshal(answer, &e); err != nil {
			return nil, err
		}
		var out []effect
		for _, x := range []struct {
			Text string
			n    int
		}{
			{Text: "Orders without names, addresses and notes", n: e.Orders},
			{Text: "Cases without their words", n: e.Cases},
			{Text: "Mails that are emptied", n: e.Mails},
			{Text: "Accounts of store credit without owner", n: e.StoreCredit},
		} {
			out = append(out, effect{Text: v.t(x.Text), After: v.number(int64(x.n)), Tone: "bad"})
		}
		return out, nil
	}
	s.check = func(form url.Values) error { return v.confirmed(strings.TrimSpace(form.Get("_confirm")), want) }
	s.done = func([]byte) string { return v.t("What was personal is erased.") }
	return s, nil
}
