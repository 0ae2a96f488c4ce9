package api

import "maps"

func init() {
	maps.Copy(examples, map[string]example{
		"getPickList":    {},
		"getPackingSlip": {},
	})
	maps.Copy(lookups, map[string][]lookup{
		"getPickList": {aFreshOrder, aFulfillment}, "getPackingSlip": {aFreshOrder, aFulfillment},
	})
	maps.Copy(abouts, map[string]string{
		"Seller":    "Who sells on a channel, as it stands on packing slips and invoices.",
		"Invoicing": "When a channel issues invoices, how it numbers them and when they are due.",
	})
}
