package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/work"
)

// status maps the classes of errors to HTTP, and it is the only place that does.
var status = map[errs.Class]int{
	errs.Internal: 500, errs.Malformed: 400, errs.Unauthenticated: 401, errs.PaymentRequired: 402, errs.Forbidden: 403, errs.NotFound: 404,
	errs.MethodNotAllowed: 405, errs.Conflict: 409, errs.TooLarge: 413, errs.UnsupportedType: 415, errs.Invalid: 422, errs.TooMany: 429, errs.Unavailable: 503,
}

// maxFindings bounds errors[]: a body of a megabyte can be wrong in very many places.
const maxFindings = 1000

// problemType begins the type of every problem document; with the code behind it, it leads to where the page says what
// the code means.
const problemType = "/docs#problem-"

// document is a problem document (RFC 9457), its members in this order.
type document struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Code      string         `json:"code"`
	Detail    string         `json:"detail"`
	RequestID string         `json:"request_id,omitzero"`
	Errors    []errs.Problem `json:"errors,omitzero"`
}

// problemBody renders an error as a problem document. Whatever is not an *errs.Error shows nothing of itself.
func problemBody(err error, requestID string) (int, []byte) {
	e := errs.As(err)
	if e == nil {
		e = errs.New(errs.Internal, "internal", "something went wrong on our side; the request id helps to find it")
	}
	code := status[e.Class]
	body := jsonx.Marshal(document{
		problemType + e.Code, http.StatusText(code), code, e.Code, e.Detail, requestID, e.Problems[:min(len(e.Problems), maxFindings)],
	})
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) { // the facts, after the members that all documents have
		body = append(body[:len(body)-1], ',')
		body = append(append(body, jsonx.Marshal(name)...), ':')
		body = append(append(body, jsonx.Marshal(e.Fields[name])...), '}')
	}
	return code, body
}

