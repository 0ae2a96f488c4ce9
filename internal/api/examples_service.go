package api

import (
	"maps"
)

const (
	exCustomerID = "cus_01kas8rz0hefgtq4ty8f7zm6dj"
	exCase       = "case_01kas8rz0hefgtq4ty8f7zm6dj"
)

var (
	aCustomer = lookup{name: "CUSTOMER", path: "/v1/customers?email=grace@example.com", prefix: "cus"}
	aCase     = lookup{name: "CASE", prefix: "case", post: "openCase"}
)

func exRecord() CustomerRecord {
	return CustomerRecord{
		ID: ref(exCustomerID), Version: 1, Email: "grace@example.com", Name: "Grace Hopper", Phone: "+442079460018", Language: "en-GB",
		Addresses: []CustomerAddress{{"home", true, exAddress}}, Tags: []string{"vip"}, Notes: []Note{}, CreatedAt: exTime,
	}
}

// exOpened is the case of the examples.
func exOpened() Case {
	return Case{
		ID: ref(exCase), Number: ref("C1001"), Version: 1, Status: "new", Queue: "general", Priority: "normal", Origin: "phone", Subject: "Where is my mug?",
		Contact: CaseContact{Email: "grace@example.com", Name: "Grace Hopper"}, Customer: exCustomerID, Orders: []string{exOrder}, Returns: []string{}, Fulfillments: []string{},
		Tags: []string{}, Entries: 1, Policy: "standard", DueAt: "2026-11-23T17:00:00.000000Z", OpenedAt: exTime,
		Clocks: []CaseClock{
			{Target: "first_response", LimitSeconds: 28800, RunningSince: exTime, WarnAt: "2026-11-23T15:24:00.000000Z", DueAt: "2026-11-23T17:00:00.000000Z"},
			{Target: "resolution", LimitSeconds: 144000, RunningSince: exTime, WarnAt: "2026-11-26T17:00:00.000000Z", DueAt: "2026-11-27T17:00:00.000000Z"},
		},
		Allowed: []string{"on_hold", "open", "pending_customer", "pending_internal", "resolved"},
		Entry:   &CaseEntry{ID: exEntryID(1), Number: 1, Kind: "message", Via: "phone", By: "customer", At: exTime, Text: "It should have come on Friday."},
	}
}

func exEntryID(n int) string { return "cen_01kas8rz0hefgtq4ty8f7zm6d" + string(rune('a'+n)) }

func exCaseWith(version int64, f func(*Case)) Case {
	c := exOpened()
	c.Version, c.Entry = version, nil
	f(&c)
	return c
}

func exWaiting() Case {
	return exCaseWith(2, func(c *Case) {
		c.Status, c.Allowed, c.DueAt = "pending_customer", []string{"on_hold", "open", "pending_internal", "resolved"}, ""
		for i := range c.Clocks {
			k := &c.Clocks[i]
			k.RunningSince, k.WarnAt, k.DueAt = "", "", ""
		}
	})
}

var exQueue = Queue{
	Code: "returns", Version: 1, Name: "Returns", Policy: "standard", Priority: "normal", CloseDays: 7, ReopenDays: 30, Causes: []string{}, AppeaseDaily: 10_000, AppeaseCredit: 5_000,
}

func exPolicy() SLAPolicy {
	return SLAPolicy{
		Code: "weekend", Version: 1, Name: "Weekends too", Escalate: true, Targets: SLATargets{Normal: &SLAMinutes{240, 240, 1440}, Urgent: &SLAMinutes{30, 60, 480}},
		Hours: WorkHours{TimeZone: "Europe/London", Holidays: "GB", Spans: []WorkSpan{{[]string{"mon", "tue", "wed", "thu", "fri"}, "08:00", "20:00"}, {[]string{"sat"}, "09:00", "13:00"}}, SpecialDays: []SpecialDay{{Date: "2026-12-24", Name: "Christmas Eve", Opens: "08:00", Closes: "12:00"}}},
	}
}

