package api

import (
	"net/http"
	"strings"
	"testing"
)

// scenario is one request and the answer it must get. Rows of a table run in order against one server, so a row may
// build on those before it.
type scenario struct {
	name   string
	do     string
	key    string
	header []string
	body   string
	want   int
	code   string   // of the problem
	at     []string // pointers in errors[], all of them
	has    string   // part of the answer
}

func (f *fixture) run(t *testing.T, rows []scenario) {
	t.Helper()
	for _, s := range rows {
		t.Run(s.name, func(t *testing.T) {
			g := *f
			g.t = t
			head := g.head()
			r := g.send(request{s.do, s.key, s.header, s.body})
			if r.status != s.want || codeOf(r) != s.code {
				t.Fatalf("%s: %d %q, want %d %q\n%s", s.do, r.status, codeOf(r), s.want, s.code, r.body)
			}
			if s.at != nil {
				var at []string
				for _, e := range r.list("errors") {
					at = append(at, e.(map[string]any)["pointer"].(string))
				}
				if strings.Join(at, " ") != strings.Join(s.at, " ") {
					t.Errorf("errors at %v, want %v\n%s", at, s.at, r.body)
				}
			}
			if !strings.Contains(string(r.body), g.fill(s.has)) {
				t.Errorf("%q is not in %s", g.fill(s.has), r.body)
			}
			if s.want >= 400 && g.head() != head {
				t.Error("a refused request wrote to the journal")
			}
		})
	}
}

const (
	orders   = "POST /v1/orders"
	badJSON  = "malformed_json"
	invalid  = "validation_failed"
	badParam = "invalid_parameter"
)

var plainOrder = orderBody("A", 1, "manual", "")

// swap replaces a part of the plain order.
func swap(old, replacement string) string {
	if !strings.Contains(plainOrder, old) {
		panic(old)
	}
	return strings.Replace(plainOrder, old, replacement, 1)
}

