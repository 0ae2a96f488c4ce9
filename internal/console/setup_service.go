package console

import (
	"ordo/internal/api"
	"ordo/internal/returns"
	"ordo/internal/service"
)

var verdicts = []string{string(returns.Deny), string(returns.NeedsApproval)}

// returnPolicyKind are the policies that judge returns.
var returnPolicyKind = &settingKind{
	path: "return-policies", title: "Return policies", one: "Return policy", make: "New return policy",
	about: "What may come back, until when, and what is given back for it. Returns keep the version that they were judged by. Where there is none, returns within 30 days are allowed and later ones wait for approval.",
	get:   "getReturnPolicy", put: "putReturnPolicy", list: "listReturnPolicies",
	columns: []string{"active", "priority", "channels", "window_days", "auto_approve"},
	fresh:   map[string]any{"active": true},
	sections: []settingSection{
		{code: "general", title: "General", settings: []setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true},
			{Name: "active", Label: "Active", Kind: "yes"},
			{Name: "priority", Label: "Priority", Kind: "number", Help: "Of several policies for a sales channel the one with the lowest number counts."},
			{Name: "channels", Label: "Sales channels", Kind: "choices", Choose: (*visit).channelOptions, Without: "All", Help: "None chosen: all of them."},
			{Name: "window_days", Label: "Days from delivery", Kind: "number", Without: "For ever", Help: "Within which units may come back. 0: for ever."},
			{Name: "late", Label: "Afterwards", Kind: "select", Codes: verdicts, Required: true, Help: "Deny: it is refused. Needs approval: a person decides."},
			{Name: "auto_approve", Label: "Approved by itself", Kind: "yes", Help: "What the policy allows waits for nobody."},
			{Name: "expire_days", Label: "Days until an approved return expires", Kind: "number", Help: "When nobody sends it. Empty: 30."},
			{Name: "location", Label: "Comes back to", Kind: "select", Choose: (*visit).locationOptions, Without: "Where it shipped from", Help: "Empty: where it shipped from."},
		}},
		{code: "money", title: "Fees and refunds", settings: []setting{
			{Name: "fee_percent", Label: "Restocking fee in percent", Kind: "number", Without: "None", Help: "Of what the customer is at fault for."},
			{Name: "fee_fixed", Label: "Restocking fee per return", Kind: "money", Help: "Once per return. Empty: none."},
			{Name: "label_by", Label: "The way back is paid by", Kind: "select", Codes: []string{"merchant", "customer"}, Required: true},
			{Name: "label_fee", Label: "Fee for our label", Kind: "money", Help: "Taken off once where the customer pays the way back and the label is ours. Empty: none."},
			{Name: "refund_shipping", Label: "The delivery charge goes back", Kind: "select", Codes: []string{"never", "merchant_fault", "full_return"}, Required: true, Help: "Merchant fault: where it was ours. Full return: with the last unit of the order."},
			{Name: "refund_at", Label: "Money goes back when it is", Kind: "select", Codes: []string{"approved", "received", "inspected"}, Required: true, Help: "Approved: nothing has to come back. Received: what arrives is accepted as it is."},
			{Name: "keep_below", Label: "Need not come back below", Kind: "money", Help: "Returns that are worth less. Empty: all come back."},
			{Name: "bonus_percent", Label: "Bonus for store credit in percent", Kind: "number", Without: "None", Help: "On top of what is refunded to store credit."},
		}},
		{code: "exchanges", title: "Exchanges in advance", settings: []setting{
			{Name: "advance_days", Label: "Days until the units are to be back", Kind: "number", Help: "Empty: 14."},
			{Name: "overdue", Label: "Afterwards", Kind: "select", Codes: []string{"charge", "ask"}, Required: true, Help: "Charge: the customer pays what was sent. Ask: a person charges or waives it."},
		}},
		{code: "legal", title: "Legal windows", about: "Within them there is neither fee nor approval.", settings: []setting{
			{Name: "legal_windows", Label: "Legal windows", Kind: "table", Keys: 1, Help: "Country of the shipping address, two letters such as DE.", Cols: []setting{
				{Name: "country", Label: "Country", Kind: "text"},
				{Name: "days", Label: "Days", Kind: "number"},
			}},
		}},
		{code: "exclusions", title: "Exclusions", about: "What does not come back, or not without being asked for.", settings: []setting{
			{Name: "exclusions", Label: "Exclusions", Kind: "table", Keys: 1, Help: "SKUs and tax classes, separated by commas.", Cols: []setting{
				{Name: "code", Label: "Code", Kind: "text"},
				{Name: "skus", Label: "SKUs", Kind: "list"},
				{Name: "tax_classes", Label: "Tax classes", Kind: "list"},
				{Name: "verdict", Label: "Verdict", Kind: "select", Codes: verdicts, Required: true},
			}},
		}},
		{code: "reasons", title: "Reasons", about: "What customers choose from. All rows taken away: those that come with Ordo.", settings: []setting{
			{Name: "reasons", Label: "Reasons", Kind: "table", Keys: 1, Cols: []setting{
				{Name: "code", Label: "Code", Kind: "text"},
				{Name: "fault", Label: "At fault", Kind: "select", Codes: []string{"customer", "merchant"}, Required: true},
				{Name: "approval", Label: "A person decides", Kind: "yes"},
			}},
		}},
		{code: "conditions", title: "Conditions", about: "What becomes of units by how they are found. All rows taken away: those that come with Ordo.", settings: []setting{
			{Name: "conditions", Label: "Conditions", Kind: "table", Keys: 1, Help: "A fee in percent counts instead of that of the policy, whoever is at fault.", Cols: []setting{
				{Name: "code", Label: "Code", Kind: "text"},
				{Name: "accept", Label: "Accepted", Kind: "yes"},
				{Name: "fee_percent", Label: "Fee in percent", Kind: "number"},
				{Name: "disposition", Label: "Then", Kind: "select", Codes: []string{"restock", "refurbish", "quarantine", "scrap", "return_to_vendor", "return_to_customer"}, Required: true},
				{Name: "bucket", Label: "Restocked as", Kind: "select", Codes: []string{"available", "damaged", "quality"}},
			}},
		}},
	},
}

