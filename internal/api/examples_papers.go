package api

import (
	"maps"

	"ordo/internal/order"
)

var anInvoice = lookup{name: "INVOICE", prefix: "inv", post: "issueInvoice"}

var exLink = PaymentLink{
	ID: ref("lnk_01kas8rz0hefgtq4ty8f7zm6dj"), Order: exOrder, URL: ref("http://127.0.0.1:8080/pay/01kas8rz0hefgtq4ty8f7zm6dj.01kas8rz0hefgtq4ty8f7zm6d7.1xg.GBP.sandbox.hnc1q6p2x1.Hk3bqXc1b0vZkU8m3Yx4dQ7v2mYxP0s9nE5rW6tLz8A"),
	Amount: pounds(2500), Provider: "sandbox", ExpiresAt: exTime,
}

var (
	exDebit  = LedgerEntry{Seq: 61, Line: 1, Day: "2026-11-22", Account: "clearing:manual", Debit: pounds(2500), Credit: pounds(0), Order: exOrder, Ref: "pye_01kas8rz0hefgtq4ty8f7zm6df"}
	exCredit = LedgerEntry{Seq: 61, Line: 2, Day: "2026-11-22", Account: "receivable", Debit: pounds(0), Credit: pounds(2500), Order: exOrder, Ref: "pye_01kas8rz0hefgtq4ty8f7zm6df"}
)

func exInvoice() Invoice {
	return Invoice{
		ID: ref("inv_01kas8rz0hefgtq4ty8f7zm6dh"), Order: exOrder, OrderNumber: "1042", Channel: "web", Number: ref("WEB-000001"), Currency: "GBP", Language: "en",
		Seller: Seller{Name: "Web shop"}, BillTo: exAddress, ShipTo: exAddress,
		Lines: []InvoiceLine{{Line: "1", SKU: "MUG", Name: "Stoneware mug", Quantity: 2, UnitPrice: pounds(1250), Discount: pounds(0), Total: pounds(2500)}},
		Taxes: []TaxLine{}, Totals: Totals{Items: pounds(2500), Discount: pounds(0), Shipping: pounds(0), Tax: pounds(0), TaxIncluded: pounds(0), GrandTotal: pounds(2500)},
		IssuedAt: exTime, DueAt: exTime,
	}
}

func init() {
	maps.Copy(examples, map[string]example{
		"createPaymentLink": {CreatePaymentLink{ExpiresInMinutes: 1440}, exLink},
		"getPickList":       {},
		"listLedgerEntries": {nil, LedgerPage{Data: []LedgerEntry{exDebit, exCredit}, Through: 61}},
		"getPackingSlip":    {},
		"issueInvoice":      {IssueInvoice{Units: order.InvoiceOrdered}, exInvoice()},
		"listInvoices":      {nil, List[Invoice]{Data: []Invoice{exInvoice()}}},
		"getInvoice":        {nil, exInvoice()},
		"getInvoicePDF":     {},
	})
	maps.Copy(lookups, map[string][]lookup{
		"getPickList": {aFreshOrder, aFulfillment}, "getPackingSlip": {aFreshOrder, aFulfillment},
		"createPaymentLink": {aFreshOrder},
		"issueInvoice":      {aFreshOrder}, "listInvoices": {aFreshOrder}, "getInvoice": {aFreshOrder, anInvoice}, "getInvoicePDF": {aFreshOrder, anInvoice},
	})
	maps.Copy(abouts, map[string]string{
		"PaymentLink":       "A page on which whoever has its address pays one amount of an order, once. In a dry run id and url are null.",
		"CreatePaymentLink": "What the link asks for.",
		"LedgerEntry":       "A line of the books: an amount on one side of an account.",
		"LedgerPage":        "A page of the books, with how far they are kept.",
		"Invoice":           "An invoice as it was issued: copies, which later changes do not touch. In a dry run id and number are null.",
		"InvoiceLine":       "A quantity of an order line with its shares of discount and taxes.",
		"IssueInvoice":      "What to invoice.",
		"Seller":            "Who sells on a channel, as it stands on packing slips and invoices.",
		"Invoicing":         "When a channel issues invoices, how it numbers them and when they are due.",
	})
}