func TestHostileBodies(t *testing.T) {
	long := strings.Repeat("x", 201)
	manyLines := swap(`{"sku":"A","quantity":1}`, strings.TrimSuffix(strings.Repeat(`{"sku":"A","quantity":1},`, 1001), ","))
	rows := []scenario{
		{name: "empty", do: orders, header: []string{"Content-Type", typeJSON}, want: 400, code: badJSON},
		{name: "spaces", do: orders, body: " \n ", want: 400, code: badJSON},
		{name: "no JSON", do: orders, body: "hello", want: 400, code: badJSON, at: []string{""}},
		{name: "form", do: orders, body: "a=b", header: []string{"Content-Type", "application/x-www-form-urlencoded"}, want: 415, code: "unsupported_media_type"},
		{name: "text", do: orders, body: plainOrder, header: []string{"Content-Type", "text/plain"}, want: 415, code: "unsupported_media_type"},
		{name: "text for a step without a body", do: "POST /v1/fulfillments/{fulfillment}/release", body: "now", header: []string{"Content-Type", "text/plain"}, want: 415, code: "unsupported_media_type"},
		{name: "broken type", do: orders, body: plainOrder, header: []string{"Content-Type", "application/json; charset"}, want: 415, code: "unsupported_media_type"},
		{name: "Latin 1", do: orders, body: plainOrder, header: []string{"Content-Type", "application/json; charset=iso-8859-1"}, want: 415, code: "unsupported_media_type"},
		{name: "compressed", do: orders, body: plainOrder, header: []string{"Content-Encoding", "gzip"}, want: 415, code: "unsupported_media_type"},
		{name: "no type is JSON", do: orders, body: plainOrder, header: []string{"Content-Type", "-"}, want: 201},
		{name: "JSON with a suffix", do: orders, body: plainOrder, header: []string{"Content-Type", "application/vnd.shop+json; charset=UTF-8"}, want: 201},
		{name: "cut", do: orders, body: plainOrder[:100], want: 400, code: badJSON},
		{name: "trailing data", do: orders, body: plainOrder + "{}", want: 400, code: badJSON},
		{name: "trailing comma", do: orders, body: swap(`"quantity":1}`, `"quantity":1,}`), want: 400, code: badJSON, at: []string{"/lines/0"}},
		{name: "comment", do: orders, body: "/* */" + plainOrder, want: 400, code: badJSON},
		{name: "name twice", do: orders, body: with(plainOrder, `"channel":"web"`), want: 400, code: badJSON, at: []string{"/channel"}},
		{name: "name twice, escaped", do: orders, body: with(plainOrder, `"\u0063hannel":"web"`), want: 400, code: badJSON, at: []string{"/channel"}},
		{name: "name twice, deep", do: orders, body: swap(`"sku":"A"`, `"sku":"A","sku":"A"`), want: 400, code: badJSON, at: []string{"/lines/0/sku"}},
		{name: "unknown field", do: orders, body: with(plainOrder, `"chanel":"web"`), want: 422, code: invalid, at: []string{"/chanel"}},
		{name: "other case", do: orders, body: swap(`"channel"`, `"Channel"`), want: 422, code: invalid, at: []string{"/Channel"}},
		{name: "unknown field, deep", do: orders, body: swap(`"sku":"A"`, `"sku":"A","size":1`), want: 422, code: invalid, at: []string{"/lines/0/size"}},
		{name: "a list", do: orders, body: "[" + plainOrder + "]", want: 422, code: invalid, at: []string{""}},
		{name: "null", do: orders, body: "null", want: 422, code: invalid, at: []string{""}},
		{name: "null for a step without a body", do: "POST /v1/fulfillments/{fulfillment}/release", body: "null", want: 422, code: invalid, at: []string{""}},
		{name: "a string", do: orders, body: `"x"`, want: 422, code: invalid, at: []string{""}},
		{name: "number as string", do: orders, body: swap(`"quantity":1`, `"quantity":"1"`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "string as number", do: orders, body: swap(`"web"`, `7`), want: 422, code: invalid, at: []string{"/channel"}},
		{name: "object as list", do: orders, body: swap(`[{"sku":"A","quantity":1}]`, `{"sku":"A","quantity":1}`), want: 422, code: invalid, at: []string{"/lines"}},
		{name: "boolean as number", do: orders, body: swap(`"quantity":1`, `"quantity":true`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "fraction", do: orders, body: swap(`"quantity":1`, `"quantity":1.5`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "exponent", do: orders, body: swap(`"quantity":1`, `"quantity":1e400`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "over int64", do: orders, body: swap(`"quantity":1`, `"quantity":9223372036854775808`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "a hundred digits", do: orders, body: swap(`"quantity":1`, `"quantity":`+strings.Repeat("9", 100)), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "NaN", do: orders, body: swap(`"quantity":1`, `"quantity":NaN`), want: 400, code: badJSON},
		{name: "leading zero", do: orders, body: swap(`"quantity":1`, `"quantity":01`), want: 400, code: badJSON},
		{name: "nothing", do: orders, body: swap(`"quantity":1`, `"quantity":0`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "less than nothing", do: orders, body: swap(`"quantity":1`, `"quantity":-1`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "two million", do: orders, body: swap(`"quantity":1`, `"quantity":2000000`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "null for a channel", do: orders, body: swap(`"web"`, `null`), want: 422, code: invalid, at: []string{"/channel"}},
		{name: "null for a quantity", do: orders, body: swap(`"quantity":1`, `"quantity":null`), want: 422, code: invalid, at: []string{"/lines/0/quantity"}},
		{name: "null for lines", do: orders, body: swap(`[{"sku":"A","quantity":1}]`, `null`), want: 422, code: invalid, at: []string{"/lines"}},
		{name: "null for a customer", do: orders, body: swap(`{"email":"ada@example.com","name":"Ada"}`, `null`), want: 422, code: invalid, at: []string{"/customer/email"}},
		{name: "null for a payment", do: orders, body: swap(`{"provider":"manual"}`, `null`), want: 422, code: invalid, at: []string{"/payment/provider"}},
		{name: "nothing given", do: orders, body: `{}`, want: 422, code: invalid, at: []string{
			"/channel", "/customer/email", "/shipping_address/name", "/shipping_address/line1", "/shipping_address/city", "/shipping_address/country",
			"/shipping_address/postal_code", "/payment/provider", "/lines",
		}},
		{name: "deep", do: orders, body: `{"channel":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, want: 400, code: badJSON},
		{name: "deep, open", do: orders, body: strings.Repeat(`{"a":`, 100_000), want: 400, code: badJSON},
		{name: "oversized", do: orders, body: with(plainOrder, `"x":"`+strings.Repeat("x", 1<<20)+`"`), want: 413, code: "too_large"},
		{name: "almost oversized", do: orders, body: plainOrder + strings.Repeat(" ", 1<<20-len(plainOrder)), want: 201},
		{name: "invalid UTF-8", do: orders, body: swap("Ada", "A\xffda"), want: 400, code: badJSON},
		{name: "surrogate as UTF-8", do: orders, body: swap("Ada", "A\xed\xa0\x80"), want: 400, code: badJSON},
		{name: "lone surrogate", do: orders, body: swap("Ada", `A\ud800`), want: 400, code: badJSON, at: []string{"/customer/name"}},
		{name: "surrogates in the wrong order", do: orders, body: swap("Ada", `\udc00\ud800`), want: 400, code: badJSON},
		{name: "surrogate pair", do: orders, body: swap("Ada", `\ud83d\ude00`), want: 201},
		{name: "U+0000", do: orders, body: swap("Ada", `A\u0000`), want: 400, code: badJSON, at: []string{"/customer/name"}},
		{name: "U+0000, raw", do: orders, body: swap("Ada", "A\x00"), want: 400, code: badJSON},
		{name: "U+0000 in a name", do: orders, body: with(plainOrder, `"a\u0000":1`), want: 400, code: badJSON},
		{name: "byte order mark", do: orders, body: "\ufeff" + plainOrder, want: 400, code: badJSON},
		{name: "country that is none", do: orders, body: swap(`"GB"`, `"XX"`), want: 422, code: invalid, at: []string{"/shipping_address/country"}},
		{name: "country in small letters", do: orders, body: swap(`"GB"`, `"gb"`), want: 422, code: invalid, at: []string{"/shipping_address/country"}},
		{name: "country of three letters", do: orders, body: swap(`"GB"`, `"GBR"`), want: 422, code: invalid, at: []string{"/shipping_address/country"}},
		{name: "bad mail", do: orders, body: swap("ada@example.com", "ada"), want: 422, code: invalid, at: []string{"/customer/email"}},
		{name: "mail without a domain", do: orders, body: swap("ada@example.com", "ada@"), want: 422, code: invalid, at: []string{"/customer/email"}},
		{name: "mail with a line break", do: orders, body: swap("ada@example.com", `ada@example.com\r\nBcc: x@y.z`), want: 422, code: invalid, at: []string{"/customer/email"}},
		{name: "phone instead of mail", do: orders, body: swap(`"email":"ada@example.com"`, `"phone":"+44 20 7946 0000"`), want: 201},
		{name: "neither", do: orders, body: swap(`"email":"ada@example.com",`, ``), want: 422, code: invalid, at: []string{"/customer/email"}},
		{name: "long name", do: orders, body: swap("Ada", long), want: 422, code: invalid, at: []string{"/customer/name"}},
		{name: "200 characters of two bytes", do: orders, body: swap("Ada", strings.Repeat("é", 200)), want: 201},
		{name: "long city", do: orders, body: swap("York", long), want: 422, code: invalid, at: []string{"/shipping_address/city"}},
		{name: "long token", do: orders, body: orderBody("A", 1, "sandbox", strings.Repeat("x", 501)), want: 422, code: invalid, at: []string{"/payment/token"}},
		{name: "1001 lines", do: orders, body: manyLines, want: 422, code: invalid, at: []string{"/lines"}},
		{name: "no lines", do: orders, body: swap(`[{"sku":"A","quantity":1}]`, `[]`), want: 422, code: invalid, at: []string{"/lines"}},
		{name: "unknown SKU", do: orders, body: swap(`"A"`, `"Z"`), want: 422, code: invalid, at: []string{"/lines/0/sku"}},
		{name: "unknown channel", do: orders, body: swap(`"web"`, `"nowhere"`), want: 422, code: invalid, at: []string{"/channel"}},
		{name: "unknown provider", do: orders, body: swap(`"manual"`, `"gold"`), want: 422, code: invalid, at: []string{"/payment/provider"}},
		{name: "unknown shipping method", do: orders, body: with(plainOrder, `"shipping_method":"rocket"`), want: 422, code: invalid, at: []string{"/shipping_method"}},
		{name: "shipping twice", do: orders, body: with(plainOrder, `"shipping_method":"s","shipping":{"method":"s","amount":{"amount":1,"currency":"GBP"}}`), want: 422, code: invalid, at: []string{"/shipping_method"}},
		{name: "two currencies", do: orders, body: swap(`{"sku":"A","quantity":1}`, `{"sku":"A","quantity":1},{"sku":"E","quantity":1}`), want: 422, code: invalid, at: []string{"/lines/1/sku"}},
		{name: "price below nothing", do: orders, body: swap(`"quantity":1`, `"quantity":1,"unit_price":{"amount":-1,"currency":"GBP"}`), want: 422, code: invalid, at: []string{"/lines/0/unit_price/amount"}},
		{name: "price over the limit", do: orders, body: swap(`"quantity":1`, `"quantity":1,"unit_price":{"amount":9000000000001,"currency":"GBP"}`), want: 422, code: invalid, at: []string{"/lines/0/unit_price/amount"}},
		{name: "price times quantity over the limit", do: orders, body: swap(`"quantity":1`, `"quantity":2,"unit_price":{"amount":9000000000000,"currency":"GBP"}`), want: 422, code: invalid, at: []string{"/lines/0"}},
		{
			name: "sum over the limit", do: orders, want: 422, code: "amount_too_large",
			body: swap(`{"sku":"A","quantity":1}`, strings.TrimSuffix(strings.Repeat(`{"sku":"A","quantity":1,"unit_price":{"amount":9000000000000,"currency":"GBP"}},`, 2), ",")),
		},
		{name: "currency that is none", do: orders, body: swap(`"quantity":1`, `"quantity":1,"unit_price":{"amount":1,"currency":"XYZ"}`), want: 422, code: invalid, at: []string{"/lines/0/unit_price/currency"}},
		{name: "discount over the total", do: orders, body: with(plainOrder, `"discounts":[{"code":"X","amount":{"amount":251,"currency":"GBP"}}]`), want: 422, code: invalid, at: []string{"/discounts/0/amount"}},
		{name: "discount of a line that is not there", do: orders, body: with(plainOrder, `"discounts":[{"code":"X","line":"2","amount":{"amount":1,"currency":"GBP"}}]`), want: 422, code: invalid, at: []string{"/discounts/0/line"}},
		{name: "too much", do: orders, body: swap(`"quantity":1`, `"quantity":5000`), want: 409, code: "insufficient_stock", at: []string{"/lines/0/quantity"}, has: `"sku":"A"`},
	}
	each(t, func(t *testing.T, f *fixture) { f.run(t, rows) })
}

func TestHostileReferenceData(t *testing.T) {
	long := strings.Repeat("x", 201)
	price := `"price":{"amount":1,"currency":"GBP"}`
	rows := []scenario{
		{name: "PUT needs no key", do: "PUT /v1/products/P", body: `{"name":"P",` + price + `}`, want: 201},
		{name: "PUT again", do: "PUT /v1/products/P", body: `{"name":"P",` + price + `}`, want: 200},
		{name: "stale If-Match", do: "PUT /v1/products/P", header: []string{"If-Match", `"1"`}, body: `{"name":"P",` + price + `}`, want: 409, code: "version_mismatch", has: `"current_version":2`},
		{name: "right If-Match", do: "PUT /v1/products/P", header: []string{"If-Match", `"2"`}, body: `{"name":"P",` + price + `}`, want: 200, has: `"version":3`},
		{name: "weak If-Match", do: "PUT /v1/products/P", header: []string{"If-Match", `W/"3"`}, body: `{"name":"P",` + price + `}`, want: 400, code: "invalid_if_match"},
		{name: "any version", do: "PUT /v1/products/P", header: []string{"If-Match", `*`}, body: `{"name":"P",` + price + `}`, want: 200},
		{name: "SKU with a slash", do: "PUT /v1/products/a%2Fb", body: `{"name":"P",` + price + `}`, want: 201, has: `"sku":"a/b"`},
		{name: "read it", do: "GET /v1/products/a%2Fb", want: 200},
		{name: "SKU in other letters", do: "PUT /v1/products/%C3%BCber", body: `{"name":"P",` + price + `}`, want: 201, has: `"sku":"über"`},
		{name: "SKU of two dots", do: "PUT /v1/products/%2E%2E", body: `{"name":"P",` + price + `}`, want: 422, code: invalid, at: []string{"/sku"}},
		{name: "SKU with a space at the end", do: "PUT /v1/products/a%20", body: `{"name":"P",` + price + `}`, want: 422, code: invalid, at: []string{"/sku"}},
		{name: "SKU with a line break", do: "PUT /v1/products/a%0Ab", body: `{"name":"P",` + price + `}`, want: 422, code: invalid, at: []string{"/sku"}},
		{name: "long SKU", do: "PUT /v1/products/" + strings.Repeat("x", 65), body: `{"name":"P",` + price + `}`, want: 422, code: invalid, at: []string{"/sku"}},
		{name: "very long SKU", do: "PUT /v1/products/" + strings.Repeat("x", 10_000), body: `{"name":"P",` + price + `}`, want: 422, code: invalid, at: []string{"/sku"}},
		{name: "long name", do: "PUT /v1/products/Q", body: `{"name":"` + long + `",` + price + `}`, want: 422, code: invalid, at: []string{"/name"}},
		{name: "nothing", do: "PUT /v1/products/Q", body: `{}`, want: 422, code: invalid, at: []string{"/name", "/price/currency"}},
		{name: "weight", do: "PUT /v1/products/Q", body: `{"name":"Q","weight_grams":-1,` + price + `}`, want: 422, code: invalid, at: []string{"/weight_grams"}},
		{name: "location type", do: "PUT /v1/locations/Q", body: `{"name":"Q","type":"ship"}`, want: 422, code: invalid, at: []string{"/type"}},
		{name: "location country", do: "PUT /v1/locations/Q", body: `{"name":"Q","type":"store","address":{"country":"ZZ"}}`, want: 422, code: invalid, at: []string{"/address/country"}},
		{name: "location priority", do: "PUT /v1/locations/Q", body: `{"name":"Q","type":"store","priority":-1}`, want: 422, code: invalid, at: []string{"/priority"}},
		{name: "channel with unknown location", do: "PUT /v1/channels/q", body: `{"name":"Q","locations":["L1","nowhere"]}`, want: 422, code: invalid, at: []string{"/locations/1"}},
		{name: "channel with two rates", do: "PUT /v1/channels/q", body: `{"name":"Q","tax_rates":[{"name":"a","country":"GB","rate":"0.2"},{"name":"a","country":"GB","rate":"0.1"}]}`, want: 422, code: invalid, at: []string{"/tax_rates/1"}},
		{name: "rate over one", do: "PUT /v1/channels/q", body: `{"name":"Q","tax_rates":[{"name":"a","country":"GB","rate":"20"}]}`, want: 422, code: invalid, at: []string{"/tax_rates/0/rate"}},
		{name: "shipping without a price", do: "PUT /v1/channels/q", body: `{"name":"Q","shipping_methods":[{"code":"s","name":"S"}]}`, want: 422, code: invalid, at: []string{"/shipping_methods/0/price/currency"}},
		{name: "channel", do: "PUT /v1/channels/q", body: `{"name":"Q","locations":["L2"],"tax_rates":[{"name":"VAT","country":"GB","rate":"0.2"}],"shipping_methods":[{"code":"s","name":"S","price":{"amount":300,"currency":"GBP"}}]}`, want: 201},
		{name: "channel again", do: "PUT /v1/channels/q", body: `{"name":"Q"}`, want: 200, has: `"locations":[],"prices_include_tax":false,"tax_rates":[],"shipping_methods":[]`},
		{name: "location again", do: "PUT /v1/locations/L2", body: `{"name":"Two","type":"store"}`, want: 200},
		{name: "adjustment without lines", do: "POST /v1/stock/adjustments", body: `{"reason":"found","lines":[]}`, want: 422, code: invalid, at: []string{"/lines"}},
		{name: "adjustment by nothing", do: "POST /v1/stock/adjustments", body: `{"reason":"found","lines":[{"sku":"A","location":"L1","delta":0}]}`, want: 422, code: invalid, at: []string{"/lines/0/delta"}},
		{name: "adjustment of nothing", do: "POST /v1/stock/adjustments", body: `{"reason":"magic","lines":[{"sku":"Z","location":"Z","delta":1}]}`, want: 422, code: invalid, at: []string{"/reason", "/lines/0/sku", "/lines/0/location"}},
		{name: "adjustment below orders", do: "POST /v1/stock/adjustments", body: `{"reason":"lost","lines":[{"sku":"A","location":"L1","delta":-999}]}`, want: 409, code: "insufficient_stock", at: []string{"/lines/0/delta"}},
		{name: "adjustment, second line refused", do: "POST /v1/stock/adjustments", body: `{"reason":"lost","lines":[{"sku":"A","location":"L1","delta":1},{"sku":"C","location":"L1","delta":-1}]}`, want: 409, code: "insufficient_stock", at: []string{"/lines/1/delta"}},
		{
			name: "adjustment to all that there can be", do: "POST /v1/stock/adjustments", want: 201,
			body: `{"reason":"found","lines":[` + strings.TrimSuffix(strings.Repeat(`{"sku":"C","location":"L1","delta":1000000000},`, 1000), ",") + `]}`,
		},
		{name: "and one more", do: "POST /v1/stock/adjustments", body: `{"reason":"found","lines":[{"sku":"C","location":"L1","delta":1}]}`, want: 422, code: "quantity_too_large", at: []string{"/lines/0/delta"}},
		{name: "key without scopes", do: "POST /v1/keys", body: `{"name":"k","scopes":[]}`, want: 422, code: invalid, at: []string{"/scopes"}},
		{name: "key with unknown scope", do: "POST /v1/keys", body: `{"name":"k","scopes":["orders:eat"]}`, want: 422, code: invalid, at: []string{"/scopes/0"}},
		{name: "key with unknown channel", do: "POST /v1/keys", body: `{"name":"k","scopes":["orders:read"],"channels":["nowhere"]}`, want: 422, code: invalid, at: []string{"/channels/0"}},
		{name: "key with a long name", do: "POST /v1/keys", body: `{"name":"` + long + `","scopes":["orders:read"]}`, want: 422, code: invalid, at: []string{"/name"}},
		{name: "key with 200 characters of two bytes", do: "POST /v1/keys?dry_run=true", body: `{"name":"` + strings.Repeat("é", 200) + `","scopes":["orders:read"]}`, want: 200},
		{name: "very many findings", do: "POST /v1/keys", body: `{"name":"k","scopes":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 5000), ",") + `]}`, want: 422, code: invalid, has: "5000 problems"},
	}
	each(t, func(t *testing.T, f *fixture) {
		f.run(t, rows)
		if r := f.send(request{do: "POST /v1/keys", body: rows[len(rows)-1].body}); len(r.list("errors")) != maxFindings {
			t.Errorf("%d findings are listed, want %d", len(r.list("errors")), maxFindings)
		}
	})
}

func TestHead(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		for _, path := range []string{"/v1/orders", "/v1/orders/{order}", "/v1/events?wait=0", "/v1/products/A", "/healthz", "/readyz", "/openapi.json", "/docs", "/metrics"} {
			r := f.send(request{do: "HEAD " + path, header: []string{"Accept", typeStream}})
			full := f.send(request{do: "GET " + path})
			if r.status != http.StatusOK || len(r.body) != 0 || r.header.Get("Content-Type") != full.header.Get("Content-Type") || r.header.Get("ETag") != full.header.Get("ETag") {
				t.Errorf("HEAD %s: %d %v %q", path, r.status, r.header, r.body)
			}
		}
	})
}
