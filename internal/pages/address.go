package pages

import (
	"slices"
	"strings"

	"ordo/internal/address"
)

// AddressFields are the inputs of an address, with what browsers fill in. At is its place in the body; countries are those
// to choose from.
func AddressFields(f *Format, at string, a address.Address, countries []string) []Field {
	name := func(part string) string { return at + "." + part }
	fields := []Field{
		{Name: name("name"), Label: "Name", Value: a.Name, Required: true, Auto: "name"},
		{Name: name("company"), Label: "Company", Value: a.Company, Auto: "organization"},
		{Name: name("line1"), Label: "Street and number", Value: a.Line1, Required: true, Auto: "address-line1"},
		{Name: name("line2"), Label: "More of the address", Value: a.Line2, Auto: "address-line2"},
		{Name: name("postal_code"), Label: "Postal code", Value: a.PostalCode, Auto: "postal-code"},
		{Name: name("city"), Label: "City", Value: a.City, Required: true, Auto: "address-level2"},
		{Name: name("region"), Label: "State or region", Value: a.Region, Auto: "address-level1"},
		{Name: name("country"), Label: "Country", Kind: "select", Value: a.Country, Required: true, Auto: "country"},
		{Name: name("phone"), Label: "Phone for the carrier", Value: a.Phone, Auto: "tel"},
	}
	for i := range fields {
		if fields[i].Auto == "country" {
			for _, code := range countries {
				fields[i].Options = append(fields[i].Options, Option{Value: code, Text: f.Country(code)})
			}
			slices.SortFunc(fields[i].Options, func(a, b Option) int { return strings.Compare(a.Text, b.Text) })
		}
	}
	return fields
}
