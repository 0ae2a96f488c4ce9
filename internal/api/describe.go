package api

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/app"
)

// The OpenAPI description is made of the table of routes and of the types in it. huma renders it; requests are decoded
// by package jsonx, which is stricter than a schema can say.

const schemas = "#/components/schemas/"

// Description renders the OpenAPI 3.1 description: the same bytes for the same table.
func Description(version string) []byte {
	b, err := describe(version).MarshalJSON()
	if err != nil {
		panic("api: the description cannot be rendered: " + err.Error()) // the table or a type in it is wrong
	}
	v := jsontext.Value(b)
	if err := v.Format(jsontext.WithIndent("  ")); err != nil {
		panic("api: " + err.Error())
	}
	return v
}

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, typeJSON, s.spec())
}

// describer gathers what operations share.
type describer struct {
	schemas   huma.Registry
	responses map[string]*huma.Response
}

func describe(version string) *huma.OpenAPI {
	d := &describer{schemas: registry(), responses: map[string]*huma.Response{}}
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Ordo", Version: version, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			Description: "Order management: orders that are never wrong. Amounts are minor units with their currency; times are RFC 3339 in UTC; lists give data and next_cursor. " +
				"Every POST needs an Idempotency-Key and may be sent again with it. Every answer that has a version carries it as ETag; If-Match refuses a change of anything newer. " +
				"Errors are RFC 9457 problem documents with a stable code. /docs explains all of it.",
		},
		Servers:  []*huma.Server{{URL: "/"}},
		Paths:    map[string]*huma.PathItem{},
		Security: []map[string][]string{{"bearer": {}}, {"key": {}}},
		Components: &huma.Components{
			Schemas: d.schemas, Responses: d.responses, Parameters: parameters(), Headers: headers(), Examples: problemExamples(),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "The API key, as Authorization: Bearer KEY."},
				"key":    {Type: "apiKey", In: "header", Name: "X-Api-Key", Description: "The API key, for clients that cannot set Authorization."},
			},
		},
	}
	for _, t := range tags {
		api.Tags = append(api.Tags, &huma.Tag{Name: t.Name, Description: t.About})
	}
	for i := range routes {
		r := &routes[i]
		operation(api, r.path, r.method, d.route(r))
	}
	for _, p := range pages {
		if !p.hidden {
			operation(api, p.path, p.methods()[0], d.page(&p))
		}
	}
	return api
}

func operation(api *huma.OpenAPI, path, method string, op *huma.Operation) {
	item := api.Paths[path]
	if item == nil {
		item = &huma.PathItem{}
		api.Paths[path] = item
	}
	switch method {
	case http.MethodGet:
		item.Get = op
	case http.MethodPut:
		item.Put = op
	case http.MethodPost:
		item.Post = op
	default:
		item.Delete = op
	}
}

// registry holds the schemas of all types in the table. Types of requests are closed: unknown fields are refused.
// Types that are only in answers are open, since fields may be added to them.
func registry() huma.Registry {
	reg := huma.NewMapRegistry(schemas, schemaName)
	reg.RegisterTypeAlias(reflect.TypeFor[jsontext.Value](), reflect.TypeFor[any]())
	for i := range routes {
		if routes[i].in != nil {
			reg.Schema(reflect.TypeOf(routes[i].in), true, "")
		}
	}
	closed := slices.Collect(maps.Keys(reg.Map()))
	for i := range routes {
		if routes[i].out != nil {
			reg.Schema(reflect.TypeOf(routes[i].out), true, "")
		}
	}
	reg.Schema(reflect.TypeFor[Problem](), true, "")
	for name, s := range reg.Map() {
		s.Description = abouts[name]
		if !slices.Contains(closed, name) || name == "CarrierMessage" { // each carrier has a form of its own
			s.AdditionalProperties = nil
		}
		for field, p := range s.Properties {
			p.Nullable = p.Nullable && p.Type != huma.TypeArray && slices.Contains(s.Required, field)
		}
	}
	return reg
}

// schemaName names the schema of a list after what is in it: OrderList.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if of, ok := strings.CutPrefix(name, "List"); ok && of != "" {
		return of + "List"
	}
	return name
}

