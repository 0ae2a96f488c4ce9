package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestHostilePathsAndQueries(t *testing.T) {
	const cancel = `{"reason":"customer"}`
	rows := []scenario{
		{name: "nothing there", do: "GET /v2/orders", want: 404, code: "no_such_path"},
		{name: "root", do: "DELETE /", want: 404, code: "no_such_path"},
		{name: "slash at the end", do: "GET /v1/orders/", want: 404, code: "no_such_path"},
		{name: "two slashes", do: "GET /v1//orders", want: 404, code: "no_such_path"},
		{name: "two slashes first", do: "GET //v1/orders", want: 404, code: "no_such_path"},
		{name: "dots", do: "GET /v1/products/../orders", want: 404, code: "no_such_path"},
		{name: "dots, escaped", do: "GET /v1/products/%2e%2e", want: 404, code: "not_found"},
		{name: "U+0000 in a path", do: "GET /v1/products/a%00b", want: 404, code: "no_such_path"},
		{name: "invalid UTF-8 in a path", do: "GET /v1/products/%ff", want: 404, code: "no_such_path"},
		{name: "U+0000 in a written path", do: "PUT /v1/products/a%00b", body: `{"name":"x","price":{"amount":1,"currency":"GBP"}}`, want: 404, code: "no_such_path"},
		{name: "invalid UTF-8 nowhere", do: "GET /%ff%fe", want: 404, code: "no_such_path"},
		{name: "long path", do: "GET /v1/orders/" + strings.Repeat("x", 50_000), want: 404, code: "not_found"},
		{name: "long path nowhere", do: "GET /" + strings.Repeat("x/", 20_000) + "x", want: 404, code: "no_such_path"},
		{name: "unknown order", do: "GET /v1/orders/ord_{unknown}", want: 404, code: "not_found"},
		{name: "malformed order", do: "GET /v1/orders/1", want: 404, code: "not_found"},
		{name: "order in capitals", do: "GET /v1/orders/ord_01KAS8RZ0HEFGTQ4TY8F7ZM6D7", want: 404, code: "not_found"},
		{name: "id of something else", do: "GET /v1/orders/{fulfillment}", want: 404, code: "not_found"},
		{name: "SQL", do: "GET /v1/orders/ord_'%20OR%201=1--", want: 404, code: "not_found"},
		{name: "timeline of an unknown order", do: "GET /v1/orders/ord_{unknown}/timeline", want: 404, code: "not_found"},
		{name: "cancel an unknown order", do: "POST /v1/orders/ord_{unknown}/cancel", body: cancel, want: 404, code: "not_found"},
		{name: "cancel a malformed order", do: "POST /v1/orders/x/cancel", body: cancel, want: 404, code: "not_found"},
		{name: "receipt of an unknown order", do: "POST /v1/orders/ord_{unknown}/payments/{payment}/receipts", body: `{"amount":{"amount":1,"currency":"GBP"}}`, want: 404, code: "not_found"},
		{name: "receipt of an unknown payment", do: "POST /v1/orders/{order}/payments/x/receipts", body: `{"amount":{"amount":1,"currency":"GBP"}}`, want: 404, code: "not_found"},
		{name: "unknown fulfillment", do: "GET /v1/fulfillments/ful_{unknown}", want: 404, code: "not_found"},
		{name: "malformed fulfillment", do: "GET /v1/fulfillments/x", want: 404, code: "not_found"},
		{name: "release an unknown fulfillment", do: "POST /v1/fulfillments/ful_{unknown}/release", want: 404, code: "not_found"},
		{name: "try to release an unknown fulfillment", do: "POST /v1/fulfillments/ful_{unknown}/release?dry_run=true", want: 404, code: "not_found"},
		{name: "unknown product", do: "GET /v1/products/Z", want: 404, code: "not_found"},
		{name: "unknown location", do: "GET /v1/locations/Z", want: 404, code: "not_found"},
		{name: "unknown channel", do: "GET /v1/channels/Z", want: 404, code: "not_found"},
		{name: "unknown key", do: "DELETE /v1/keys/key_{unknown}", want: 404, code: "not_found"},
		{name: "malformed key", do: "DELETE /v1/keys/x", want: 404, code: "not_found"},
		{name: "method", do: "PATCH /v1/orders/{order}", want: 405, code: "method_not_allowed"},
		{name: "method of a list", do: "DELETE /v1/orders", want: 405, code: "method_not_allowed"},
		{name: "method of a page", do: "POST /healthz", want: 405, code: "method_not_allowed"},
		{name: "options", do: "OPTIONS /v1/orders", want: 405, code: "method_not_allowed"},
		{name: "method that is none", do: "EAT /v1/orders", want: 405, code: "method_not_allowed"},
		{name: "misspelled filter", do: "GET /v1/orders?statu=open", want: 400, code: "unknown_parameter", has: "status, payment_status"},
		{name: "filter of another list", do: "GET /v1/products?status=open", want: 400, code: "unknown_parameter"},
		{name: "parameter of none", do: "GET /v1/orders/{order}?x=1", want: 400, code: "unknown_parameter"},
		{name: "dry run of what has none", do: "POST /v1/jobs/x/retry?dry_run=true", want: 400, code: "unknown_parameter", has: "this operation takes no query parameters"},
		{name: "status that is none", do: "GET /v1/orders?status=opened", want: 400, code: badParam},
		{name: "payment status that is none", do: "GET /v1/orders?payment_status=x", want: 400, code: badParam},
		{name: "fulfillment status that is none", do: "GET /v1/orders?fulfillment_status=x", want: 400, code: badParam},
		{name: "fulfillments status that is none", do: "GET /v1/fulfillments?status=x", want: 400, code: badParam},
		{name: "fulfillments stage that is none", do: "GET /v1/fulfillments?stage=x", want: 400, code: badParam},
		{name: "filter twice", do: "GET /v1/orders?status=open&status=canceled", want: 400, code: badParam},
		{name: "broken escape", do: "GET /v1/orders?status=%zz", want: 400, code: badParam},
		{name: "semicolon", do: "GET /v1/orders?status=open;x", want: 400, code: badParam},
		{name: "U+0000 in a query", do: "GET /v1/orders?q=a%00", want: 400, code: badParam},
		{name: "invalid UTF-8 in a query", do: "GET /v1/orders?customer=%ff", want: 400, code: badParam},
		{name: "invalid UTF-8 in the name of a parameter", do: "GET /v1/orders?%ff%00=1", want: 400, code: "unknown_parameter"},
		{name: "long search", do: "GET /v1/orders?q=" + strings.Repeat("x", 50_000), want: 200, has: `{"data":[]}`},
		{name: "wildcards", do: "GET /v1/orders?q=%25", want: 200, has: `{"data":[]}`},
		{name: "SQL in a filter", do: "GET /v1/orders?channel='%20OR%201=1--", want: 200, has: `{"data":[]}`},
		{name: "limit 0", do: "GET /v1/orders?limit=0", want: 400, code: badParam},
		{name: "limit below 0", do: "GET /v1/orders?limit=-1", want: 400, code: badParam},
		{name: "limit far below 0", do: "GET /v1/orders?limit=-99999999999999999999", want: 400, code: badParam},
		{name: "limit that is none", do: "GET /v1/orders?limit=ten", want: 400, code: badParam},
		{name: "limit with a fraction", do: "GET /v1/orders?limit=1.5", want: 400, code: badParam},
		{name: "limit is clamped", do: "GET /v1/orders?limit=99999999999999999999", want: 200},
		{name: "no limit", do: "GET /v1/orders?limit=", want: 200},
		{name: "cursor of orders", do: "GET /v1/orders?cursor=x", want: 400, code: "invalid_cursor"},
		{name: "cursor of fulfillments", do: "GET /v1/fulfillments?cursor={order}", want: 400, code: "invalid_cursor"},
		{name: "cursor of stock", do: "GET /v1/stock?cursor=x!", want: 400, code: "invalid_cursor"},
		{name: "cursor of stock without a place", do: "GET /v1/stock?cursor=QQ", want: 400, code: "invalid_cursor"},
		{name: "cursor of stock with U+0000", do: "GET /v1/stock?cursor=AB8A", want: 400, code: "invalid_cursor"},
		{name: "cursor of stock with invalid UTF-8", do: "GET /v1/stock?cursor=_x9B", want: 400, code: "invalid_cursor"},
		{name: "cursor of a timeline", do: "GET /v1/orders/{order}/timeline?cursor=x", want: 400, code: "invalid_cursor"},
		{name: "cursor of a timeline below 0", do: "GET /v1/orders/{order}/timeline?cursor=-1", want: 400, code: "invalid_cursor"},
		{name: "after below 0", do: "GET /v1/events?after=-1", want: 400, code: badParam},
		{name: "after over everything", do: "GET /v1/events?after=99999999999999999999", want: 400, code: badParam},
		{name: "wait too long", do: "GET /v1/events?wait=61", want: 400, code: badParam},
		{name: "broken Last-Event-ID", do: "GET /v1/events", header: []string{"Accept", typeStream, "Last-Event-ID", "x"}, want: 400, code: badParam},
		{name: "dry run that is none", do: "POST /v1/orders?dry_run=yes", body: plainOrder, want: 400, code: badParam},
		{name: "dry run of what has none", do: "PUT /v1/roles/a?dry_run=true", body: `{}`, want: 400, code: "unknown_parameter"},
		{name: "cancel with a stale If-Match", do: "POST /v1/orders/{order}/cancel", header: []string{"If-Match", `"7"`}, body: cancel, want: 409, code: "version_mismatch", has: `"current_version":1`},
		{name: "cancel with a broken If-Match", do: "POST /v1/orders/{order}/cancel", header: []string{"If-Match", `"x"`}, body: cancel, want: 400, code: "invalid_if_match"},
		{name: "make only", do: "PUT /v1/products/A", header: []string{"If-None-Match", "*"}, body: `{"name":"A","price":{"amount":1,"currency":"GBP"}}`, want: 400, code: "unsupported_condition"},
		{name: "cancel unless changed since", do: "POST /v1/orders/{order}/cancel", header: []string{"If-Unmodified-Since", "Sun, 22 Nov 2026 22:00:00 GMT"}, body: cancel, want: 400, code: "unsupported_condition"},
		{name: "place with a version", do: "POST /v1/orders", header: []string{"If-Match", `"1"`}, body: plainOrder, want: 400, code: "unsupported_condition"},
		{name: "release with a stale If-Match", do: "POST /v1/fulfillments/{fulfillment}/release", header: []string{"If-Match", `"7"`}, want: 409, code: "version_mismatch"},
		{name: "receipt with a stale If-Match", do: "POST /v1/orders/{order}/payments/{payment}/receipts", header: []string{"If-Match", `"7"`}, body: `{"amount":{"amount":1,"currency":"GBP"}}`, want: 409, code: "version_mismatch"},
		{name: "cancel twice", do: "POST /v1/orders/{canceled}/cancel", body: cancel, want: 409, code: "illegal_transition", has: `"allowed":[],"state":"canceled"`},
		{name: "cancel for no reason", do: "POST /v1/orders/{order}/cancel", body: `{"reason":"mood"}`, want: 422, code: invalid, at: []string{"/reason"}},
		{name: "cancel without a reason", do: "POST /v1/orders/{order}/cancel", body: `{"reason":null}`, want: 422, code: invalid, at: []string{"/reason"}},
		{name: "release what is canceled", do: "POST /v1/fulfillments/{canceled_fulfillment}/release", want: 409, code: "illegal_transition", has: `"allowed":[],"state":"canceled"`},
		{name: "ship what is planned", do: "POST /v1/fulfillments/{fulfillment}/ship", body: `{"tracking_number":"1"}`, want: 409, code: "illegal_transition", has: `"allowed":["cancel-request","hold","release","schedule"],"state":"planned"`},
		{name: "deliver what is planned", do: "POST /v1/fulfillments/{fulfillment}/deliver", want: 409, code: "illegal_transition", has: `"allowed":["cancel-request","hold","release","schedule"]`},
		{name: "ship without a number", do: "POST /v1/fulfillments/{fulfillment}/ship", body: `{}`, want: 422, code: invalid, at: []string{"/tracking_number"}},
		{name: "ship with a long number", do: "POST /v1/fulfillments/{fulfillment}/ship", body: `{"tracking_number":"` + strings.Repeat("x", 101) + `","carrier":"` + strings.Repeat("x", 101) + `"}`, want: 422, code: invalid, at: []string{"/tracking_number", "/carrier"}},
		{name: "receipt of nothing", do: "POST /v1/orders/{order}/payments/{payment}/receipts", body: `{"amount":{"amount":0,"currency":"EUR"},"reference":"` + strings.Repeat("x", 201) + `"}`, want: 422, code: invalid, at: []string{"/amount/amount", "/amount/currency", "/reference"}},
		{name: "receipt of too much", do: "POST /v1/orders/{order}/payments/{payment}/receipts", body: `{"amount":{"amount":501,"currency":"GBP"}}`, want: 409, code: "payment_limit", has: `"available":500,"requested":501`},
		{name: "receipt of far too much", do: "POST /v1/orders/{order}/payments/{payment}/receipts", body: `{"amount":{"amount":9000000000001,"currency":"GBP"}}`, want: 422, code: "amount_too_large"},
	}
	each(t, func(t *testing.T, f *fixture) {
		f.run(t, rows)
		if allow := f.send(request{do: "DELETE /v1/orders"}).header.Get("Allow"); allow != "GET, HEAD, POST" {
			t.Errorf("Allow: %s", allow)
		}
		if allow := f.send(request{do: "POST /docs"}).header.Get("Allow"); allow != "GET, HEAD" {
			t.Errorf("Allow: %s", allow)
		}
	})
}

