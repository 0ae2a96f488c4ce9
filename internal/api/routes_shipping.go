package api

import "net/http"

var labelCodes = []string{"not_found", "illegal_transition", "version_mismatch", "carrier_unavailable"}

// ratingCodes are what asking carriers about a package can come to.
var ratingCodes = []string{"not_found", "no_service", "not_shipped", "location_address_required"}

func shippingRoutes() []route {
	const tag = "Shipping"
	return []route{
		{
			op: "putCarrier", method: http.MethodPut, path: "/v1/carriers/{code}", tag: tag, summary: "Make or replace a carrier", scope: "shipping:write", query: dry,
			in: PutCarrier{}, out: Carrier{}, status: 200, etag: true, codes: []string{"version_mismatch", "all_channels_required"}, handle: putCarrier,
			detail: "Whole, but for its rates, which stay. Secrets are named here and stand in the environment of the server, as ORDO_SECRET_ and the name. 201 when it is new. Needs no Idempotency-Key.",
		},
		{
			op: "getCarrier", method: http.MethodGet, path: "/v1/carriers/{code}", tag: tag, summary: "Read a carrier", scope: "shipping:read",
			out: Carrier{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getCarrier,
		},
		{
			op: "listCarriers", method: http.MethodGet, path: "/v1/carriers", tag: tag, summary: "List carriers", scope: "shipping:read", query: paged,
			out: List[Carrier]{}, status: 200, handle: listCarriers,
		},
		{
			op: "putCarrierRates", method: http.MethodPut, path: "/v1/carriers/{code}/rates", tag: tag, summary: "Replace the rate tables of a carrier, whole or not at all", scope: "shipping:write",
			query: dry, in: PutRates{}, out: Rates{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch", "all_channels_required"}, handle: putRates,
			detail: "csv holds zones and prices: a first line that names columns, then rows of kind zone (zone, from, country, region, postal_from, postal_to, remote) and of kind rate " +
				"(service, zone, up_to_grams, price, transit_days). Findings name the line. A carrier of another provider uses its tables while the provider does not answer.",
		},
		{
			op: "getCarrierRates", method: http.MethodGet, path: "/v1/carriers/{code}/rates", tag: tag, summary: "Read the rate tables of a carrier", scope: "shipping:read",
			out: Rates{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getRates,
		},
		{
			op: "rateFulfillment", method: http.MethodPost, path: "/v1/fulfillments/{id}/rates", tag: tag, summary: "Ask all carriers what a package costs", scope: "shipping:read",
			in: RatePackage{}, out: Rating{}, status: 200, codes: []string{"not_found", "not_shipped", "location_address_required"}, handle: ratePackage,
			detail: "chosen is what buying a label would take: what the shipping method stands for, else the cheapest service that keeps the promise. Writes nothing.",
		},
		{
			op: "buyLabel", method: http.MethodPost, path: "/v1/fulfillments/{id}/labels", tag: tag, summary: "Buy a label for a package", scope: "shipping:write", query: dry,
			in: BuyLabel{}, out: Label{}, status: http.StatusCreated, codes: append([]string{"illegal_transition", "version_mismatch", "label_exists", "carrier_unavailable", "answer_forgotten"}, ratingCodes...), handle: buyLabel,
			detail: "Asks all carriers, chooses (or takes what carrier and service name), and waits a bounded time for the label; then status is label_pending, and the label comes later. " +
				"A package has one active label: print it again, or void it before buying another.",
		},
		{
			op: "listLabels", method: http.MethodGet, path: "/v1/fulfillments/{id}/labels", tag: tag, summary: "List the labels of a fulfillment order", scope: "shipping:read",
			out: List[Label]{}, status: 200, codes: []string{"not_found"}, handle: listLabels,
		},
		{
			op: "getLabel", method: http.MethodGet, path: "/v1/labels/{id}", tag: tag, summary: "Read a label", scope: "shipping:read",
			out: Label{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getLabel,
		},
		{
			op: "getLabelFile", method: http.MethodGet, path: "/v1/labels/{id}.pdf", tag: tag, summary: "Print a label: the same PDF every time", scope: "shipping:read",
			file: typePDF, status: 200, codes: []string{"not_found"}, handle: getLabelFile,
		},
		{
			op: "voidLabel", method: http.MethodPost, path: "/v1/labels/{id}/void", tag: tag, summary: "Give a label back to its carrier", scope: "shipping:write", query: dry,
			out: Label{}, status: 200, etag: true, codes: append([]string{"label_in_use"}, labelCodes...), handle: voidLabel,
		},
		{
			op: "getTracking", method: http.MethodGet, path: "/v1/fulfillments/{id}/tracking", tag: tag, summary: "Where the packages of a fulfillment order are", scope: "shipping:read",
			out: Tracking{}, status: 200, codes: []string{"not_found"}, handle: getTracking,
			detail: "Events stand in the order in which they happened. delivered stays, whatever a carrier says later; only a manual row corrects it.",
		},
		{
			op: "refreshTracking", method: http.MethodPost, path: "/v1/labels/{id}/refresh", tag: tag, summary: "Ask the carrier now where a package is", scope: "shipping:write",
			out: Label{}, status: 200, etag: true, codes: append([]string{"carrier_no_answer", "answer_forgotten"}, labelCodes...), handle: refreshTracking,
		},
		{
			op: "addTracking", method: http.MethodPost, path: "/v1/labels/{id}/tracking", tag: tag, summary: "Write a tracking event by hand", scope: "shipping:write", query: dry,
			in: AddTracking{}, out: Label{}, status: 200, etag: true, codes: labelCodes, handle: addTracking,
			detail: "For carriers that report nothing, and to correct what one said: a manual row may lead away from delivered.",
		},
		{
			op: "getPromise", method: http.MethodGet, path: "/v1/promise", tag: tag, summary: "When an order placed now would arrive", scope: "orders:read",
			query: []param{
				{name: "channel", detail: "sales channel"},
				{name: "shipping_method", detail: "code of the channel's shipping method"},
				{name: "carrier", detail: "instead of a shipping method: code of a carrier"},
				{name: "service", detail: "and its service"},
				{name: "country", detail: "of the destination, ISO 3166-1 alpha-2"},
				{name: "region", detail: "of the destination"},
				{name: "postal_code", detail: "of the destination"},
				{name: "location", detail: "only from this location"},
			},
			out: List[Promise]{}, status: 200, codes: []string{"not_found", "no_promise"}, handle: getPromise,
			detail: "From each location that serves the channel, the soonest first, whether or not it has the goods. Processing days, cut-off and calendar of the location, transit of the service, and holidays on both sides.",
		},
		{
			op: "changePromise", method: http.MethodPost, path: "/v1/orders/{id}/promise", tag: tag, summary: "Promise another day", scope: "orders:write", query: dry,
			in: ChangePromise{}, out: Order{}, status: 200, etag: true, codes: append([]string{"no_promise"}, transitionCodes...), handle: changePromise,
			detail: "The first promise stays beside the current one. Without days they are computed anew.",
		},
		{
			op: "carrierWebhook", method: http.MethodPost, path: "/v1/webhooks/carriers/{code}", tag: tag, summary: "For carriers: tell where packages are", open: true,
			in: CarrierMessage{}, out: Heard{}, status: 200, codes: []string{"not_found", "invalid_signature", "carrier_unavailable"}, handle: carrierWebhook,
			detail: "Needs no API key and no Idempotency-Key: the message is signed with the secret that the carrier's settings name. A message that comes twice changes nothing.",
		},
	}
}