// Problem is how every refusal looks. The members from sku on stand where a code says so.
type Problem struct {
	Type      string   `json:"type" doc:"where the code is explained" example:"/docs#problem-insufficient_stock"`
	Title     string   `json:"title" doc:"the status in words" example:"Conflict"`
	Status    int      `json:"status" example:"409"`
	Code      string   `json:"code" doc:"stable; act on this" example:"insufficient_stock"`
	Detail    string   `json:"detail" doc:"for people: what is wrong and what to do"`
	RequestID string   `json:"request_id,omitzero" doc:"names the request in logs; in a stored answer the one that it was given to first"`
	Errors    Findings `json:"errors,omitzero" doc:"each wrong place of the body"`

	SKU            string   `json:"sku,omitzero"`
	Location       string   `json:"location,omitzero"`
	Available      int64    `json:"available,omitempty" doc:"what is left"`
	Requested      int64    `json:"requested,omitempty" doc:"what was asked for"`
	State          string   `json:"state,omitzero" doc:"the state that is in the way"`
	Allowed        []string `json:"allowed,omitzero" doc:"what may be done instead"`
	CurrentVersion int64    `json:"current_version,omitempty"`
	Gate           string   `json:"gate,omitempty"`
	Hold           string   `json:"hold,omitempty"`
	Holds          []string `json:"holds,omitempty"`
	Scope          string   `json:"scope,omitzero" doc:"the scope that is missing"`
	Channel        string   `json:"channel,omitzero" doc:"code of the sales channel that this is about"`
	Customer       string   `json:"customer,omitzero" doc:"id of the customer that this is about"`
	Label          string   `json:"label,omitzero" doc:"id of the label that this is about"`
	Carrier        string   `json:"carrier,omitzero"`
	Fulfillment    string   `json:"fulfillment,omitzero" doc:"id of the fulfillment order that this is about"`
	Return         string   `json:"return,omitzero" doc:"id of the return that this is about"`
	Findings       any      `json:"findings,omitzero" doc:"why a return policy refuses"`
	Refused        any      `json:"refused,omitzero" doc:"why each service does not take the package, by carrier/service"`
	Order          string   `json:"order,omitzero" doc:"id of the order that this is about"`
	Number         string   `json:"number,omitzero" doc:"its number"`
	Reason         string   `json:"reason,omitzero" doc:"why the provider declined"`
	Fulfillments   []string `json:"fulfillments,omitempty" doc:"ids of the fulfillment orders that are in the way"`
	Differences    []string `json:"differences,omitzero" doc:"JSON pointers to what the second request wants otherwise"`
	OrderVersion   int64    `json:"order_version,omitempty" doc:"version of the order that preview was judged by"`

	Short   []app.Short `json:"short,omitzero" doc:"all that is missing"`
	Options []string    `json:"options,omitzero" enum:"other_items,return,backorder" doc:"what one can ask for instead"`

	Preview *ChangePreview `json:"preview,omitzero" doc:"what the order change would come to now"`
}

// Findings are what is wrong with a request.
type Findings []Finding

// Finding is one wrong place of a request.
type Finding struct {
	Pointer string `json:"pointer" doc:"JSON pointer into the body (RFC 6901)" example:"/lines/0/quantity"`
	Code    string `json:"code" doc:"stable; act on this" example:"out_of_range"`
	Detail  string `json:"detail" doc:"for people"`
}

func (d *describer) route(r *route) *huma.Operation {
	op := &huma.Operation{
		OperationID: r.op, Tags: []string{r.tag}, Summary: r.summary, Description: strings.TrimSpace(r.detail + "\n\nScope: `" + r.scope + "`."),
		Security: []map[string][]string{{"bearer": {r.scope}}, {"key": {r.scope}}}, Responses: map[string]*huma.Response{},
	}
	if r.open {
		op.Security, op.Description = []map[string][]string{}, r.detail
	}
	for _, name := range r.slots() {
		op.Parameters = append(op.Parameters, slotParam(r, name))
	}
	for i := range r.query {
		op.Parameters = append(op.Parameters, r.query[i].describe())
	}
	if posts(r) {
		op.Parameters = append(op.Parameters, &huma.Param{Ref: "#/components/parameters/IdempotencyKey"})
	}
	if r.keyed {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "With one, the request takes effect once however often it is sent, and the answer shows the order as it is then.",
		})
	}
	if matches(r) {
		op.Parameters = append(op.Parameters, &huma.Param{Ref: "#/components/parameters/IfMatch"})
	}
	if r.op == "listEvents" {
		op.Parameters = append(op.Parameters, &huma.Param{Ref: "#/components/parameters/LastEventID"})
	}
	if r.in != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			typeJSON: {Schema: d.of(r.in), Example: examples[r.op].in},
		}}
	}
	if r.upload {
		op.RequestBody = uploadBody()
	}
	for code, what := range successes(r) {
		op.Responses[strconv.Itoa(code)] = d.answer(r, code, what)
	}
	for code, kinds := range problemsOf(r, true) {
		op.Responses[strconv.Itoa(code)] = d.problem(r, code, kinds)
	}
	return op
}

func (d *describer) of(v any) *huma.Schema { return d.schemas.Schema(reflect.TypeOf(v), true, "") }

// problem describes the problems of one status. Those that all routes of a kind have are described once.
func (d *describer) problem(r *route, code int, kinds []problemKind) *huma.Response {
	res := describeProblem(code, kinds)
	if slices.ContainsFunc(kinds, func(k problemKind) bool { return k.on == nil || slices.Contains(r.codes, k.code) }) {
		return res
	}
	var codes []string
	for _, k := range kinds {
		codes = append(codes, k.code)
	}
	name := strings.Join(codes, "-or-")
	d.responses[name] = res
	return &huma.Response{Ref: "#/components/responses/" + name}
}