func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		err = errs.New(errs.Unavailable, "timeout", "the client left before the answer was there")
	case errs.As(err) == nil:
		s.log.Error("request failed", "method", r.Method, "path", logged(r.URL.Path), "err", err, "request_id", requestID(r))
	}
	code, body := problemBody(err, requestID(r))
	switch {
	case code == http.StatusServiceUnavailable, errs.Is(err, "idempotency_in_flight"):
		w.Header().Set("Retry-After", "1")
	case code == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="ordo"`)
	}
	write(w, code, typeProblem, body)
}

// Placed implements app.Renderer.
func (s *Server) Placed(v *app.OrderView) work.Answer {
	return orderAnswer(http.StatusCreated)(v)
}

// Exchanged implements app.Renderer.
func (s *Server) Exchanged(v *app.ReturnView) work.Answer {
	return rendered(http.StatusCreated, returnJSON)(v)
}

// Refused implements app.Renderer.
func (s *Server) Refused(err error, requestID string) work.Answer {
	code, body := problemBody(err, requestID)
	return work.Answer{Status: code, Body: body}
}

// problemKind says what a code means and what to do about it. The description and the page list them.
type problemKind struct {
	code  string
	class errs.Class
	means string
	todo  string
	on    func(*route) bool // the routes that it may come from, beside those that name it; nil for none
}

func anyRoute(*route) bool    { return true }
func takesBody(r *route) bool { return r.method == http.MethodPost || r.method == http.MethodPut }
func changes(r *route) bool   { return r.method != http.MethodGet }
func posts(r *route) bool     { return r.method == http.MethodPost && !r.open }
func keyed(r *route) bool     { return posts(r) || r.keyed }
func closed(r *route) bool    { return !r.open }
func dryRuns(r *route) bool   { return r.param("dry_run") != nil }
func paginated(r *route) bool { return r.param("cursor") != nil }

// matches reports whether the route changes something that has a version, so that If-Match makes sense: it can be
// refused for it (G2).
func matches(r *route) bool { return changes(r) && slices.Contains(r.codes, "version_mismatch") }

var problemKinds = []problemKind{
	{"malformed_json", errs.Malformed, "The body is not one JSON value: broken syntax, a name twice, invalid UTF-8, U+0000, data after the end, or nested too deep.", "Send what a JSON library writes.", takesBody},
	{"malformed_body", errs.Malformed, "The body ended before its announced length.", "Send it again.", takesBody},
	{"unknown_parameter", errs.Malformed, "The query has a parameter that this operation does not know.", "Check the spelling; detail lists the known ones, or says that there are none.", anyRoute},
	{"invalid_parameter", errs.Malformed, "A parameter of the query is out of range, given twice or unreadable.", "Correct it as detail says.", anyRoute},
	{"invalid_cursor", errs.Malformed, "The cursor is not one that this list gave.", "Start from the first page, or send next_cursor as it came.", paginated},
	{"invalid_if_match", errs.Malformed, "If-Match is not a version.", "Send the ETag as it came, such as \"3\".", matches},
	{"unsupported_condition", errs.Malformed, "A condition was sent that this operation does not look at, such as If-None-Match.", "Leave it out, or send If-Match where it is described.", changes},
	{"idempotency_key_required", errs.Malformed, "POST needs an Idempotency-Key.", "Send a fresh value per order or action, and the same when you try again.", posts},
	{"invalid_idempotency_key", errs.Malformed, "The Idempotency-Key is longer than 255 characters, or not printable ASCII without spaces.", "A UUID will do.", keyed},
	{"unauthenticated", errs.Unauthenticated, "There is no API key, or it is not valid any more.", "Send Authorization: Bearer KEY.", closed},
	{"payment_declined", errs.PaymentRequired, "The payment was declined. An order that was being placed is rejected and holds no stock; one that was paid anew is as it was, and so is one whose units were to be exchanged in advance: the exchange is canceled.", "Ask for another way to pay and place a new order under a new key, or pay the order, or ask for the exchange, in another way.", nil},
	{"webhook_signature", errs.Unauthenticated, "The signature of a webhook does not fit its body and the shared secret, or is over five minutes old.", "Sign the body as it is sent; check the secret and the clock.", nil},
	{"missing_scope", errs.Forbidden, "The API key lacks the scope that scope names.", "Use a key that has it.", closed},
	{"channel_forbidden", errs.Forbidden, "The API key is for other sales channels.", "Use a key of that channel.", nil},
	{"all_channels_required", errs.Forbidden, "Only a key for all channels may do this.", "Use a key that is not limited to channels.", nil},
	{"not_found", errs.NotFound, "There is no such thing, or this key may not see it.", "Check the id.", nil},
	{"no_such_path", errs.NotFound, "There is nothing at this path.", "Look it up here.", nil},
	{"method_not_allowed", errs.MethodNotAllowed, "The path does not take this method.", "The Allow header lists those that it takes.", nil},
	{"insufficient_stock", errs.Conflict, "Less is available than is asked for. errors points at the lines; sku and available say how much is left. Of an exchange, short says all that is missing, and options what else one can ask for.", "Order less, or wait for stock.", nil},
	{"on_hold", errs.Conflict, "Open holds block this step; holds lists them and gate names the step.", "Lift the holds, or wait until they end.", nil},
	{"illegal_transition", errs.Conflict, "The state does not allow this step. state and allowed say what it does allow.", "Read it again and decide anew.", nil},
	{"version_mismatch", errs.Conflict, "It was changed since the version in If-Match.", "Read it again; current_version is its version now.", nil},
	{"external_order_conflict", errs.Conflict, "The channel sent this external_id before with other content; differences points at what differs.", "Send the same content, or cancel order and use a new external_id.", nil},
	{"nothing_to_invoice", errs.Conflict, "No unit of the order is due for an invoice: all of them stand on one, or none has shipped yet.", "Wait until more ships, or send units: ordered.", nil},
	{"nothing_to_print", errs.Conflict, "There is no such paper for work that was canceled.", "Nothing: there is nothing to pick or pack.", nil},
	{"payment_limit", errs.Conflict, "More is asked for than the payment has left; available says how much that is.", "Lower the amount.", nil},
	{"grant_limit", errs.Conflict, "More is granted than has shipped, than its parts are worth, or than is left of the order; errors says where.", "Lower it.", nil},
	{"insufficient_credit", errs.Conflict, "The store credit account has less, or is in another currency; available says how much there is.", "Pay the rest in another way.", nil},
	{"manual_payment", errs.Conflict, "Money on a manual payment arrives outside of Ordo.", "Record a receipt.", nil},
	{"not_manual", errs.Conflict, "Receipts are for payments that need no provider.", "Nothing: the provider's captures are recorded by Ordo.", nil},
	{"label_exists", errs.Conflict, "The package has an active label; label names it.", "Print it again, or void it before buying another.", nil},
	{"label_in_use", errs.Conflict, "The package has left with this label.", "Nothing: it is used.", nil},
	{"label_voided", errs.Conflict, "The package's label was given back.", "Buy another label, or give the tracking number of another carrier.", nil},
	{"label_not_ready", errs.Conflict, "A label of the package is still being bought or given back.", "Wait for its outcome; read the label.", nil},
	{"no_service", errs.Conflict, "No service of any active carrier takes the package; refused says why not.", "Correct the package or the address, or add a service.", nil},
	{"not_shipped", errs.Conflict, "The customer collects this fulfillment order.", "Nothing: it needs no label.", nil},
	{"location_address_required", errs.Conflict, "The location has no complete address to ship from.", "Complete it by PUT /v1/locations/{code}.", nil},
	{"carrier_unavailable", errs.Conflict, "The carrier's provider is not part of this installation.", "Name another carrier.", nil},
	{"no_promise", errs.Conflict, "There is nothing to compute a promise from: the shipping method stands for no carrier's service to that country.", "Name carrier and service in the channel's shipping method, or give the days.", nil},
	{"idempotency_in_flight", errs.Conflict, "The first request with this key is still running.", "Try again after Retry-After.", keyed},
	{"answer_erased", errs.Conflict, "The first request with this key was carried out, and whom its answer named was erased since.", "Use a new key for a new request.", keyed},
	{"answer_forgotten", errs.Conflict, "The answer under this key was kept for its time and has just been forgotten. Nothing was done now.", "Read what it was about; use a new key to do it again.", nil},
	{"invalid_signature", errs.Unauthenticated, "The message's signature is missing, too old or wrong.", "Sign it with the secret that the carrier's settings name.", nil},
	{"too_large", errs.TooLarge, "The body is over 1 MiB.", "Split the request.", takesBody},
	{"unsupported_media_type", errs.UnsupportedType, "The body is not application/json in UTF-8 without compression.", "Send Content-Type: application/json.", takesBody},
	{"validation_failed", errs.Invalid, "The JSON can be read, but values in it are wrong. errors lists all of them with JSON pointers.", "Correct each; see the table of findings.", takesBody},
	{"idempotency_conflict", errs.Invalid, "The Idempotency-Key was used for another request.", "Use a new key for a new request.", keyed},
	{"amount_too_large", errs.Invalid, "An amount or a sum is over 9,000,000,000,000 minor units.", "Split the order.", nil},
	{"quantity_too_large", errs.Invalid, "A stock position would rise over 1,000,000,000,000 units.", "Check the quantity.", nil},
	{"rate_limited", errs.TooMany, "The API key has used up its requests of this minute.", "Wait for Retry-After seconds.", closed},
	{"internal", errs.Internal, "A defect on our side. Nothing was changed.", "Report it with the request_id.", anyRoute},
	{"database_unavailable", errs.Unavailable, "The database cannot be reached now. Nothing was changed.", "Try again after Retry-After, with the same Idempotency-Key.", anyRoute},
	{"busy", errs.Unavailable, "Too many requests are waiting.", "Try again after Retry-After, with the same Idempotency-Key.", changes},
	{"stopping", errs.Unavailable, "This node is stopping.", "Try again; another node will answer.", changes},
	{"timeout", errs.Unavailable, "There was no answer in time.", "Try again with the same Idempotency-Key to learn the outcome.", changes},
	{"outcome_unknown", errs.Unavailable, "The connection to the database was lost while committing.", "Try again with the same Idempotency-Key to learn the outcome.", changes},
	{"carrier_no_answer", errs.Unavailable, "The carrier does not answer now.", "Try again later; tracking is asked for again by itself.", nil},
	{"not_ready", errs.Unavailable, "The node should get no traffic.", "Ask another node.", nil},
}

// findingKind is a code in errors[], and what it means.
type findingKind struct{ Code, Means string }

// findingKinds are the codes in errors[].
var findingKinds = []findingKind{
	{"required", "a value is missing or empty"},
	{"unknown_field", "there is no such field; names are checked so that a misspelled one is not lost"},
	{"wrong_type", "a string where a number is expected, a number out of range or with a fraction, and the like"},
	{"out_of_range", "a number is below or above its limits"},
	{"too_long", "a text has more characters than allowed"},
	{"too_many", "a list has more entries than allowed"},
	{"ambiguous", "two values say the same thing in two ways; give one of them"},
	{"duplicate", "two rows stand for the same case, or something of this name is there"},
	{"unknown_value", "the value is not one of those that detail lists"},
	{"unknown_sku", "there is no active product with this SKU"},
	{"unknown_location", "there is no location with this code"},
	{"unknown_channel", "there is no active sales channel with this code"},
	{"unknown_provider", "there is no payment provider with this name"},
	{"unknown_shipping_method", "the channel's table has no such method for the country"},
	{"unknown_line", "the order has no such line"},
	{"invalid_text", "a text has characters that cannot be printed or stored there"},
	{"invalid_code", "a SKU or code has characters that cannot stand in one"},
	{"invalid_country", "not an ISO 3166-1 alpha-2 code"},
	{"invalid_currency", "not an ISO 4217 code"},
	{"invalid_date", "not of the form 2026-11-24"},
	{"invalid_time", "not a time of RFC 3339"},
	{"invalid_header", "the first line of a CSV file does not name the columns of its kind; detail lists them"},
	{"malformed_csv", "a line that cannot be read as CSV"},
	{"invalid_email", "not of the form local@domain"},
	{"invalid_rate", "not a decimal from 0 to 1 with at most six places"},
	{"mixed_currencies", "an amount is in another currency than the order"},
	{"amount_too_large", "price times quantity is too large"},
	{"discount_too_large", "a discount is larger than what is left to take it from"},
	{"insufficient_stock", "less is available than this line asks for, or than the adjustment takes away"},
	{"grant_limit", "more is granted than has shipped and is not granted yet, or than it is worth"},
	{"quantity_too_large", "the position would rise over its limit"},
	{"malformed_json", "where the JSON cannot be read"},
}

// problemsOf lists the codes that a route names, and those of its kind, by status.
func problemsOf(r *route, kind bool) map[int][]problemKind {
	out := map[int][]problemKind{}
	for _, k := range problemKinds {
		if slices.Contains(r.codes, k.code) || kind && k.on != nil && k.on(r) {
			out[status[k.class]] = append(out[status[k.class]], k)
		}
	}
	return out
}