func TestAccess(t *testing.T) {
	const cancel = `{"reason":"customer"}`
	rows := []scenario{
		{name: "bad key", do: "GET /v1/orders", key: "ordo_sk_nobody", want: 401, code: "unauthenticated"},
		{name: "revoked key", do: "GET /v1/orders", key: "{revoked}", want: 401, code: "unauthenticated"},
		{name: "basic", do: "GET /v1/orders", key: "-", header: []string{"Authorization", "Basic b3duZXI6"}, want: 401, code: "unauthenticated"},
		{name: "key without Bearer", do: "GET /v1/orders", key: "-", header: []string{"Authorization", owner}, want: 401, code: "unauthenticated"},
		{name: "empty key", do: "GET /v1/orders", key: "-", header: []string{"Authorization", "Bearer "}, want: 401, code: "unauthenticated"},
		{name: "long key", do: "GET /v1/orders", key: strings.Repeat("x", 50_000), want: 401, code: "unauthenticated"},
		{name: "other header", do: "GET /v1/orders", key: "-", header: []string{"X-Api-Key", owner}, want: 200},
		{name: "small letters", do: "GET /v1/orders", key: "-", header: []string{"Authorization", "bearer " + owner}, want: 200},
		{name: "no scope to write", do: "POST /v1/orders", key: "{reader}", body: plainOrder, want: 403, code: "missing_scope", has: `"scope":"orders:write"`},
		{name: "no scope, broken body", do: "POST /v1/orders", key: "{reader}", body: "{", want: 403, code: "missing_scope"},
		{name: "no scope to adjust", do: "POST /v1/stock/adjustments", key: "{reader}", body: `{}`, want: 403, code: "missing_scope"},
		{name: "no scope for events", do: "GET /v1/events", key: "{reader}", want: 403, code: "missing_scope"},
		{name: "no scope for keys", do: "POST /v1/keys", key: "{writer}", body: `{"name":"x","scopes":["*"]}`, want: 403, code: "missing_scope"},
		{name: "writes", do: "POST /v1/orders", key: "{writer}", body: plainOrder, want: 201},
		{name: "no scope for prices", do: "POST /v1/orders", key: "{writer}", body: swap(`"quantity":1`, `"quantity":1,"unit_price":{"amount":1,"currency":"GBP"}`), want: 403, code: "missing_scope", has: `"scope":"orders:price"`},
		{name: "no scope for no taxes", do: "POST /v1/orders", key: "{writer}", body: swap(`"quantity":1`, `"quantity":1,"tax_lines":[]`), want: 403, code: "missing_scope"},
		{name: "no scope for discounts", do: "POST /v1/orders", key: "{writer}", body: with(plainOrder, `"discounts":[{"code":"X","amount":{"amount":1,"currency":"GBP"}}]`), want: 403, code: "missing_scope"},
		{name: "no scope for shipping", do: "POST /v1/orders", key: "{writer}", body: with(plainOrder, `"shipping":{"amount":{"amount":1,"currency":"GBP"}}`), want: 403, code: "missing_scope"},
		{name: "own channel", do: "POST /v1/orders", key: "{webonly}", body: plainOrder, want: 201},
		{name: "other channel", do: "POST /v1/orders", key: "{webonly}", body: swap(`"web"`, `"phone"`), want: 403, code: "channel_forbidden"},
		{name: "other channel, tried", do: "POST /v1/orders?dry_run=true", key: "{webonly}", body: swap(`"web"`, `"phone"`), want: 403, code: "channel_forbidden"},
		{name: "read an order of the own channel", do: "GET /v1/orders/{order}", key: "{webonly}", want: 200},
		{name: "read an order of another channel", do: "GET /v1/orders/{phone}", key: "{webonly}", want: 404, code: "not_found"},
		{name: "its timeline", do: "GET /v1/orders/{phone}/timeline", key: "{webonly}", want: 404, code: "not_found"},
		{name: "cancel it", do: "POST /v1/orders/{phone}/cancel", key: "{webonly}", body: cancel, want: 404, code: "not_found"},
		{name: "its fulfillment", do: "GET /v1/fulfillments/{phone_fulfillment}", key: "{webonly}", want: 404, code: "not_found"},
		{name: "release its fulfillment", do: "POST /v1/fulfillments/{phone_fulfillment}/release", key: "{webonly}", want: 404, code: "not_found"},
		{name: "own fulfillment", do: "GET /v1/fulfillments/{fulfillment}", key: "{webonly}", want: 200},
		{name: "all fulfillments", do: "GET /v1/fulfillments", key: "{webonly}", want: 403, code: "all_channels_required"},
		{name: "all events", do: "GET /v1/events", key: "{webonly}", want: 403, code: "all_channels_required"},
		{name: "all keys", do: "GET /v1/keys", key: "{webonly}", want: 403, code: "all_channels_required"},
		{name: "revoke a key", do: "DELETE /v1/keys/{last_key}", key: "{webonly}", want: 403, code: "all_channels_required"},
		{name: "change another channel", do: "PUT /v1/channels/phone", key: "{webonly}", body: `{"name":"Mine"}`, want: 403, code: "channel_forbidden"},
		{name: "change the own channel", do: "PUT /v1/channels/web", key: "{webonly}", body: `{"name":"Web shop"}`, want: 200},
		{name: "search does not see it either", do: "GET /v1/orders?q={phone}", key: "{webonly}", want: 200, has: `{"data":[]}`},
		{name: "nor does the filter", do: "GET /v1/orders?channel=phone", key: "{webonly}", want: 200, has: `{"data":[]}`},
		{name: "key for another channel", do: "POST /v1/keys", key: "{webonly}", body: `{"name":"x","scopes":["*"],"channels":["phone"]}`, want: 403, code: "channel_forbidden"},
		{name: "key without a channel gets the own one", do: "POST /v1/keys", key: "{webonly}", body: `{"name":"x","scopes":["*"]}`, want: 201, has: `"channels":["web"]`},
	}
	each(t, func(t *testing.T, f *fixture) {
		for i := range routes {
			path := routes[i].path
			if routes[i].open {
				continue
			}
			for _, name := range routes[i].slots() {
				path = strings.Replace(path, "{"+name+"}", "x", 1)
			}
			r := f.send(request{do: routes[i].method + " " + path, key: "-"}).refused(401, "unauthenticated")
			if r.header.Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
		}
		f.run(t, rows)
		r := f.send(request{do: "GET /v1/orders?limit=1000", key: "{webonly}"}).want(200)
		for i := range r.list("data") {
			if got := r.str(fmt.Sprintf("data.%d.channel", i)); got != "web" {
				t.Errorf("a key for web sees an order of %s", got)
			}
		}
		if log := f.log.String(); !strings.Contains(log, "access refused") || strings.Contains(log, "ordo_sk_nobody") || strings.Contains(log, owner) {
			t.Error("refused access is not in the log, or a secret is")
		}
	})
}