// successes lists the statuses of success of a route, and when they come.
func successes(r *route) map[int]string {
	out := map[int]string{r.status: "Done."}
	switch {
	case r.op == "placeOrder":
		out[201] = "The order was placed. Where payment_status is pending its payment is not decided yet."
		out[200] = "A dry run, or the order that external_id names exists already."
	case r.op == "putStockPolicy" || r.op == "putSavedReport" || r.op == "putTransfer" || r.op == "replaceDraft" || r.method == http.MethodPut && (strings.HasPrefix(r.path, "/v1/orders/") || r.op == "putCustomer" || r.op == "putUser"): // a part of what exists
		out[200] = "It was replaced."
	case r.op == "putWebhook":
		out[200] = "Its settings were replaced."
	case r.op == "putCarrierRates":
		out[200] = "The tables were replaced, or a dry run."
	case r.op == "createImport" || r.op == "createExport": // also what is only validated is made
	case r.method == http.MethodPut:
		out[200], out[201] = "It was replaced.", "It is new."
		if dryRuns(r) {
			out[200] = "It was replaced, or a dry run."
		}
	case r.status == http.StatusCreated:
		out[201], out[200] = "It was made.", "A dry run."
	case r.method == http.MethodGet:
		out[200] = "Here it is."
	}
	return out
}

func (d *describer) answer(r *route, code int, what string) *huma.Response {
	res := &huma.Response{Description: what, Headers: headerRefs("X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")}
	if r.file != "" { // its schema is empty: OpenAPI 3.1 describes bytes by their media type alone
		res.Content = map[string]*huma.MediaType{r.file: {Schema: &huma.Schema{}}}
		return res
	}
	res.Content = map[string]*huma.MediaType{typeJSON: {Schema: d.of(r.out)}}
	if code == r.status {
		res.Content[typeJSON].Example = examples[r.op].out
	}
	if r.etag {
		maps.Copy(res.Headers, headerRefs("ETag"))
	}
	if posts(r) {
		maps.Copy(res.Headers, headerRefs("Idempotent-Replayed"))
	}
	if dryRuns(r) && code == http.StatusOK {
		maps.Copy(res.Headers, headerRefs("Dry-Run"))
	}
	if r.op == "listLedgerEntries" {
		res.Content[typeCSV] = &huma.MediaType{Schema: &huma.Schema{}}
	}
	if r.op == "listEvents" {
		res.Content[typeStream] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "With Accept: text/event-stream. id is seq, event is type, data is an Event."}}
	}
	return res
}

func describeProblem(code int, kinds []problemKind) *huma.Response {
	var text strings.Builder
	media := &huma.MediaType{
		Schema:   &huma.Schema{Ref: schemas + "Problem", Properties: map[string]*huma.Schema{}},
		Examples: map[string]*huma.Example{},
	}
	codes := &huma.Schema{Type: huma.TypeString}
	for _, k := range kinds {
		fmt.Fprintf(&text, "- `%s`: %s %s\n", k.code, k.means, k.todo)
		codes.Enum = append(codes.Enum, k.code)
		media.Examples[k.code] = &huma.Example{Ref: "#/components/examples/" + k.code}
	}
	media.Schema.Properties["code"] = codes
	res := &huma.Response{Description: strings.TrimSpace(text.String()), Headers: headerRefs("X-Request-Id"), Content: map[string]*huma.MediaType{typeProblem: media}}
	switch code {
	case http.StatusUnauthorized:
		maps.Copy(res.Headers, headerRefs("WWW-Authenticate"))
	case http.StatusPaymentRequired:
		maps.Copy(res.Headers, headerRefs("Idempotent-Replayed"))
	case http.StatusTooManyRequests:
		maps.Copy(res.Headers, headerRefs("Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"))
	case http.StatusServiceUnavailable, http.StatusConflict:
		maps.Copy(res.Headers, headerRefs("Retry-After"))
	}
	return res
}

func (d *describer) page(p *page) *huma.Operation {
	media := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	if p.kind == typeJSON {
		media.Schema = &huma.Schema{Type: huma.TypeObject}
	}
	op := &huma.Operation{
		OperationID: cmp.Or(p.op, "get"+strings.ToUpper(p.path[1:2])+strings.TrimSuffix(p.path[2:], ".json")), Tags: []string{"Server"}, Summary: p.summary, Description: "Needs no API key.",
		Security:  []map[string][]string{{}},
		Responses: map[string]*huma.Response{"200": {Description: "Here it is.", Headers: headerRefs("X-Request-Id"), Content: map[string]*huma.MediaType{p.kind: media}}},
	}
	for code, kinds := range problemsOf(&route{codes: p.codes}, false) {
		op.Responses[strconv.Itoa(code)] = describeProblem(code, kinds)
	}
	return op
}
