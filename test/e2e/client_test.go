package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// client sends requests to one process. It never tries again by itself, as net/http would for requests with an
// Idempotency-Key: the tests must see what got lost.
type client struct {
	url  string
	http *http.Client
}

func newClient(url string) *client {
	dial := (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	return &client{url, &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 64}}}
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// problem is the stable code of a problem document.
func (a answer) problem() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}

// send makes one request. Headers come in pairs; the key is sent unless they name another.
func (c *client) send(ctx context.Context, method, path string, body any, headers ...string) (answer, error) {
	raw, ok := body.(string)
	if !ok && body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		raw = string(b)
	}
	// A reader of a type that net/http does not know cannot be rewound, so nothing is sent twice.
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, io.MultiReader(bytes.NewReader([]byte(raw))))
	if err != nil {
		return answer{}, err
	}
	r.ContentLength = int64(len(raw))
	if raw == "" {
		r.Body = http.NoBody
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+key)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, got}, err
}

// do is send for requests that must be answered with one status.
func (c *client) do(t *testing.T, want int, method, path string, body any, headers ...string) answer {
	t.Helper()
	a, err := c.send(context.Background(), method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.code != want {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.code, want, a.body)
	}
	return a
}

var keys atomic.Int64

// freshKey is an Idempotency-Key that nobody used.
func freshKey() string { return fmt.Sprintf("e2e-%d-%d", time.Now().UnixNano(), keys.Add(1)) }

// object is a JSON object.
type object = map[string]any

// stock makes one location and some products with stock.
func (c *client) stock(t *testing.T, products int, quantity int64) {
	t.Helper()
	address := object{"name": "Depot", "line1": "Kai 1", "city": "Hamburg", "postal_code": "20457", "country": "DE"}
	c.do(t, 201, "PUT", "/v1/locations/HAM", object{"name": "Hamburg", "type": "warehouse", "address": address})
	var lines []object
	for i := range products {
		c.do(t, 201, "PUT", "/v1/products/"+sku(i), object{
			"name": "Mug", "price": object{"amount": 1000, "currency": "EUR"}, "weight_grams": 300, "tax_class": "standard",
		})
		lines = append(lines, object{"sku": sku(i), "location": "HAM", "delta": quantity})
	}
	c.do(t, 201, "POST", "/v1/stock/adjustments", object{"reason": "received", "lines": lines}, "Idempotency-Key", freshKey())
}

func sku(i int) string { return fmt.Sprintf("MUG-%d", i) }

// order is the body of a placement: one unit.
func order(product int, provider, token, externalID string) object {
	payment := object{"provider": provider}
	if token != "" {
		payment["token"] = token
	}
	o := object{
		"channel": "web", "customer": object{"email": "ada@example.com", "name": "Ada"},
		"shipping_address": object{"name": "Ada", "line1": "Weg 1", "city": "Berlin", "postal_code": "10115", "country": "DE"},
		"lines":            []object{{"sku": sku(product), "quantity": 1}}, "payment": payment,
	}
	if externalID != "" {
		o["external_id"] = externalID
	}
	return o
}

// view is what tests look at in an order.
type view struct {
	ID                string `json:"id"`
	Number            string `json:"number"`
	Version           int64  `json:"version"`
	Status            string `json:"status"`
	PaymentStatus     string `json:"payment_status"`
	FulfillmentStatus string `json:"fulfillment_status"`
	ExternalID        string `json:"external_id"`
}

// place places an order that must be taken.
func (c *client) place(t *testing.T, body object) view {
	t.Helper()
	var v view
	c.do(t, 201, "POST", "/v1/orders", body, "Idempotency-Key", freshKey()).decode(t, &v)
	return v
}

func (c *client) order(t *testing.T, id string) (v view) {
	t.Helper()
	c.do(t, 200, "GET", "/v1/orders/"+id, nil).decode(t, &v)
	return v
}

// list is a page of anything.
type list[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor"`
}

// orders reads all orders.
func (c *client) orders(t *testing.T) (all []view) {
	t.Helper()
	cursor := ""
	for {
		var page list[view]
		c.do(t, 200, "GET", "/v1/orders?limit=1000"+cursor, nil).decode(t, &page)
		all = append(all, page.Data...)
		if page.NextCursor == "" {
			return all
		}
		cursor = "&cursor=" + page.NextCursor
	}
}

// position is a row of stock.
type position struct {
	SKU       string `json:"sku"`
	Location  string `json:"location"`
	OnHand    int64  `json:"on_hand"`
	Allocated int64  `json:"allocated"`
	Reserved  int64  `json:"reserved"`
	Available int64  `json:"available"`
}

func (c *client) positions(t *testing.T, sku string) []position {
	t.Helper()
	var page list[position]
	c.do(t, 200, "GET", "/v1/stock?sku="+sku, nil).decode(t, &page)
	return page.Data
}
