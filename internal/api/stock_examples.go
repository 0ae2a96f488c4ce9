package api

import "maps"

// Examples of the operations on stock.

const (
	exReservation = "rsv_01kas8rz0hefgtq4ty8f7zm6dh"
	exTransfer    = "trf_01kas8rz0hefgtq4ty8f7zm6dj"
	exCount       = "cnt_01kas8rz0hefgtq4ty8f7zm6dk"
	exLater       = "2026-11-22T08:30:30.123456Z"
	exLatest      = "2026-11-23T08:15:30.123456Z"
)

// exHeld is the reservation of the examples, at a version and state.
func exHeld(version int64, status, until string) Reservation {
	r := Reservation{
		ID: ref(exReservation), Version: version, Channel: "web", Status: status, Lines: []ReservationLine{{SKU: "MUG", Quantity: 2}},
		Held: []HeldStock{{SKU: "MUG", Location: "HULL", Quantity: 2}}, Allowed: []string{"convert", "extend", "release"}, CreatedAt: exTime, ExpiresAt: until, LatestAt: exLatest,
	}
	if status != "active" {
		r.Allowed, r.EndedAt = []string{}, exLater
	}
	return r
}

// exSent is the transfer of the examples.
func exSent(version int64, status string, allowed ...string) Transfer {
	t := Transfer{
		ID: ref(exTransfer), Version: version, From: "HULL", To: "LEEDS", Status: status, Reference: "TR-7",
		Lines: []TransferLineUnits{{SKU: "MUG", Quantity: 10}}, Allowed: append([]string{}, allowed...), CreatedAt: exTime,
	}
	switch status {
	case "in_transit":
		t.Lines[0].InTransit, t.DispatchedAt = 10, exLater
	case "partially_received":
		t.Lines[0].Received, t.Lines[0].InTransit, t.DispatchedAt = 7, 3, exLater
	case "canceled":
		t.Reason, t.ClosedAt = "not_needed", exLater
	}
	return t
}

// exCounted is the count of the examples.
func exCounted(version int64, status string, allowed ...string) Count {
	n := Count{
		ID: ref(exCount), Version: version, Location: "HULL", Status: status, Reason: "cycle_count", Tolerance: 1, Lines: []CountLine{{SKU: "MUG"}},
		Allowed: append([]string{}, allowed...), CreatedAt: exTime,
	}
	if status == "draft" {
		return n
	}
	n.Round, n.StartedAt, n.Lines[0].Expected = 1, exLater, 100
	if version > 2 {
		n.Lines[0].Counted, n.Lines[0].Variance, n.Lines[0].CountedAt = ref(int64(98)), -2, exLater
	}
	if status == "posted" || status == "rejected" {
		n.ClosedAt = exLater
	}
	return n
}