// queueKind are the queues of cases.
var queueKind = &settingKind{
	path: "queues", title: "Queues", one: "Queue", make: "New queue",
	about: "Where cases wait for people, which exceptions come there, and what agents may give away.",
	get:   "getQueue", put: "putQueue", list: "listQueues",
	columns: []string{"policy", "priority", "web_form", "causes"},
	sections: []settingSection{
		{code: "general", title: "General", settings: []setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true},
			{Name: "policy", Label: "SLA policy", Kind: "select", Choose: (*visit).slaOptions, Without: "No clock runs", Help: "Empty: no clock runs."},
			{Name: "priority", Label: "Priority of new cases", Kind: "select", Codes: []string{"low", "normal", "high", "urgent"}, Required: true},
			{Name: "close_days", Label: "Days until a resolved case is closed", Kind: "number", Help: "0: never by itself. Empty: 7."},
			{Name: "reopen_days", Label: "Days that it may be opened again", Kind: "number", Help: "By what the customer writes; later it is a new case. Empty: 30."},
			{Name: "web_form", Label: "Takes the open form", Kind: "yes", Help: "One queue at most: what anybody writes to POST /v1/contact comes here."},
			{Name: "causes", Label: "Exceptions that come here", Kind: "choices", Codes: service.Causes, Help: "Each in one queue at most; those in none come to the queue general."},
		}},
		{code: "limits", title: "Limits of agents", settings: []setting{
			{Name: "appease_daily", Label: "Given away by an agent in a day", Kind: "minor", Without: "Nothing", Help: "At most. 0: nothing."},
			{Name: "appease_credit", Label: "Store credit of one order", Kind: "minor", Without: "Nothing", Help: "At most. 0: nothing."},
		}},
	},
}

