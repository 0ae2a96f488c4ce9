package api

import (
	"net/http"

	"ordo/internal/app"
)

func paperRoutes() []route {
	return []route{
		{
			op: "createPaymentLink", method: http.MethodPost, path: "/v1/orders/{id}/payment-links", tag: "Payments", summary: "Make a payment link", scope: "payments:write", query: dry,
			in: CreatePaymentLink{}, out: PaymentLink{}, status: http.StatusCreated, codes: []string{"not_found", "illegal_transition", "payment_limit", "version_mismatch"}, handle: createPaymentLink,
			detail: "A page on which whoever has its address pays one amount of the order, or without amount what is due by then, once, until it expires. The address is signed; nothing else opens the page.",
		},
		{
			op: "listLedgerEntries", method: http.MethodGet, path: "/v1/accounting/entries", tag: "Accounting", summary: "The books: double entry by day", scope: "accounting:read",
			out: LedgerPage{}, status: 200, codes: []string{"all_channels_required"}, handle: listLedger,
			query: append([]param{
				{name: "from", detail: "first day, such as 2026-11-01"},
				{name: "to", detail: "last day"},
				{name: "format", detail: "csv: all lines of the range as one file, amounts as decimals", values: []string{"json", "csv"}},
			}, paged...),
			detail: "Folded from the journal, each event once, debit and credit equal. Revenue is recognized when units ship; money of a provider stands in clearing: and its name. " +
				"The answer waits a moment for events that were committed just before.",
		},
		{
			op: "issueInvoice", method: http.MethodPost, path: "/v1/orders/{id}/invoices", tag: "Invoices", summary: "Issue an invoice", scope: "invoices:write", query: dry,
			in: IssueInvoice{}, out: Invoice{}, status: http.StatusCreated, handle: issueInvoice,
			codes:  []string{"not_found", "illegal_transition", "nothing_to_invoice", "version_mismatch", "amount_too_large"},
			detail: "For units that stand on no invoice yet, under the channel's next number: numbers have no gaps. The first invoice of an order carries shipping; all of them add up to the order.",
		},
		{
			op: "listInvoices", method: http.MethodGet, path: "/v1/orders/{id}/invoices", tag: "Invoices", summary: "The invoices of an order, oldest first", scope: "invoices:read",
			out: List[Invoice]{}, status: 200, codes: []string{"not_found"}, handle: listInvoices,
		},
		{
			op: "getInvoice", method: http.MethodGet, path: "/v1/orders/{id}/invoices/{invoice}", tag: "Invoices", summary: "Read an invoice", scope: "invoices:read",
			out: Invoice{}, status: 200, codes: []string{"not_found"}, handle: getInvoice,
		},
		{
			op: "getInvoicePDF", method: http.MethodGet, path: "/v1/orders/{id}/invoices/{invoice}.pdf", tag: "Invoices", summary: "The invoice as PDF", scope: "invoices:read",
			file: typePDF, status: 200, codes: []string{"not_found"}, handle: invoicePaper,
		},
		{
			op: "getPickList", method: http.MethodGet, path: "/v1/fulfillments/{id}/pick-list.pdf", tag: "Fulfillment", summary: "The pick list as PDF", scope: "fulfillments:read",
			file: typePDF, status: 200, codes: []string{"not_found", "nothing_to_print"}, handle: fulfillmentPaper((*app.App).PickList),
			detail: "What to take off the shelves, with barcodes to scan; kits stand there as their parts.",
		},
		{
			op: "getPackingSlip", method: http.MethodGet, path: "/v1/fulfillments/{id}/packing-slip.pdf", tag: "Fulfillment", summary: "The packing slip as PDF", scope: "fulfillments:read",
			file: typePDF, status: 200, codes: []string{"not_found", "nothing_to_print"}, handle: fulfillmentPaper((*app.App).PackingSlip),
			detail: "What lies in the box and what follows, without prices. It names the customer.",
		},
	}
}