func init() {
	maps.Copy(idSlots, map[string]idSlot{
		"reservations": {"rsv", "reservation", "RESERVATION"}, "transfers": {"trf", "transfer", "TRANSFER"}, "counts": {"cnt", "count", "COUNT"},
	})
	exampleQueries["getAvailability"] = "skus=MUG&channel=web&country=GB&postal_code=N1+1AA"
	aReservation := lookup{name: "RESERVATION", prefix: "rsv", post: "createReservation"}
	draftTransfer := lookup{name: "TRANSFER", path: "/v1/transfers?status=draft&limit=1", prefix: "trf"}
	readyTransfer := lookup{name: "TRANSFER", path: "/v1/transfers?status=ready&limit=1", prefix: "trf"}
	sentTransfer := lookup{name: "TRANSFER", path: "/v1/transfers?status=in_transit&limit=1", prefix: "trf"}
	newTransfer := lookup{name: "TRANSFER", prefix: "trf", post: "createTransfer"}
	leeds := lookup{put: "/v1/locations/LEEDS", in: PutLocation{Name: "Leeds shop", Type: "store", Priority: 1}}
	count := func(status string) []lookup {
		return []lookup{{name: "COUNT", path: "/v1/counts?status=" + status + "&limit=1", prefix: "cnt"}}
	}
	maps.Copy(lookups, map[string][]lookup{
		"getReservation": {aReservation}, "extendReservation": {aReservation}, "releaseReservation": {aReservation},
		"createTransfer": {leeds}, "putTransfer": {draftTransfer}, "getTransfer": {draftTransfer}, "readyTransfer": {draftTransfer}, "dispatchTransfer": {readyTransfer}, "receiveTransfer": {sentTransfer},
		"cancelTransfer": {leeds, newTransfer},
		"getCount":       count("draft"), "startCount": count("draft"), "recordCount": count("counting"), "submitCount": count("counting"),
		"recountCount": count("pending_review"), "approveCount": count("pending_review"), "postCount": count("approved"), "rejectCount": {{name: "COUNT", prefix: "cnt", post: "createCount"}},
	})
	held := exHeld(1, "active", exLater)
	tolerance := exCounted(3, "counting", "record", "reject", "submit")
	changed := func(id string, p StockPosition) Adjustment { return Adjustment{ID: &id, Data: []StockPosition{p}} }
	damaged := exPosition
	damaged.Damaged, damaged.Available = 2, 96
	kept := exPosition
	kept.Safety, kept.Available, kept.BackorderLimit, kept.ReorderPoint = 5, 93, 20, 10
	mugs := func(n int64) []TransferLine { return []TransferLine{{SKU: "MUG", Quantity: n}} }
	maps.Copy(examples, map[string]example{
		"receiveStock": {ReceiveStock{Location: "HULL", Reference: "DN-4711", Lines: []ReceiptLine{{SKU: "MUG", Quantity: 100}}}, changed("rec_01kas8rz0hefgtq4ty8f7zm6dm", exPosition)},
		"moveStock": {
			MoveStock{Reason: "damaged", Lines: []MoveLine{{SKU: "MUG", Location: "HULL", From: "available", To: "damaged", Quantity: 2}}},
			changed("mov_01kas8rz0hefgtq4ty8f7zm6dn", damaged),
		},
		"getStockCard": {nil, StockCard{Through: 42, Data: []CardEntry{{
			Seq: 42, At: exTime, Location: "HULL", Type: "order.accepted", Cause: exOrder, Actor: exKey, Moved: StockBuckets{Allocated: 2}, Balance: StockBuckets{OnHand: 100, Allocated: 2},
		}}}},
		"getStockHistory": {nil, StockHistory{Through: 42, Data: []StockDay{
			{Day: "2026-11-21"}, {Day: "2026-11-22", Balance: StockBuckets{OnHand: 100, Allocated: 2}, Available: 98},
		}}},
		"listStockHolders": {nil, List[StockHolder]{Data: []StockHolder{{
			ID: exOrder, Kind: "order", Number: "1042", Channel: "web", Status: "open", Since: exTime, Held: []HeldUnits{{Location: "HULL", Allocated: 2}},
		}}}},
		"getAvailability": {nil, Offer{Data: []SKUAvailability{{
			SKU: "MUG", Known: true, Available: 98, Locations: []LocationUnit{{Location: "HULL", Available: 98}}, Promises: exPromises,
		}}, Basket: exPromises}},
		"putStockPolicy":     {PutStockPolicy{Safety: 5, BackorderLimit: 20, ReorderPoint: 10}, kept},
		"createReservation":  {CreateReservation{Channel: "web", Lines: held.Lines, TTL: 15}, held},
		"getReservation":     {nil, held},
		"extendReservation":  {ExtendReservation{TTL: 30}, exHeld(2, "active", "2026-11-22T08:45:30.123456Z")},
		"releaseReservation": {nil, exHeld(2, "released", exLater)},
		"createTransfer":     {CreateTransfer{From: "HULL", To: "LEEDS", Reference: "TR-7", Lines: mugs(10)}, exSent(1, "draft", "edit", "ready", "cancel")},
		"putTransfer":        {PutTransfer{Lines: mugs(10)}, exSent(2, "draft", "edit", "ready", "cancel")},
		"getTransfer":        {nil, exSent(1, "draft", "edit", "ready", "cancel")},
		"listTransfers":      {nil, List[Transfer]{Data: []Transfer{exSent(1, "draft", "edit", "ready", "cancel")}}},
		"readyTransfer":      {nil, exSent(3, "ready", "dispatch", "cancel")},
		"dispatchTransfer":   {nil, exSent(4, "in_transit", "receive", "cancel")},
		"receiveTransfer":    {ReceiveTransfer{Lines: []TransferArrival{{SKU: "MUG", Quantity: 7}}}, exSent(5, "partially_received", "receive")},
		"cancelTransfer":     {CancelTransfer{Reason: "not_needed"}, exSent(2, "canceled")},
		"createCount":        {CreateCount{Location: "HULL", SKUs: []string{"MUG"}, Reason: "cycle_count", Tolerance: 1}, exCounted(1, "draft", "start", "reject")},
		"getCount":           {nil, exCounted(1, "draft", "start", "reject")},
		"listCounts":         {nil, List[Count]{Data: []Count{exCounted(1, "draft", "start", "reject")}}},
		"startCount":         {nil, exCounted(2, "counting", "record", "submit", "reject")},
		"recordCount":        {RecordCount{Lines: []CountTally{{SKU: "MUG", Counted: 98}}}, tolerance},
		"submitCount":        {nil, exCounted(4, "pending_review", "approve", "recount", "reject")},
		"recountCount":       {nil, exCounted(2, "counting", "record", "submit", "reject")},
		"approveCount":       {nil, exCounted(5, "approved", "post")},
		"postCount":          {nil, exCounted(6, "posted")},
		"rejectCount":        {nil, exCounted(2, "rejected")},
	})
	maps.Copy(abouts, map[string]string{
		"Component":         "What one unit of a kit takes of another product.",
		"CardEntry":         "An event that moved stock at a location.",
		"StockBuckets":      "Units by bucket.",
		"StockDay":          "What there was of a SKU at the end of a day.",
		"StockHistory":      "What there was of a SKU, day by day.",
		"StockHolder":       "An order or a cart that holds units of a SKU.",
		"HeldUnits":         "Units that are held at a location.",
		"StockCard":         "A page of a stock card.",
		"SKUAvailability":   "What can be promised of a SKU now.",
		"LocationUnit":      "What can be promised from one location.",
		"Offer":             "What can be promised of everything that was asked for.",
		"MethodPromise":     "What an order placed now with a shipping method would be promised.",
		"ShippedShare":      "What one location would ship of a SKU.",
		"ReceiveStock":      "A delivery that arrived.",
		"ReceiptLine":       "One SKU of a delivery.",
		"MoveStock":         "Units that change their bucket.",
		"MoveLine":          "One move between buckets.",
		"StockPolicy":       "How a position is kept.",
		"PutStockPolicy":    "How a position is to be kept, whole.",
		"Reservation":       "Stock held for a cart, until it expires.",
		"ReservationLine":   "What was asked for.",
		"HeldStock":         "Units held at a location.",
		"CreateReservation": "What a cart needs held.",
		"ExtendReservation": "How much longer.",
		"Transfer":          "A move of stock from one location to another, in two phases.",
		"TransferLineUnits": "One SKU of a transfer by what became of it: quantity is the sum of all others once it was dispatched.",
		"TransferLine":      "What a transfer sends of a SKU.",
		"CreateTransfer":    "A transfer to draft.",
		"PutTransfer":       "The lines of a draft, whole.",
		"ReceiveTransfer":   "What arrived.",
		"TransferArrival":   "What came of one SKU.",
		"CancelTransfer":    "Why a transfer is given up.",
		"Count":             "A cycle count: what is in the building against what the books say.",
		"CountLine":         "One SKU of a count.",
		"CreateCount":       "A count to draft.",
		"RecordCount":       "What was counted.",
		"CountTally":        "What somebody counted just now.",
	})
}

var exPromises = []MethodPromise{{
	ShippingMethod: "standard", Complete: true, Ships: "2026-11-23", Earliest: exDay, Latest: "2026-11-26",
	Shares: []ShippedShare{{SKU: "MUG", Location: "HULL", Quantity: 1, Ships: "2026-11-23", Earliest: exDay, Latest: "2026-11-26"}},
}}