func init() {
	record := exRecord()
	in := SaveCustomer{Email: record.Email, Name: record.Name, Phone: "020 7946 0018", Language: record.Language, Addresses: record.Addresses, Tags: record.Tags}
	replaced := exRecord()
	replaced.Version = 2
	noted := exRecord()
	noted.Version, noted.Notes = 3, []Note{{"nte_01kas8rz0hefgtq4ty8f7zm6dk", exTime, exKey, "Prefers to be called."}}
	policy := exPolicy()
	exists := SaveCustomer{Email: "ada@example.com", Name: "Ada Lovelace"} // grace was made with her first case
	made := CustomerRecord{ID: ref(exCustomerID), Version: 1, Email: exists.Email, Name: exists.Name, Addresses: []CustomerAddress{}, Tags: []string{}, Notes: []Note{}, CreatedAt: exTime}
	maps.Copy(examples, map[string]example{
		"eraseCustomer":      {nil, ErasedCustomer{ID: exCustomerID, Version: 2, ErasedAt: exTime, Orders: 3, Cases: 1, Mails: 7}},
		"openCase":           {OpenCase{Subject: "Where is my mug?", Text: "It should have come on Friday.", Origin: "phone", Orders: []string{"$ORDER"}}, exOpened()},
		"createCustomer":     {exists, made},
		"listCustomers":      {nil, List[CustomerRecord]{Data: []CustomerRecord{record}}},
		"getCustomer":        {nil, record},
		"putCustomer":        {in, replaced},
		"addCustomerNote":    {AddNote{Text: "Prefers to be called."}, noted},
		"listCustomerOrders": {nil, List[Order]{Data: []Order{exListed()}}},
		"listCases":          {nil, List[Case]{Data: []Case{exCaseWith(1, func(*Case) {})}}},
		"getCase":            {nil, exCaseWith(1, func(*Case) {})},
		"getCaseThread":      {nil, List[CaseEntry]{Data: []CaseEntry{*exOpened().Entry}}},
		"changeCase": {ChangeCase{Priority: ref("high"), Owner: ref("")}, exCaseWith(2, func(c *Case) {
			c.Priority = "high"
		})},
		"moveCase": {MoveCase{Status: "pending_customer", Note: "Asked for a picture of the box."}, exWaiting()},
		"writeCaseMessage": {WriteMessage{Text: "It has come.", Via: "phone"}, exCaseWith(2, func(c *Case) {
			c.Entries, c.Entry = 2, &CaseEntry{ID: exEntryID(2), Number: 2, Kind: "message", Via: "phone", By: "customer", At: exTime, Text: "It has come."}
		})},
		"writeCaseNote": {WriteNote{Text: "The carrier is looking for it."}, exCaseWith(2, func(c *Case) {
			c.Entries, c.Entry = 2, &CaseEntry{ID: exEntryID(3), Number: 2, Kind: "note", Via: "api", By: exKey, At: exTime, Text: "The carrier is looking for it."}
		})},
		"putQueue":        {PutQueue{Name: exQueue.Name, Policy: exQueue.Policy, AppeaseDaily: 10_000, AppeaseCredit: 5_000}, exQueue},
		"getQueue":        {nil, exQueue},
		"listQueues":      {nil, List[Queue]{Data: []Queue{exQueue}}},
		"putSLAPolicy":    {PutSLAPolicy{Name: policy.Name, Hours: policy.Hours, Targets: policy.Targets, Escalate: true}, policy},
		"getSLAPolicy":    {nil, policy},
		"listSLAPolicies": {nil, List[SLAPolicy]{Data: []SLAPolicy{policy}}},
	})
	onCase := []lookup{aOrder, aCase}
	maps.Copy(lookups, map[string][]lookup{
		"openCase": {aOrder}, "getCase": onCase, "getCaseThread": onCase, "changeCase": onCase, "moveCase": onCase, "writeCaseMessage": onCase, "writeCaseNote": onCase,
		"getCustomer": {aCustomer}, "putCustomer": {aCustomer}, "addCustomerNote": {aCustomer}, "listCustomerOrders": {aCustomer},
	})
	maps.Copy(idSlots, map[string]idSlot{"customers": {"cus", "customer", "CUSTOMER"}, "cases": {"case", "case", "CASE"}})
	maps.Copy(slotCodes, map[string]string{"queues": "returns", "sla-policies": "weekend"})
	maps.Copy(exampleQueries, map[string]string{"listCustomers": "q=hopper", "listCases": "open=true&limit=2"})
	problemFacts["customer_in_use"], problemFacts["customer_erased"] = map[string]any{"order": exOrder}, map[string]any{"customer": exCustomerID}
	lookups["eraseCustomer"] = []lookup{{name: "CUSTOMER", prefix: "cus", post: "createCustomer", in: SaveCustomer{Email: "erika@example.com", Name: "Erika"}}}
	problemFacts["email_taken"] = map[string]any{"customer": exCustomerID}
	maps.Copy(abouts, map[string]string{
		"CustomerRecord":  "A customer: what is known beside the orders.",
		"CustomerAddress": "One of a customer's addresses.",
		"SaveCustomer":    "A customer, whole.",
		"ErasedCustomer":  "How much of a customer was erased.",
		"Case":            "Something to look into for a customer.",
		"CaseContact":     "Who asks.",
		"CaseCause":       "The exception that opened a case by itself.",
		"CaseClock":       "Working time counted towards a target of the SLA policy.",
		"CaseEntry":       "One contribution to the thread of a case; never changed, but for the delivery of its mail.",
		"CaseFacts":       "What a system entry is about.",
		"OpenCase":        "A case to open.",
		"ChangeCase":      "What is to change of a case.",
		"MoveCase":        "Where a case goes.",
		"WriteMessage":    "What the customer said.",
		"WriteNote":       "A note to colleagues.",
		"Queue":           "Where cases wait for people.",
		"PutQueue":        "A queue, whole.",
		"SLAPolicy":       "How long answers may take, in which hours.",
		"PutSLAPolicy":    "An SLA policy, whole.",
		"WorkHours":       "When people work.",
		"WorkSpan":        "Working time on some days of the week.",
		"SpecialDay":      "A date, or several in a row, with hours of its own: closed, shorter, or open on a holiday.",
		"SLATargets":      "Working minutes by priority; a priority without any has those of normal.",
		"SLAMinutes":      "Working minutes for each target.",
	})
}
