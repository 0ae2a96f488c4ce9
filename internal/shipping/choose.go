package shipping

import (
	"slices"
	"strings"
)

// Wish narrows the choice of a service. Empty fields leave it open.
type Wish struct {
	Carrier string
	Service string
	By      Date // the latest day of arrival; zero for none
}

// Why a quote was taken.
const (
	ByRequest     = "requested"         // the caller named it
	ByMethod      = "shipping_method"   // the order's shipping method stands for it
	Cheapest      = "cheapest"          // of those that can
	CheapestTimes = "cheapest_in_time"  // of those that keep the promise
	CheapestLate  = "cheapest_but_late" // none keeps the promise
)

// Late is why a quote is left out: it arrives after the promise.
const Late = "late"

// Choose takes a quote: of those that can be bought and fit the wish the cheapest one that arrives in time; when none
// does, the one that arrives first, since a late parcel is late by every day. Equal ones go by arrival, then by name,
// so that the same quotes give the same choice. It returns the quotes with what speaks against each, and the place of
// the chosen one; -1 when there is none. Costs in different currencies cannot be compared: those in another currency
// than the first are left out.
func Choose(quotes []Quote, w Wish) (considered []Quote, chosen int, why string) {
	considered = slices.Clone(quotes)
	currency := ""
	late := []int{}
	chosen = -1
	for i := range considered {
		q := &considered[i]
		switch {
		case q.Refused != "":
			continue
		case w.Carrier != "" && q.Carrier != w.Carrier, w.Service != "" && q.Service != w.Service:
			q.Refused = "not_requested"
			continue
		case currency == "":
			currency = q.Cost.Currency
		}
		switch {
		case q.Cost.Currency != currency:
			q.Refused = "other_currency"
		case w.By != 0 && q.Arrives > w.By:
			q.Refused = Late
			late = append(late, i)
		case chosen < 0 || before(q, &considered[chosen]):
			chosen = i
		}
	}
	switch {
	case chosen >= 0 && w.By != 0:
		return considered, chosen, CheapestTimes
	case chosen >= 0:
		return considered, chosen, Cheapest
	}
	for _, i := range late {
		if chosen < 0 || considered[i].Arrives < considered[chosen].Arrives ||
			considered[i].Arrives == considered[chosen].Arrives && before(&considered[i], &considered[chosen]) {
			chosen = i
		}
	}
	if chosen >= 0 {
		considered[chosen].Refused = ""
	}
	return considered, chosen, CheapestLate
}

// before reports whether a is to be taken rather than b. What the carrier itself quotes goes before a guess by tables
// of the same cost.
func before(a, b *Quote) bool {
	switch {
	case a.Cost.Amount != b.Cost.Amount:
		return a.Cost.Amount < b.Cost.Amount
	case a.Fallback != b.Fallback:
		return b.Fallback
	case a.Arrives != b.Arrives:
		return a.Arrives < b.Arrives
	}
	return strings.Compare(a.Carrier+"\x00"+a.Service, b.Carrier+"\x00"+b.Service) < 0
}
