package workflow

import "ordo/internal/doc"

// Shipped are the rules that a new installation knows, none of them active: what is a high value or too often is the
// merchant's to say.
func Shipped() []*Rule {
	rules := []*Rule{
		{
			Name: "High value on a first order", Priority: 10,
			When: `history.first && order.total >= 50000`,
			Hold: Hold{Type: "high_risk_of_fraud", Reason: "first order of this customer, and of high value"},
			Examples: []Example{
				{Name: "first order over 600", Facts: Facts{Order: OrderFacts{Total: 60_000, Currency: "EUR"}, History: HistoryFacts{First: true}}, Matches: true},
				{Name: "first order over 20", Facts: Facts{Order: OrderFacts{Total: 2_000, Currency: "EUR"}, History: HistoryFacts{First: true}}},
				{Name: "known customer", Facts: Facts{Order: OrderFacts{Total: 60_000, Currency: "EUR"}, History: HistoryFacts{Known: true, Orders: 4}}},
			},
		},
		{
			Name: "Billing and shipping country differ", Priority: 20,
			When: `billing.given && billing.country != address.country`,
			Hold: Hold{Type: "manual_review", Reason: "billing and shipping address are in different countries"},
			Examples: []Example{
				{Name: "paid in one country, shipped to another", Facts: Facts{Billing: AddressFacts{Given: true, Country: "DE"}, Address: AddressFacts{Given: true, Country: "FR"}}, Matches: true},
				{Name: "the same country", Facts: Facts{Billing: AddressFacts{Given: true, Country: "DE"}, Address: AddressFacts{Given: true, Country: "DE"}}},
				{Name: "no billing address", Facts: Facts{Address: AddressFacts{Given: true, Country: "FR"}}},
			},
		},
		{
			Name: "Many orders in a short time", Priority: 30,
			When: `history.age_hours.filter(h, h < 24).size() >= 3`,
			Hold: Hold{Type: "high_risk_of_fraud", Reason: "more than three orders of this customer within 24 hours"},
			Examples: []Example{
				{Name: "the fourth order of a day", Facts: Facts{History: HistoryFacts{Known: true, Orders: 3, AgeHours: []int64{0, 1, 5}}}, Matches: true},
				{Name: "three orders over a month", Facts: Facts{History: HistoryFacts{Known: true, Orders: 3, AgeHours: []int64{2, 300, 700}}}},
			},
		},
		{
			Name: "Address is incomplete", Priority: 40,
			When:     `!address.postal_code_fits || address.line1.size() < 3`,
			Hold:     Hold{Type: "incorrect_address", Reason: "the postal code is missing or not one of the country, or the street is missing"},
			LiftWhen: `address.postal_code_fits && address.line1.size() >= 3`,
			Examples: []Example{
				{Name: "a code that the country does not have", Facts: Facts{Address: AddressFacts{Given: true, Country: "DE", PostalCode: "1011", Line1: "Unter den Linden 1"}}, Matches: true},
				{Name: "complete", Facts: Facts{Address: AddressFacts{Given: true, Country: "DE", PostalCode: "10117", PostalCodeFits: true, Line1: "Unter den Linden 1"}}},
			},
		},
		{
			Name: "Wait for the bank transfer", Priority: 50,
			When:     `payment.provider == "manual" && payment.terms_days == 0 && payment.unsecured > 0`,
			Hold:     Hold{Type: "awaiting_payment", Reason: "the money has not arrived"},
			LiftWhen: `payment.unsecured <= 0`,
			Examples: []Example{
				{Name: "bank transfer not received", Facts: Facts{Payment: PaymentFacts{Provider: "manual", Authorized: 2_000, Due: 2_000, Unsecured: 2_000}}, Matches: true},
				{Name: "bank transfer received", Facts: Facts{Payment: PaymentFacts{Provider: "manual", Authorized: 2_000, Captured: 2_000}}},
				{Name: "paid by a link instead, captured at shipment", Facts: Facts{Payment: PaymentFacts{Provider: "manual", Authorized: 4_000, Due: 2_000}}},
				{Name: "on account", Facts: Facts{Payment: PaymentFacts{Provider: "manual", TermsDays: 30, Authorized: 2_000, Due: 2_000, Unsecured: 2_000}}},
				{Name: "card", Facts: Facts{Payment: PaymentFacts{Provider: "stripe", Authorized: 2_000, Due: 2_000}}},
			},
		},
	}
	for i, code := range []string{"high_value_first_order", "country_mismatch", "velocity", "incomplete_address", "awaiting_payment"} {
		rules[i].Meta, rules[i].On = doc.Meta{ID: code}, OrderPlaced
	}
	return rules
}
