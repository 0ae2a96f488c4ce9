package api

import "maps"

const (
	exStoreCredit = "scr_01kas8rz0hefgtq4ty8f7zm6d8"
	exGrant       = "grt_01kas8rz0hefgtq4ty8f7zm6d8"
	exJob         = "job_01kas8rz0hefgtq4ty8f7zm6d8"
)

var (
	aLastPayment = lookup{name: "PAYMENT", path: "/v1/orders/$ORDER", prefix: "pay", last: true}
	aGrant       = lookup{name: "GRANT", path: "/v1/orders/$ORDER", prefix: "grt"}
	aCredit      = lookup{name: "CREDIT", prefix: "scr", post: "openStoreCredit"}
	aDeadJob     = lookup{name: "JOB", path: "/v1/jobs?limit=1", prefix: "job"}
)

func exEntry(kind, state string, pence int64) PaymentEntry {
	e := PaymentEntry{ID: "pye_01kas8rz0hefgtq4ty8f7zm6dg", Kind: kind, State: state, Amount: pounds(pence), At: exTime}
	if state == "succeeded" {
		e.DoneAt = exTime
	}
	return e
}

func exVoided() Order {
	o := exPlaced()
	o.Version, o.PaymentStatus = 2, "voided"
	o.Payments[0].Version, o.Payments[0].Voided = 2, pounds(2500)
	o.Payments[0].Entries = append(o.Payments[0].Entries, exEntry("void", "succeeded", 2500))
	return o
}

func exPaidAnew() Order {
	o := exVoided()
	o.Version, o.PaymentStatus = 4, "authorized"
	o.Payments = append(o.Payments, Payment{
		ID: "pay_01kas8rz0hefgtq4ty8f7zm6dh", Version: 2, Provider: "sandbox", Amount: pounds(2500), Authorized: pounds(2500), Captured: pounds(0), Refunded: pounds(0),
		Voided: pounds(0), Expired: pounds(0), Disputed: pounds(0), Entries: []PaymentEntry{exEntry("authorize", "succeeded", 2500)},
	})
	o.Payments[1].Entries[0].ExpiresAt = "2026-11-29T08:15:30.123456Z"
	return o
}

func exCapturing() Order {
	o := exPaidAnew()
	o.Version, o.Payments[1].Version = 5, 3
	o.Payments[1].Entries = append(o.Payments[1].Entries, exEntry("capture", "requested", 2500))
	return o
}

func exGranted() Order {
	o := exPaid()
	o.Version, o.AmountDue, o.RefundDue = 3, ref(pounds(-500)), ref(pounds(500))
	o.Grants = []Grant{{ID: exGrant, Status: "pending", Reason: "goodwill", Shipping: pounds(0), Amount: pounds(500), Refunded: pounds(0), At: exTime}}
	refund := exEntry("refund", "requested", 500)
	refund.Grant = exGrant
	o.Payments[0].Version, o.Payments[0].Entries = 3, append(o.Payments[0].Entries, refund)
	return o
}

func exAccount() StoreCredit {
	return StoreCredit{
		ID: ref(exStoreCredit), Version: 1, Email: "grace@example.com", Balance: pounds(2000), Held: pounds(0), CreatedAt: exTime,
		Entries: []StoreCreditEntry{{ID: "sce_01kas8rz0hefgtq4ty8f7zm6d9", Kind: "issued", Amount: pounds(2000), Reason: "goodwill", At: exTime}},
	}
}

func init() {
	dead := Job{ID: exJob, Kind: "payment", State: "dead", Attempts: 100, LastError: "the outcome of capture is not known yet", RunAt: exTime, CreatedAt: exTime}
	again := dead
	again.State, again.Attempts, again.LastError = "ready", 0, ""
	more := exAccount()
	more.Version, more.Balance = 2, pounds(2500)
	more.Entries = append(more.Entries, StoreCreditEntry{ID: "sce_01kas8rz0hefgtq4ty8f7zm6da", Kind: "issued", Amount: pounds(500), Reason: "goodwill", At: exTime})
	maps.Copy(examples, map[string]example{
		"addPayment":        {PlaceTender{Provider: "sandbox", Token: "tok_ok"}, exPaidAnew()},
		"capturePayment":    {MoveMoney{}, exCapturing()},
		"voidPayment":       {MoveMoney{Amount: ref(pounds(2500))}, exVoided()},
		"refundPayment":     {Refund{Amount: pounds(500), Reason: "goodwill"}, exGranted()},
		"grantRefund":       {GrantMoney{Reason: "goodwill", Amount: ref(pounds(500))}, exGranted()},
		"retryGrant":        {nil, exGranted()},
		"openStoreCredit":   {OpenStoreCredit{Email: "grace@example.com", Amount: pounds(2000), Reason: "goodwill"}, exAccount()},
		"listStoreCredits":  {nil, List[StoreCredit]{Data: []StoreCredit{exAccount()}}},
		"getStoreCredit":    {nil, exAccount()},
		"changeStoreCredit": {ChangeStoreCredit{Kind: "issued", Amount: pounds(500), Reason: "goodwill"}, more},
		"listJobs":          {nil, List[Job]{Data: []Job{dead}}},
		"retryJob":          {nil, again},
	})
	maps.Copy(lookups, map[string][]lookup{
		"addPayment": {aOrder}, "capturePayment": {aOrder, aLastPayment}, "voidPayment": {aFreshOrder, aPayment}, "refundPayment": {aOrder, aPayment},
		"grantRefund": {aOrder}, "retryGrant": {aOrder, aGrant}, "getStoreCredit": {aCredit}, "changeStoreCredit": {aCredit}, "retryJob": {aDeadJob},
	})
	maps.Copy(idSlots, map[string]idSlot{
		"grants": {"grt", "grant", "GRANT"}, "store-credits": {"scr", "store credit account", "CREDIT"}, "jobs": {"job", "job", "JOB"},
	})
	exampleQueries["listStoreCredits"] = "email=grace@example.com"
	maps.Copy(abouts, map[string]string{
		"PlaceTender":       "A payment that pays a part of the order.",
		"MoveMoney":         "How much to capture or to void.",
		"Refund":            "Money to give back on one payment.",
		"GrantMoney":        "A decision to give money back.",
		"GrantUnits":        "A number of units of a line.",
		"Grant":             "The decision to give money back, and how far it was carried out.",
		"GrantLine":         "Units that money is given back for.",
		"StoreCredit":       "A customer's account.",
		"StoreCreditEntry":  "A line of the ledger of an account.",
		"OpenStoreCredit":   "An account to open.",
		"ChangeStoreCredit": "An entry to add to the ledger of an account.",
		"Job":               "Work that waits to be done after a commit.",
	})
}
