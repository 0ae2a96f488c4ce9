package api

import "maps"

func init() {
	maps.Copy(examples, map[string]example{
		"planWave": {nil, Wave{
			Location: "HULL", Fulfillments: 1, Lines: 1, Units: 2,
			Data: []WaveOrder{{ID: exFulfillment, Order: exOrder, OrderNumber: "1042", ShippingMethod: "standard", Lines: 1, Units: 2, CreatedAt: exTime}},
		}},
		"getPickListOfMany": {},
	})
	maps.Copy(lookups, map[string][]lookup{
		"planWave": {aFreshOrder}, "getPickListOfMany": {aFreshOrder, aFulfillment},
	})
	maps.Copy(exampleQueries, map[string]string{"planWave": "location=HULL&lines=single", "getPickListOfMany": "ids=$FULFILLMENT"})
	maps.Copy(abouts, map[string]string{
		"Wave":      "What could be released together at a location, with what that comes to.",
		"WaveOrder": "A fulfillment order that waits to be released.",
	})
}
