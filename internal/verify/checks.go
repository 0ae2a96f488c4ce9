package verify

import (
	"strconv"

	"ordo/internal/journal"
)

// check is one rule: its name, its number in docs/invariants.md, what must hold, and
// the functions that test it. Which of them are set says what it looks at; each is called once per such row.
type check struct {
	name, rule, says string

	row         func(*result, *step)                  // of the journal, in order
	order       func(*result, *file)                  // with its parts and events
	payment     func(*result, *file, *paymentRow)     // of an order
	fulfillment func(*result, *file, *fulfillmentRow) // of an order
	returned    func(*result, *file, *returnRow)      // return, exchange or claim, of an order
	reference   func(*result, *reference)             // product, location, channel, API key
	position    func(*result, *position)
	invoice     func(*result, *invoiceRow)
	label       func(*result, *labelRow)
	credit      func(*result, *creditRow)
	change      func(*result, *changeRow)
	mail        func(*result, *mailRow)
	imported    func(*result, *importRow)
	exported    func(*result, *exportRow)
	stock       func(*result, *stockDoc) // reservation, transfer, count
	customer    func(*result, *customerRow)
	serviceCase func(*result, *caseRow)
	answer      func(*result, *answer)
	job         func(*result, *job)
	entry       func(*result, *pair)    // at the sandbox
	attempt     func(*result, *attempt) // at the sandbox carrier
	end         func(*result, *run)     // once, when everything was read
	asked       func(o *Options) bool   // nil: always
	broken      bool                    // order is also called for documents that cannot be read
	outside     bool                    // its rows are counted by what finds them
}