// slaKind are the SLA policies.
var slaKind = &settingKind{
	path: "sla-policies", title: "SLA policies", one: "SLA policy", make: "New SLA policy",
	about: "How long answers may take, counted in working time. Clocks that run keep the limits that they began with.",
	get:   "getSLAPolicy", put: "putSLAPolicy", list: "listSLAPolicies",
	columns: []string{"escalate", "targets.normal.first_response_minutes", "targets.normal.resolution_minutes"},
	sections: []settingSection{
		{code: "general", title: "General", settings: append([]setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true},
			{Name: "escalate", Label: "A breach raises the priority", Kind: "yes"},
		}, minuteSettings("normal")...)},
		{code: "low", title: "Low priority", about: "Nothing given: as those of normal priority.", settings: minuteSettings("low")},
		{code: "high", title: "High priority", about: "Nothing given: as those of normal priority.", settings: minuteSettings("high")},
		{code: "urgent", title: "Urgent priority", about: "Nothing given: as those of normal priority.", settings: minuteSettings("urgent")},
		{code: "hours", title: "Working time", about: "Clocks run in it. No working hours: day and night. Clocks that run keep the time that they are due at.", settings: []setting{
			{Name: "hours.time_zone", Label: "Time zone", Kind: "text", Without: "UTC", Help: "Such as Europe/Berlin. Empty: UTC."},
			{Name: "hours.holidays", Label: "Public holidays of", Kind: "select", Choose: (*visit).holidayOptions, Without: "No public holidays", Help: "Clocks stand still on them."},
			{Name: "hours.spans", Label: "Working hours", Kind: "table", Keys: 3, Help: "From and to: times of day such as 09:00; 24:00 is midnight.", Cols: []setting{
				{Name: "days", Label: "Days", Kind: "choices", Codes: days},
				{Name: "from", Label: "From", Kind: "text"},
				{Name: "to", Label: "To", Kind: "text"},
			}},
			specialDays("hours.special_days", "They come before public holidays and working hours. A day at work takes its hours, such as 09:00 and 12:00; a day with a break stands in two rows. No last day: one day."),
		}},
	},
}

// minuteSettings are the limits of a priority.
func minuteSettings(priority string) []setting {
	at := "targets." + priority + "."
	return []setting{
		{Name: at + "first_response_minutes", Label: "Minutes until the first answer", Kind: "number", Without: "No clock", Help: "Working minutes. 0: no clock."},
		{Name: at + "next_response_minutes", Label: "Minutes until each further answer", Kind: "number", Without: "No clock", Help: "Working minutes. 0: no clock."},
		{Name: at + "resolution_minutes", Label: "Minutes until it is resolved", Kind: "number", Without: "No clock", Help: "Working minutes. 0: no clock."},
	}
}

// channels are the sales channels, for those who may see them.
func (v *visit) channels() ([]api.Channel, error) {
	if !v.may("catalog:read") {
		return nil, nil
	}
	var list api.List[api.Channel]
	err := v.get("listChannels", nil, query("limit", "1000"), &list)
	return list.Data, err
}

// channelOptions are the sales channels by their names, as locationOptions.
func (v *visit) channelOptions() ([]option, error) {
	all, err := v.channels()
	out := make([]option, len(all))
	for i, c := range all {
		out[i] = option{Value: c.Code, Text: c.Name}
	}
	return out, err
}

// slaOptions are the SLA policies by their names.
func (v *visit) slaOptions() ([]option, error) {
	var list api.List[api.SLAPolicy]
	err := v.get("listSLAPolicies", nil, query("limit", "1000"), &list)
	out := make([]option, len(list.Data))
	for i, p := range list.Data {
		out[i] = option{Value: p.Code, Text: p.Name}
	}
	return out, err
}
