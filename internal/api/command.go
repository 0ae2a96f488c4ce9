package api

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// A command is an example to paste into a shell: it asks for the ids that it needs, with nothing but curl and grep.

// lookup finds an id that an example needs and puts it into a shell variable.
type lookup struct {
	name   string // of the variable
	path   string // where it stands in the answer; "" when post is set
	prefix string
	post   string // the operation whose example makes it
	put    string // the path of something that must be there, and what it is; nothing is looked up then
	in     any    // its body, and that of post where it is not that of the example
	last   bool   // of several take the last
}

func (l lookup) body() any {
	if l.in != nil {
		return l.in
	}
	return examples[l.post].in
}

// idSlot is what stands in a path after the name of a collection, or an id in a body: its prefix, the word for people, and
// the shell variable that examples keep it in.
type idSlot struct{ prefix, what, variable string }

// idSlots are the collections whose members are named by ids. Codes and SKUs name the others.
var idSlots = map[string]idSlot{
	"orders": {"ord", "order", "ORDER"}, "payments": {"pay", "payment", "PAYMENT"}, "fulfillments": {"ful", "fulfillment order", "FULFILLMENT"},
	"keys": {"key", "API key", "KEY"}, "invoices": {"inv", "invoice", "INVOICE"}, "labels": {"lbl", "label", "LABEL"},
	"holds": {"hld", "hold", "HOLD"},
}

// slotID finds what the slot of a path stands for; not ok for a code.
func slotID(path, name string) (idSlot, bool) {
	parts := strings.Split(path, "/")
	i := slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, "{"+name+"}") }) // it may end in .pdf
	s, ok := idSlots[parts[i-1]]
	return s, ok
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

// slotValues are the codes in paths of examples, by the name of the slot.
var slotValues = map[string]string{"sku": "MUG", "code": "HULL", "location": "HULL"}

// slotCodes are the codes in paths of examples, by the collection that they are in.
var slotCodes = map[string]string{"channels": "market", "rules": "incomplete_address", "fields": "gift_wrap"}

// exampleQueries are the query strings of examples, by operation.
var exampleQueries = map[string]string{"listOrders": "status=open&limit=2", "listStock": "sku=MUG", "listEvents": "after=0&limit=2"}

// command renders the example of an operation.
func command(r *route) string {
	var b strings.Builder
	for _, l := range lookups[r.op] {
		if l.put != "" {
			b.WriteString(curl(http.MethodPut, l.put, pretty(l.in)) + "\n")
			continue
		}
		call := curl("GET", l.path, "")
		if l.post != "" {
			for i := range routes {
				if routes[i].op == l.post {
					call = strings.ReplaceAll(curl(routes[i].method, examplePath(&routes[i]), pretty(l.body())), "\n", "\n  ")
				}
			}
		}
		which := "head"
		if l.last {
			which = "tail"
		}
		fmt.Fprintf(&b, "%s=$(%s |\n  grep -o '%s_[0-9a-z]*' | %s -1)\n", l.name, call, l.prefix, which)
	}
	call := curl(r.method, examplePath(r), pretty(examples[r.op].in))
	if r.open {
		call = strings.Replace(strings.Replace(call, " \\\n  -H \"Authorization: Bearer $ORDO_KEY\"", "", 1), " \\\n  -H \"Idempotency-Key: example-$(date +%s)-$RANDOM\"", "", 1)
	}
	b.WriteString(call)
	if r.file != "" {
		b.WriteString(" \\\n  -o " + r.op + ext(r.path))
	}
	return b.String()
}

func examplePath(r *route) string {
	path := r.path
	for _, name := range r.slots() {
		value := slotValues[name]
		if code := slotCodes[strings.Split(r.path, "/")[2]]; code != "" {
			value = code
		}
		if strings.Contains(r.path, "/carriers/{code}") {
			value = "dock"
		}
		if s, ok := slotID(r.path, name); ok {
			value = "$" + s.variable
		}
		path = strings.Replace(path, "{"+name+"}", value, 1)
	}
	if q := exampleQueries[r.op]; q != "" {
		path += "?" + q
	}
	return path
}

// inBody finds shell variables that stand for ids in bodies.
var inBody = regexp.MustCompile(`"(\$[A-Z]+)"`)

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
		body = inBody.ReplaceAllString(body, `"'$1'"`) // the shell puts the value between two quoted parts
		b.WriteString(" \\\n  -d '" + strings.ReplaceAll(body, "\n", "\n  ") + "'")
	}
	return b.String()
}
