package api

import "maps"

const (
	exLabelID = "lbl_01kas8rz0hefgtq4ty8f7zm6dh"
	exDay     = "2026-11-25"
)

var (
	exServices = []CarrierService{
		{Code: "standard", Name: "Standard", TransitDays: 2, MaxWeightGrams: 30000}, {Code: "next_day", Name: "Next day", TransitDays: 1, Countries: []string{"GB"}},
	}
	exCarrier = Carrier{Code: "dock", Version: 1, Name: "Dock Express", Provider: "table", Active: true, Services: exServices}
	exRates   = Rates{
		Carrier: "dock", Version: 2, Currency: "GBP", Divisor: 5000, FuelRate: "0.125", Remote: 500,
		Zones:  []RateZone{{Zone: "home", Country: "GB"}, {Zone: "isles", Country: "GB", PostalFrom: "HS1", PostalTo: "HS9", Remote: true}},
		Prices: []RateBand{{Service: "standard", Zone: "home", UpToGrams: 30000, Price: 400}, {Service: "next_day", Zone: "home", UpToGrams: 30000, Price: 800}, {Service: "standard", Zone: "isles", UpToGrams: 30000, Price: 900, TransitDays: 4}},
	}
	exQuote  = Quote{Carrier: "dock", Service: "standard", Name: "Standard", Cost: ref(pounds(450)), Charges: []Charge{{"base", 400}, {"fuel", 50}}, TransitDays: 2, Arrives: exDay}
	exParcel = Parcel{WeightGrams: 760}
	exLabel  = Label{
		ID: ref(exLabelID), Version: 2, Order: exOrder, Fulfillment: exFulfillment, Package: "whole", Status: "labeled", Carrier: "dock", Service: "standard", Parcel: exParcel,
		TrackingNumber: "OR483920174839201757", Quoted: pounds(450), Cost: ref(pounds(450)), Chosen: "cheapest", Quotes: []Quote{exQuote},
		Attempts: []LabelTry{{ID: "lba_01kas8rz0hefgtq4ty8f7zm6dj", Kind: "buy", State: "succeeded", At: exTime, DoneAt: exTime}},
		Allowed:  []string{"void"}, File: "/v1/labels/" + exLabelID + ".pdf", CreatedAt: exTime, LabeledAt: exTime,
	}
	aLabel = lookup{name: "LABEL", path: "/v1/fulfillments/$FULFILLMENT/labels", prefix: "lbl"}
)

func exLabelVoided() Label {
	l := exLabel
	l.Version, l.Status, l.VoidedAt, l.Allowed = 4, "voided", exTime, []string{}
	l.Attempts = append(append([]LabelTry{}, l.Attempts...), LabelTry{ID: "lba_01kas8rz0hefgtq4ty8f7zm6dk", Kind: "void", State: "succeeded", At: exTime, DoneAt: exTime})
	return l
}

func exTracked() Label {
	l := exLabel
	l.Version, l.TrackingStatus = 3, "in_transit"
	return l
}

func exPromised() Order {
	o := exPlaced()
	o.Version = 2
	o.Lines[0].Promise = &LinePromise{FirstEarliest: "2026-11-27", FirstLatest: "2026-11-30", CurrentEarliest: "2026-11-27", CurrentLatest: "2026-11-30", Reason: "weather"}
	return o
}