// exchange writes raw bytes to the server and reads its first answer.
func (f *fixture) exchange(raw string, cut bool) (*http.Response, string, error) {
	f.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, raw); err != nil {
		f.t.Fatal(err)
	}
	if cut {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func TestHostileWire(t *testing.T) {
	const start = "POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + owner + "\r\nContent-Type: application/json\r\nIdempotency-Key: wire\r\n"
	rows := []struct {
		name, raw string
		cut       bool
		want      int
		has       string
	}{
		{"body cut off", start + "Content-Length: 500\r\n\r\n" + plainOrder[:100], true, 400, "malformed_body"},
		{"chunks cut off", start + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":", true, 400, "malformed_body"},
		{"broken chunk", start + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", true, 400, "malformed_body"},
		{"endless chunks", start + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat(" ", 1<<16)+"\r\n", 17), false, 413, "too_large"},
		{"announced too large", start + "Content-Length: 99999999999\r\n\r\n" + strings.Repeat(" ", 1<<20+1), false, 413, "too_large"},
		{"two lengths", start + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", false, 400, ""},
		{"length and chunks", start + "Content-Length: 2\r\nTransfer-Encoding: gzip\r\n\r\n{}", false, 501, ""},
		{"request id with a line break", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\n b\r\n\r\n", false, 200, ""},
		{"request id with a tab", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\tSet-Cookie\r\n\r\n", false, 200, ""},
		{"line break in a path", "GET /v1/orders/a%0d%0aSet-Cookie:%20x=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + owner + "\r\n\r\n", false, 404, "not_found"},
		{"absolute address without a path", "GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", false, 404, "no_such_path"},
		{"connect", "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", false, 404, "no_such_path"},
		{"star", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", false, 404, "no_such_path"},
		{"host that is none", "GET /docs HTTP/1.1\r\nHost: <script>\r\n\r\n", false, 400, ""},
	}
	each(t, func(t *testing.T, f *fixture) {
		head := f.head()
		for _, row := range rows {
			res, body, err := f.exchange(row.raw, row.cut)
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
				continue
			}
			if res.StatusCode != row.want || !strings.Contains(body, row.has) {
				t.Errorf("%s: %d %s, want %d %s", row.name, res.StatusCode, body, row.want, row.has)
			}
			if row.has != "" && res.Header.Get("Content-Type") != typeProblem {
				t.Errorf("%s: the type is %s", row.name, res.Header.Get("Content-Type"))
			}
			if len(res.Cookies()) > 0 || strings.ContainsAny(res.Header.Get("X-Request-Id"), " \t") {
				t.Errorf("%s: %v", row.name, res.Header)
			}
		}
		if f.head() != head {
			t.Error("something was written")
		}
	})
}
