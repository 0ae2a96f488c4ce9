package api

import (
	"net/http"

	"ordo/internal/errs"
	"ordo/internal/service"
)

func serviceRoutes() []route {
	const customers, cases = "Customers", "Cases"
	put := "Whole: what is left out gets its default. 201 when it is new. Needs no Idempotency-Key."
	key := []string{"all_channels_required"}
	changed := []string{"not_found", "version_mismatch", "all_channels_required"}
	return []route{
		{
			op: "createCustomer", method: http.MethodPost, path: "/v1/customers", tag: customers, summary: "Make a customer", scope: "customers:write", query: dry,
			in: SaveCustomer{}, out: CustomerRecord{}, status: 201, etag: true, codes: append([]string{"email_taken"}, key...), handle: createCustomer,
			detail: "No order needs one: orders are matched by their mail address. A customer is also made with the first case under a mail address.",
		},
		{
			op: "listCustomers", method: http.MethodGet, path: "/v1/customers", tag: customers, summary: "Find customers", scope: "customers:read",
			query: append([]param{
				{name: "q", detail: "a mail address, a phone number, an id, or the beginnings of words of the name"}, {name: "country", detail: "of a phone number in q without one, ISO 3166-1 alpha-2"}, {name: "email", detail: "mail address"}, {name: "tag", detail: "tag"},
			}, paged...),
			out: List[CustomerRecord]{}, status: 200, codes: key, handle: listCustomers,
		},
		{
			op: "getCustomer", method: http.MethodGet, path: "/v1/customers/{id}", tag: customers, summary: "Read a customer", scope: "customers:read",
			out: CustomerRecord{}, status: 200, etag: true, codes: append([]string{"not_found"}, key...), handle: getCustomer,
		},
		{
			op: "putCustomer", method: http.MethodPut, path: "/v1/customers/{id}", tag: customers, summary: "Replace a customer", scope: "customers:write",
			in: SaveCustomer{}, out: CustomerRecord{}, status: 200, etag: true, codes: append([]string{"email_taken", "customer_erased"}, changed...), handle: putCustomer,
			detail: "Whole, but for the notes, which stay. Orders keep the names and addresses that they were placed with.",
		},
		{
			op: "addCustomerNote", method: http.MethodPost, path: "/v1/customers/{id}/notes", tag: customers, summary: "Write a note on a customer", scope: "customers:write", query: dry,
			in: AddNote{}, out: CustomerRecord{}, status: 200, etag: true, codes: append([]string{"customer_erased"}, changed...), handle: addCustomerNote,
		},
		{
			op: "eraseCustomer", method: http.MethodPost, path: "/v1/customers/{id}/erase", tag: customers, summary: "Erase all that is personal of a customer", scope: "customers:write", query: dry,
			out: ErasedCustomer{}, status: 200, etag: true, codes: append([]string{"customer_in_use", "customer_erased"}, changed...), handle: eraseCustomer,
			detail: "Names, addresses, mail, phone and free text: of the customer, of the orders under the mail address, of cases and their threads, of mails and store credit, and of the events of all of them. Money, goods and times stay, and the journal's chain stays valid. " +
				"Refused while anything is open. It cannot be undone; the dry run tells how much it is. Invoices stay as they were issued, and answers that are kept under their Idempotency-Key go with their age.",
		},
		{
			op: "listCustomerOrders", method: http.MethodGet, path: "/v1/customers/{id}/orders", tag: customers, summary: "The orders of a customer, newest first", scope: "orders:read", query: paged,
			out: List[Order]{}, status: 200, codes: append([]string{"not_found"}, key...), handle: listCustomerOrders,
			detail: "Those under the customer's mail address, whatever its capitals.",
		},
		{
			op: "openCase", method: http.MethodPost, path: "/v1/cases", tag: cases, summary: "Open a case", scope: "cases:write", query: dry,
			in: OpenCase{}, out: Case{}, status: 201, etag: true, codes: key, handle: openCase,
			detail: "Its clocks begin to count working time as the SLA policy of its queue says.",
		},
		{
			op: "listCases", method: http.MethodGet, path: "/v1/cases", tag: cases, summary: "Find cases, newest first", scope: "cases:read",
			query: append([]param{
				{name: "status", detail: "status", values: texts(service.Statuses)},
				{name: "open", detail: "true: those that are neither resolved nor closed", values: []string{"true", "false"}},
				{name: "queue", detail: "code of a queue"},
				{name: "owner", detail: "id of an API key"},
				{name: "customer", detail: "id of a customer"},
				{name: "order", detail: "id of an order"},
				{name: "tag", detail: "tag"},
				{name: "due_before", detail: "RFC 3339: those with a clock that ends before"},
				{name: "q", detail: "a number such as C1001, or an id"},
			}, paged...),
			out: List[Case]{}, status: 200, codes: key, handle: listCases,
		},
		{
			op: "getCase", method: http.MethodGet, path: "/v1/cases/{id}", tag: cases, summary: "Read a case", scope: "cases:read",
			out: Case{}, status: 200, etag: true, codes: append([]string{"not_found"}, key...), handle: getCase,
		},
		{
			op: "getCaseThread", method: http.MethodGet, path: "/v1/cases/{id}/thread", tag: cases, summary: "What was written in a case, oldest first", scope: "cases:read", query: paged,
			out: List[CaseEntry]{}, status: 200, codes: append([]string{"not_found"}, key...), handle: getCaseThread,
		},
		{
			op: "changeCase", method: http.MethodPost, path: "/v1/cases/{id}/change", tag: cases, summary: "Assign a case, or change what is known of it", scope: "cases:write", query: dry,
			in: ChangeCase{}, out: Case{}, status: 200, etag: true, codes: changed, handle: changeCase,
			detail: "Only what is sent is changed; lists are replaced whole. Another queue or priority measures the running clocks anew, with what they have used.",
		},
		{
			op: "moveCase", method: http.MethodPost, path: "/v1/cases/{id}/status", tag: cases, summary: "Take a case to another status", scope: "cases:write", query: dry,
			in: MoveCase{}, out: Case{}, status: 200, etag: true, codes: append([]string{"illegal_transition", "reopen_over"}, changed...), handle: moveCase,
			detail: "Clocks stand still in pending_customer and when the case is done. A resolved or closed case is reopened by the status open, as long as its queue allows.",
		},
		{
			op: "writeCaseMessage", method: http.MethodPost, path: "/v1/cases/{id}/messages", tag: cases, summary: "Write down what the customer said", scope: "cases:write", query: dry,
			in: WriteMessage{}, out: Case{}, status: 200, etag: true, codes: append([]string{"reopen_over"}, changed...), handle: writeCaseMessage,
			detail: "Opens a case again that waits for the customer or is resolved; the clock of the next response begins.",
		},
		{
			op: "writeCaseNote", method: http.MethodPost, path: "/v1/cases/{id}/notes", tag: cases, summary: "Write a note to colleagues", scope: "cases:write", query: dry,
			in: WriteNote{}, out: Case{}, status: 200, etag: true, codes: changed, handle: writeCaseNote,
		},
		{
			op: "putQueue", method: http.MethodPut, path: "/v1/queues/{code}", tag: cases, summary: "Make or replace a queue of cases", scope: "service:write", query: dry,
			in: PutQueue{}, out: Queue{}, status: 200, etag: true, codes: append([]string{"version_mismatch"}, key...), handle: putQueue, detail: put,
		},
		{
			op: "getQueue", method: http.MethodGet, path: "/v1/queues/{code}", tag: cases, summary: "Read a queue", scope: "service:read",
			out: Queue{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getQueue,
		},
		{op: "listQueues", method: http.MethodGet, path: "/v1/queues", tag: cases, summary: "List queues", scope: "service:read", query: paged, out: List[Queue]{}, status: 200, handle: listQueues},
		{
			op: "putSLAPolicy", method: http.MethodPut, path: "/v1/sla-policies/{code}", tag: cases, summary: "Make or replace an SLA policy", scope: "service:write", query: dry,
			in: PutSLAPolicy{}, out: SLAPolicy{}, status: 200, etag: true, codes: append([]string{"version_mismatch"}, key...), handle: putPolicy,
			detail: "Clocks that run keep the limits that they began with. " + put,
		},
		{
			op: "getSLAPolicy", method: http.MethodGet, path: "/v1/sla-policies/{code}", tag: cases, summary: "Read an SLA policy", scope: "service:read",
			out: SLAPolicy{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getPolicy,
		},
		{op: "listSLAPolicies", method: http.MethodGet, path: "/v1/sla-policies", tag: cases, summary: "List SLA policies", scope: "service:read", query: paged, out: List[SLAPolicy]{}, status: 200, handle: listPolicies},
	}
}

func init() {
	problemKinds = append(
		problemKinds,
		problemKind{"customer_in_use", errs.Conflict, "Something of the customer is still open: an order, a return, money, a case or a mail.", "Let it end, then erase the customer.", nil},
		problemKind{"customer_erased", errs.Conflict, "What is personal of the customer was erased.", "Make a new customer.", nil},
	)
	problemKinds = append(problemKinds, problemKind{
		"reopen_over", errs.Conflict, "The case ended longer ago than its queue reopens cases.", "Open a new case that names the same order.", nil,
	})
}