func init() {
	maps.Copy(examples, map[string]example{
		"putCarrier":   {PutCarrier{Name: exCarrier.Name, Provider: exCarrier.Provider, Services: exServices}, exCarrier},
		"getCarrier":   {nil, exCarrier},
		"listCarriers": {nil, List[Carrier]{Data: []Carrier{exCarrier}, NextCursor: "dock"}},
		"putCarrierRates": {PutRates{
			Currency: "GBP", Divisor: 5000, FuelRate: "0.125", Remote: 500,
			CSV: "kind,zone,country,postal_from,postal_to,remote,service,up_to_grams,price,transit_days\nzone,home,GB\nzone,isles,GB,HS1,HS9,true\n" +
				"rate,home,,,,,standard,30000,400\nrate,home,,,,,next_day,30000,800\nrate,isles,,,,,standard,30000,900,4\n",
		}, exRates},
		"getCarrierRates": {nil, exRates},
		"rateFulfillment": {RatePackage{}, Rating{Package: "whole", Parcel: exParcel, Quotes: []Quote{exQuote}, Chosen: &exQuote, Reason: "cheapest"}},
		"buyLabel":        {BuyLabel{Carrier: "dock", Service: "standard"}, exLabel},
		"listLabels":      {nil, List[Label]{Data: []Label{exLabel}}},
		"getLabel":        {nil, exLabel},
		"getLabelFile":    {},
		"voidLabel":       {nil, exLabelVoided()},
		"getTracking": {nil, Tracking{Fulfillment: exFulfillment, Status: "shipped", Packages: []PackageTracking{{
			Label: exLabelID, Package: "whole", Carrier: "dock", TrackingNumber: exLabel.TrackingNumber, Status: "in_transit", Since: exTime,
			Events: []TrackingEvent{{Code: "in_transit", At: exTime, Source: "manual", SeenAt: exTime, By: exKey}},
		}}}},
		"refreshTracking": {nil, exTracked()},
		"addTracking":     {AddTracking{Code: "in_transit", At: exTime, Message: "Handed to the driver"}, exTracked()},
		"getPromise":      {nil, List[Promise]{Data: []Promise{{"HULL", "2026-11-23", exDay, "2026-11-26"}}}},
		"changePromise":   {ChangePromise{Reason: "weather", Earliest: "2026-11-27", Latest: "2026-11-30"}, exPromised()},
		"carrierWebhook":  {CarrierMessage{}, Heard{Parcels: 1}},
	})
	maps.Copy(lookups, map[string][]lookup{
		"rateFulfillment": {aFreshOrder, aFulfillment}, "buyLabel": {aOrder, aFulfillment}, "listLabels": {aOrder, aFulfillment},
		"getLabel": {aOrder, aFulfillment, aLabel}, "getLabelFile": {aOrder, aFulfillment, aLabel}, "voidLabel": {aOrder, aFulfillment, aLabel},
		"getTracking": {aOrder, aFulfillment}, "refreshTracking": {aOrder, aFulfillment, aLabel}, "addTracking": {aOrder, aFulfillment, aLabel},
		"changePromise": {aFreshOrder},
	})
	maps.Copy(exampleQueries, map[string]string{"getPromise": "carrier=dock&service=standard&country=GB&postal_code=N1+1AA"})
	maps.Copy(problemFacts, map[string]map[string]any{
		"label_exists":              {"label": exLabelID},
		"label_voided":              {"label": exLabelID},
		"label_not_ready":           {"label": exLabelID},
		"label_in_use":              {"fulfillment": exFulfillment, "return": exReturnID},
		"no_service":                {"refused": map[string]string{"dock/standard": "too_heavy"}},
		"location_address_required": {"location": "HULL"},
		"carrier_unavailable":       {"carrier": "dock"},
	})
	maps.Copy(abouts, map[string]string{
		"PutCarrier":      "A carrier, whole but for its rates.",
		"Carrier":         "An account with a carrier, its services and settings.",
		"CarrierService":  "One way a carrier delivers, and what it takes. Limits that are left out are none.",
		"CarrierSettings": "Settings of an account. Secrets are named, never given.",
		"PutRates":        "Rate tables as CSV, with what holds for all rows.",
		"Rates":           "The rate tables of a carrier: price of the lowest band that holds the billable weight, plus surcharges, plus fuel on both.",
		"RateZone":        "A destination and its zone. The row that describes a destination most closely counts; postal ranges compare as many characters as their ends have.",
		"RateBand":        "What a service asks in a zone up to a weight.",
		"Parcel":          "What is weighed and measured, in grams and millimeters.",
		"RatePackage":     "The package that carriers are asked about.",
		"BuyLabel":        "The package to buy a label for. What is left out is chosen.",
		"Quote":           "What one service asks for a package, or why it does not take it.",
		"Charge":          "A part of a quote.",
		"Rating":          "What carriers ask for a package, and what would be taken.",
		"Label":           "A carrier's label for one package. In a dry run id is null.",
		"LabelTry":        "One intent at the carrier and its outcome.",
		"Tracking":        "Where the packages of a fulfillment order are.",
		"PackageTracking": "Where one package is, and how it came there.",
		"TrackingEvent":   "What happened to a package.",
		"AddTracking":     "What happened to a package, as a person writes it.",
		"Promise":         "When an order placed now would arrive from a location.",
		"ChangePromise":   "Another day of arrival, with the reason.",
		"LinePromise":     "When a line is to arrive: as first told, and as it stands now.",
		"CarrierMessage":  "What a carrier sends, in its own form.",
		"Heard":           "What a carrier's message was about.",
	})
}