// checks is all of them, in the order of the report.
var checks = []check{
	{
		name: "journal.sequence", rule: "J1", says: "Positions count 1, 2, 3, …, and time never runs back.",
		row: sequence,
	},
	{
		name: "journal.chain", rule: "J2", says: "Every row's hash is that of its content and of the hash before it.",
		row: chain,
	},
	{
		name: "journal.head", rule: "J1", says: "The head names the last row.",
		end: headRow,
	},
	{
		name: "journal.expected", rule: "J2", says: "The head that was noted before is still there.",
		end: expectedHead, asked: func(o *Options) bool { return o.Expect != nil },
	},
	{
		name: "journal.personal", rule: "J3", says: "Personal data gives its digest, and is gone only where its erasure is recorded.",
		row: personal,
	},
	{
		name: "journal.events", rule: "J4", says: "Every event can be read, and what it is about exists.",
		row: readable, order: readableEvents, broken: true,
	},
	{
		name: "journal.versions", rule: "G3", says: "The events of each aggregate have versions without gaps, up to that of its document.",
		order: orderVersions, reference: referenceVersion, stock: stockVersions, credit: creditVersions, customer: customerVersions, serviceCase: caseVersions, mail: mailVersions, broken: true, outside: true,
	},
	{
		name: "documents.orders", rule: "D1", says: "Orders can be read, and the columns beside them say the same.",
		order: orderColumnsAgree, broken: true,
	},
	{
		name: "documents.terms", rule: "D1", says: "Orders are found by the holds, tags and backorders that stand in them, fulfillment orders and returns by their tracking numbers.",
		order: orderTermsAgree, fulfillment: fulfillmentTermsAgree, returned: returnTermsAgree,
	},
	{
		name: "documents.parts", rule: "D1", says: "Payments and fulfillment orders can be read, and their columns say the same.",
		payment: paymentColumnsAgree, fulfillment: fulfillmentColumnsAgree,
	},
	{
		name: "documents.reference", rule: "D1", says: "Products, locations, channels and API keys can be read, and their columns say the same.",
		reference: referenceColumnsAgree,
	},
	{
		name: "references", rule: "D2", says: "Orders and their parts name each other, and no part is left over.",
		order: parts,
	},
	{
		name: "orders.rules", rule: "L1-L3, O1, O2", says: "Counters, discounts, totals and the fulfillment axis of every order add up.",
		order: orderRules,
	},
	{
		name: "orders.drafts", rule: "O3", says: "Drafts hold no stock, no work and no money, and only what was placed has a number.",
		order: drafts,
	},
	{
		name: "orders.holds", rule: "H1", says: "No order was accepted and nothing was released or shipped past an open hold.",
		order: heldAcceptance, fulfillment: heldWork,
	},
	{
		name: "orders.payment_status", rule: "P6", says: "The payment axis is what the payments say.",
		order: paymentStatus,
	},
	{
		name: "orders.journal", rule: "J5", says: "Every order is the sum of its events.",
		order: orderFold,
	},
	{
		name: "orders.personal", rule: "J5", says: "Customer and address are those that the order was placed with.",
		order: orderPersonal,
	},
	{
		name: "orders.numbers", rule: "D3", says: "Order numbers were handed out, so that none can be given again.",
		order: orderNumber,
	},
	{
		name: "fulfillments.journal", rule: "J5", says: "Every fulfillment order is what its last event says.",
		fulfillment: fulfillmentFold,
	},
	{
		name: "fulfillments.rules", rule: "F4", says: "Nothing is packed that is not picked, nothing picked that is not there to do, and packages hold what is packed.",
		fulfillment: fulfillmentRules,
	},
	{
		name: "fulfillments.units", rule: "F1, F2", says: "The counters of order lines are what their fulfillment orders count, state by state.",
		order: lineUnits,
	},
	{
		name: "documents.returns", rule: "D1", says: "Returns, exchanges and claims can be read, and their columns say the same.",
		returned: returnColumnsAgree,
	},
	{
		name: "returns.rules", rule: "R2, R3", says: "Every unit that came back has one disposition, and none is refunded that was not accepted.",
		returned: returnRules,
	},
	{
		name: "returns.units", rule: "R1, L3", says: "The counters of order lines are what their returns and claims count.",
		order: returnedUnits,
	},
	{
		name: "returns.money", rule: "R2, R4", says: "Every refund of a return is a grant of its order, of its amount and for its units.",
		returned: returnMoney,
	},
	{
		name: "returns.secured", rule: "R5", says: "No unit of a replacement left in advance while its worth was neither captured nor authorized, unless a person let it go.",
		order: leftSecured,
	},
	{
		name: "returns.labels", rule: "D2", says: "Every return that comes with a label comes with one of its order.",
		returned: returnLabel,
	},
	{
		name: "returns.journal", rule: "J5", says: "Every return is what its last event says.",
		returned: returnFold,
	},
	{
		name: "returns.jobs", rule: "W1", says: "Every return that ends by itself has a job that will look at it.",
		returned: returnHasJob,
	},
	{
		name: "payments.rules", rule: "P1, P2, P4", says: "No payment captured, voided or refunded more than it may.",
		payment: paymentRules,
	},
	{
		name: "payments.expiry", rule: "P5", says: "No authorization is used after its end, and what is left of one has a job that will end it.",
		payment: expiredAuths,
	},
	{
		name: "payments.order", rule: "P3, P6", says: "Payments ask for what was ordered, in its currency, and act on their own entries.",
		payment: paymentOfOrder, order: paymentsAsked,
	},
	{
		name: "payments.journal", rule: "G4", says: "Every outcome of a payment entry has one event that says the same.",
		payment: paymentFold, order: strayFacts,
	},
	{
		name: "payments.overcharged", rule: "P6, P7", says: "Nothing is captured beyond an order's worth unless its refund is under way.",
		order: overcharged,
	},
	{
		name: "orders.grants", rule: "P8", says: "No unit is granted back twice or before it has shipped, and refunds carry out no more than was granted.",
		order: grantRules,
	},
	{
		name: "payments.jobs", rule: "G4", says: "Every payment entry that a provider has to carry out has a job that does.",
		payment: entriesHaveJobs,
	},
	{
		name: "store_credits.documents", rule: "D1", says: "Store credit can be read, and the columns beside it say the same.",
		credit: creditColumnsAgree,
	},
	{
		name: "store_credits.rules", rule: "P9", says: "Every entry of store credit was covered by those before it: no balance was ever below zero.",
		credit: creditRules,
	},
	{
		name: "store_credits.journal", rule: "J5", says: "Every account of store credit is the sum of its events, balance by balance.",
		credit: creditFold,
	},
	{
		name: "store_credits.payments", rule: "P9, D2", says: "What orders took of store credit is what its ledger says, entry by entry.",
		credit: creditPayments,
	},
	{
		name: "changes.documents", rule: "D1", says: "Order changes can be read, and the columns beside them say the same.",
		change: changeColumnsAgree,
	},
	{
		name: "changes.rules", rule: "E1, E4, E5", says: "Only what nothing speaks against was confirmed, and what changes no total moves no money.",
		change: changeRules,
	},
	{
		name: "changes.order", rule: "E7, D2", says: "Order changes are of an order, which has at most one that may still be confirmed.",
		change: changeOfOrder, order: openChange,
	},
	{
		name: "changes.journal", rule: "E2, J5", says: "Every order change is what its last event says, and made of its order what was previewed.",
		change: changeFold,
	},
	{
		name: "invoices.numbers", rule: "N1", says: "The invoice numbers of each channel are 1, 2, 3, …, up to the last one given.",
		invoice: invoiceNumbers,
	},
	{
		name: "invoices.documents", rule: "D1", says: "Invoices can be read, and the columns beside them say the same.",
		invoice: invoiceColumnsAgree,
	},
	{
		name: "invoices.rules", rule: "N2, J5", says: "Every invoice is the sum of its lines, and what its event says.",
		invoice: invoiceRules,
	},
	{
		name: "invoices.units", rule: "N2, D2", says: "Every invoice is of an order, whose lines count what its invoices name.",
		invoice: invoiceUnits,
	},
	{
		name: "labels.documents", rule: "D1", says: "Labels can be read, and the columns beside them say the same.",
		label: labelColumnsAgree,
	},
	{
		name: "labels.rules", rule: "S1, T1", says: "A package has one active label, bought once; its tracking is the sorted sum of its events.",
		label: labelRules,
	},
	{
		name: "labels.order", rule: "S2, D2", says: "Labels are of an order and its fulfillment order or return, and nothing left or comes back on one that was given back.",
		label: labelOfOrder,
	},
	{
		name: "labels.journal", rule: "J5", says: "Every label is what its last event says.",
		label: labelFold,
	},
	{
		name: "labels.files", rule: "S1", says: "Every label that was bought can be printed again as it was.",
		label: labelPaper,
	},
	{
		name: "labels.jobs", rule: "G4", says: "Every label that is being bought or given back has a job that asks its carrier.",
		label: labelHasJob,
	},
	{
		name: "mails.documents", rule: "D1", says: "Mails can be read, and the columns beside them say the same.",
		mail: mailColumns,
	},
	{
		name: "mails.rules", rule: "M1, M2, M4", says: "No mail was tried again once it may have gone out, and each holds the key of its cause, template and recipient.",
		mail: mailRules,
	},
	{
		name: "mails.causes", rule: "M3", says: "What each mail was sent for exists.",
		mail: mailCause,
	},
	{
		name: "mails.journal", rule: "J5, M1", says: "Every mail is what its last event says, and its text what it was written with.",
		mail: mailFold,
	},
	{
		name: "mails.jobs", rule: "W1", says: "Every mail that is on its way has a job that sends it.",
		mail: mailJob,
	},
	{
		name: "accounting.journal", rule: "A1", says: "The books are what the journal says up to where they are kept, and every event balances.",
		end: strayBooks, outside: true,
	},
	{
		name: "facts.orders", rule: "K1", says: "The facts of orders are what their events say, up to where the facts are kept.",
		outside: true,
	},
	{
		name: "facts.lines", rule: "K1", says: "The facts of order lines are what the events of their orders say.",
		outside: true,
	},
	{
		name: "facts.fulfillments", rule: "K1", says: "The facts of fulfillment orders are what the events of their orders say.",
		outside: true,
	},
	{
		name: "facts.shipments", rule: "K1", says: "The facts of shipments are what the events of their orders say.",
		outside: true,
	},
	{
		name: "facts.money", rule: "K1", says: "Every amount that an event earned or moved is in the facts once, to the cent.",
		outside: true,
	},
	{
		name: "facts.cancels", rule: "K1", says: "The units that were canceled, and why, are what the events say.",
		outside: true,
	},
	{
		name: "facts.returns", rule: "K1", says: "The facts of returns, exchanges and claims are what the events of their orders say.",
		outside: true,
	},
	{
		name: "facts.return_lines", rule: "K1", says: "The units of each return, their value and what became of them are what the events say.",
		outside: true,
	},
	{
		name: "facts.authorizations", rule: "K1", says: "Every authorization is in the facts once, with what became of it and its end, to the cent.",
		outside: true,
	},
	{
		name: "facts.grants", rule: "K1", says: "Every decision to give money back is in the facts once, with what was paid of it, to the cent.",
		outside: true,
	},
	{
		name: "facts.cases", rule: "K1", says: "The facts of cases, their clocks and pauses are what their events say.",
		outside: true,
	},
	{
		name: "facts.variances", rule: "K1", says: "What counts and corrections found is what their events say.",
		outside: true,
	},
	{
		name: "facts.placed_days", rule: "K2", says: "What is counted of the orders placed on a day is what their facts add up to, to the cent.",
		outside: true,
	},
	{
		name: "facts.work_days", rule: "K2", says: "What is counted of the fulfillment orders planned on a day is what their facts add up to.",
		outside: true,
	},
	{
		name: "facts.uncaptured_hours", rule: "K2", says: "What is not captured, by the hour since when, is what the facts of orders add up to, to the cent.",
		outside: true,
	},
	{
		name: "facts.money_days", rule: "K2", says: "What is counted of the money of a day is what the facts of orders add up to, to the cent.",
		outside: true,
	},
	{
		name: "facts.shipped_days", rule: "K2", says: "What is counted of the packages and lines that left on a day is what their facts add up to, to the cent.",
		outside: true,
	},
	{
		name: "facts.returned_days", rule: "K2", says: "What came back of the lines that left on a day is what their facts add up to, to the cent.",
		outside: true,
	},
	{
		name: "facts.delivered_days", rule: "K2", says: "What is counted of the orders delivered on a day is what their facts add up to.",
		outside: true,
	},
	{
		name: "facts.spans", rule: "K2", says: "How many orders and fulfillment orders took how long is what their facts say, to the second.",
		outside: true,
	},
	{
		name: "facts.stock_days", rule: "K1", says: "What each position had at the end of each day is the sum of its movements.",
		outside: true,
	},
	{
		name: "stock.journal", rule: "I1", says: "Every counter of a position is the sum of its movements.",
		position: positionFold,
	},
	{
		name: "stock.card", rule: "I1", says: "The stock card is what the movements add up to, row by row, up to where it is kept.",
		outside: true,
	},
	{
		name: "stock.counters", rule: "I3, I4", says: "No counter is below zero, and what is allocated is there.",
		position: positionRules,
	},
	{
		name: "stock.promises", rule: "I5", says: "What is allocated, reserved and in transit is what orders, carts and transfers hold there.",
		position: positionPromises,
	},
	{
		name: "stock.limits", rule: "I1", says: "Backorder limits and reorder points are those that were set last.",
		position: positionPolicy,
	},
	{
		name: "documents.stock", rule: "D1", says: "Reservations, transfers and counts can be read, and their columns say the same.",
		stock: stockColumns,
	},
	{
		name: "stock.documents", rule: "J5", says: "Reservations, transfers and counts are what their last event says.",
		stock: stockFold,
	},
	{
		name: "stock.rules", rule: "I8, I9, I10", says: "Transfers lose no unit without a reason, counts post their variances, reservations end in time.",
		stock: stockRules,
	},
	{
		name: "reservations.jobs", rule: "W1", says: "Every active reservation has a job that will end it.",
		stock: reservationJob,
	},
	{
		name: "documents.customers", rule: "D1", says: "Customers can be read, their columns say the same, and they are found by their names and tags.",
		customer: customerColumnsAgree,
	},
	{
		name: "customers.journal", rule: "J5", says: "Every customer is what its last event says.",
		customer: customerFold,
	},
	{
		name: "documents.cases", rule: "D1", says: "Cases and their entries can be read, their columns say the same, and they are found by what they name.",
		serviceCase: caseColumnsAgree,
	},
	{
		name: "cases.references", rule: "D2", says: "Queue, customer, orders and fulfillment orders that cases name exist, and no entry is left over.",
		serviceCase: caseReferences,
	},
	{
		name: "cases.journal", rule: "J5, Q2", says: "Every case is what its last event says, and its thread counts 1, 2, 3, … and holds what was written.",
		serviceCase: caseFold,
	},
	{
		name: "cases.timers", rule: "Q1", says: "What will happen to a case by itself has a job at that time.",
		serviceCase: caseTimer,
	},
	{
		name: "cases.replies", rule: "Q3", says: "What agents wrote to customers has the mail that was written for it, and no mail of a case is missing in its thread.",
		serviceCase: caseReplies,
	},
	{
		name: "cases.erased", rule: "J3", says: "With a case that was erased went all mails that had been written in it.",
		serviceCase: caseErased,
	},
	{
		name: "appeasements", rule: "S3", says: "Money given as appeasement was captured and granted; an agent's day is the sum of what the agent gave.",
		outside: true,
	},
	{
		name: "capacity", rule: "F5", says: "The fulfillment orders of a location's day are those that were counted against its capacity.",
		outside: true,
	},
	{
		name: "keys", rule: "D3", says: "Order numbers, external ids, API keys, mail addresses of customers and users, numbers, causes and mails of cases have their row in the key table, and no row is left over.",
		order: orderKeys, reference: referenceKeys, customer: customerKey, serviceCase: caseKeys,
	},
	{
		name: "answers.running", rule: "G1", says: "Every answer that is not given yet has a job that will give it.",
		answer: runningAnswer,
	},
	{
		name: "answers.stored", rule: "G1", says: "Every stored answer can be given again, but for those about what was erased since: they say nothing.",
		answer: storedAnswer,
	},
	{
		name: "jobs", rule: "W1", says: "Jobs can be read; dead ones wait for a person.",
		job: jobState,
	},
	{
		name: "readers", rule: "J6", says: "No reader of the journal is beyond its end.",
		outside: true,
	},
	{
		name: "webhooks.deliveries", rule: "W3", says: "Every delivery is of an endpoint, of an event up to where the endpoint was told, and keeps no answer about what was erased.",
		outside: true,
	},
	{
		name: "webhooks.order", rule: "W3", says: "Nothing was told before something earlier about the same order.",
		outside: true,
	},
	{
		name: "webhooks.dead", rule: "W4", says: "The journal tells of every delivery that was given up.",
		outside: true,
	},
	{
		name: "imports.documents", rule: "D1", says: "Imports and exports can be read, their columns say the same, and they are what their last events say.",
		imported: importColumns, exported: exportColumns,
	},
	{
		name: "imports.rows", rule: "B1", says: "What is stored of the rows of an import is counted once, and the journal has of each what it did: neither twice nor not at all.",
		imported: importCounts,
	},
	{
		name: "imports.jobs", rule: "W1", says: "Imports and exports under way have a job.",
		imported: importJob, exported: exportJob,
	},
	{
		name: "catalog.revision", rule: "D1", says: "No reference data is newer than the catalog's version.",
		reference: referenceRevision,
	},
	{
		name: "catalog.journal", rule: "J5", says: "Products, locations and channels are what their last event says.",
		reference: referenceFold,
	},
	{
		name: "sandbox.entries", rule: "P7", says: "What succeeded or failed at the sandbox is the same on both sides.",
		entry: sameCharge, asked: withSandbox,
	},
	{
		name: "sandbox.charges", rule: "G4", says: "The sandbox knows nothing that Ordo did not ask for.",
		asked: withSandbox, outside: true,
	},
	{
		name: "sandbox.captures", rule: "P1", says: "No order was charged twice at the sandbox.",
		asked: withSandbox, outside: true,
	},
	{
		name: "sandbox.labels", rule: "S1", says: "What was bought and given back at the sandbox carrier is the same on both sides.",
		attempt: sameLabel, asked: withParcels,
	},
	{
		name: "sandbox.parcels", rule: "G4", says: "The sandbox carrier knows no label that Ordo did not ask for.",
		asked: withParcels, outside: true,
	},
	{
		name: "sandbox.packages", rule: "S1", says: "No package was bought twice at the sandbox carrier.",
		asked: withParcels, outside: true,
	},
}

