package api

import (
	"fmt"
	"net/http"
	"strings"
)

// A command is an example to paste into a shell: it asks for the ids that it needs, with nothing but curl and grep.

// lookup finds an id that an example needs and puts it into a shell variable.
type lookup struct {
	name   string // of the variable
	path   string // where it stands in the answer; "" when post is set
	prefix string
	post   string // the operation whose example makes it
}

var (
	aOrder       = lookup{name: "ORDER", path: "/v1/orders?customer=grace@example.com&limit=1", prefix: "ord"}
	aFreshOrder  = lookup{name: "ORDER", prefix: "ord", post: "placeOrder"} // so that the others still find theirs open
	aPayment     = lookup{name: "PAYMENT", path: "/v1/orders/$ORDER", prefix: "pay"}
	aFulfillment = lookup{name: "FULFILLMENT", path: "/v1/orders/$ORDER", prefix: "ful"}
	aKey         = lookup{name: "KEY", prefix: "key", post: "createKey"}
)

// lookups are what the examples need beforehand, by operation.
var lookups = map[string][]lookup{
	"getOrder": {aOrder}, "cancelOrder": {aFreshOrder}, "getOrderTimeline": {aOrder}, "recordReceipt": {aOrder, aPayment}, "getFulfillment": {aOrder, aFulfillment},
	"releaseFulfillment": {aOrder, aFulfillment}, "shipFulfillment": {aOrder, aFulfillment}, "deliverFulfillment": {aOrder, aFulfillment}, "revokeKey": {aKey},
}

// slotValues are what stands in paths of examples.
var slotValues = map[string]string{
	"/v1/products/{sku}": "MUG", "/v1/locations/{code}": "HULL", "/v1/channels/{code}": "market",
}

// command renders the example of an operation.
func command(r *route) string {
	var b strings.Builder
	for _, l := range lookups[r.op] {
		call := curl("GET", l.path, "")
		if l.post != "" {
			for i := range routes {
				if routes[i].op == l.post {
					call = strings.ReplaceAll(curl(routes[i].method, routes[i].path, pretty(examples[l.post].in)), "\n", "\n  ")
				}
			}
		}
		fmt.Fprintf(&b, "%s=$(%s |\n  grep -o '%s_[0-9a-z]*' | head -1)\n", l.name, call, l.prefix)
	}
	b.WriteString(curl(r.method, examplePath(r), pretty(examples[r.op].in)))
	return b.String()
}

func examplePath(r *route) string {
	path := r.path
	for _, name := range r.slots() {
		value := slotValues[r.path]
		switch {
		case name == "payment":
			value = "$PAYMENT"
		case name == "id":
			value = "$" + map[string]string{"orders": "ORDER", "fulfillments": "FULFILLMENT", "keys": "KEY"}[strings.Split(path, "/")[2]]
		}
		path = strings.Replace(path, "{"+name+"}", value, 1)
	}
	switch r.op {
	case "listOrders":
		path += "?status=open&limit=2"
	case "listStock":
		path += "?sku=MUG"
	case "listEvents":
		path += "?after=0&limit=2"
	}
	return path
}

func curl(method, path, body string) string {
	var b strings.Builder
	b.WriteString("curl -s ")
	if method != http.MethodGet {
		b.WriteString("-X " + method + " ")
	}
	b.WriteString(`"` + baseMark + path + `"`)
	header := func(s string) { b.WriteString(" \\\n  -H " + s) }
	header(`"Authorization: Bearer $ORDO_KEY"`)
	if method == http.MethodPost {
		header(`"Idempotency-Key: example-$(date +%s)-$RANDOM"`)
	}
	if body != "" {
		header(`"Content-Type: application/json"`)
		b.WriteString(" \\\n  -d '" + strings.ReplaceAll(body, "\n", "\n  ") + "'")
	}
	return b.String()
}