func withSandbox(o *Options) bool { return o.Sandbox != nil }
func withParcels(o *Options) bool { return o.Parcels != nil }

func (c *check) applies(v *run) bool { return c.asked == nil || c.asked(&v.opts) }

// of returns the result of a check that is fed from outside the table.
func (t *tally) of(name string) *result {
	for i := range checks {
		if checks[i].name == name {
			return &t.results[i]
		}
	}
	panic("verify: there is no check " + name)
}

// guard keeps a rule that stumbles over data it was never meant to see from ending the run: that is a finding too.
func guard(r *result, row string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			r.bad(row, "cannot be judged: %v", p)
		}
	}()
	f()
}

// file runs the check on an order and its parts.
func (c *check) file(r *result, f *file) {
	if c.order != nil && (f.doc != nil || c.broken) {
		if !c.outside {
			r.rows++
		}
		guard(r, orderName(f.id), func() { c.order(r, f) })
	}
	if c.payment != nil {
		for _, p := range f.payments {
			if p != nil {
				r.rows++
				guard(r, paymentName(p), func() { c.payment(r, f, p) })
			}
		}
	}
	if c.fulfillment != nil {
		for _, p := range f.fulfillments {
			if p != nil {
				r.rows++
				guard(r, fulfillmentName(p), func() { c.fulfillment(r, f, p) })
			}
		}
	}
}

// returns runs the check on the returns of an order.
func (c *check) returns(r *result, f *file) {
	if c.returned == nil {
		return
	}
	for _, p := range f.returns {
		if p != nil {
			r.rows++
			guard(r, returnName(p), func() { c.returned(r, f, p) })
		}
	}
}

func seqName(seq int64) string                 { return "journal " + strconv.FormatInt(seq, 10) }
func rowName(r *journal.Row) string            { return seqName(r.Seq) }
func orderName(id string) string               { return "order " + id }
func paymentName(p *paymentRow) string         { return "payment " + p.id }
func fulfillmentName(p *fulfillmentRow) string { return "fulfillment order " + p.id }
func positionName(sku, location string) string { return "stock of " + sku + " at " + location }
