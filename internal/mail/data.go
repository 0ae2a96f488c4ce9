package mail

import (
	"reflect"
	"strconv"
	"strings"

	"ordo/internal/micros"
	"ordo/internal/money"
)

// Data is what templates can speak of, under the names of its JSON. What a mail is not about is null.
type Data struct {
	Language string            `json:"language"`
	Shop     Shop              `json:"shop"`
	Customer Person            `json:"customer"`
	Order    *OrderData        `json:"order"`
	Shipment *ShipmentData     `json:"shipment"` // shipped, delivered
	Promise  *PromiseData      `json:"promise"`  // delayed
	Canceled *CanceledData     `json:"canceled"`
	Refund   *RefundData       `json:"refund"`
	Return   *ReturnData       `json:"return"`
	Case     *CaseData         `json:"case"`    // of customer service
	Message  string            `json:"message"` // what a person wrote
	Links    map[string]string `json:"links"`   // pages for the customer: status and return; a link that there is not is empty
}

// Shop is who writes.
type Shop struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Person is who the mail is for.
type Person struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// OrderData is an order as customers know it.
type OrderData struct {
	Number   string      `json:"number"`
	PlacedAt micros.Time `json:"placed_at"`
	Lines    []LineData  `json:"lines"`
	Items    money.Money `json:"items"`
	Discount money.Money `json:"discount"`
	Shipping money.Money `json:"shipping"`
	Tax      money.Money `json:"tax"`
	Total    money.Money `json:"total"`
	Address  []string    `json:"address"` // of the delivery, line by line
}

// LineData is some units of an order line. Total is what they cost.
type LineData struct {
	SKU      string      `json:"sku"`
	Name     string      `json:"name"`
	Quantity int64       `json:"quantity"`
	Total    money.Money `json:"total"`
}

// ShipmentData is what has left together.
type ShipmentData struct {
	Carrier        string     `json:"carrier"`
	TrackingNumber string     `json:"tracking_number"` // of all packages, with commas
	Lines          []LineData `json:"lines"`
	Complete       bool       `json:"complete"` // nothing of the order is left to ship
}

// PromiseData is when the order is to arrive, as days: "2026-11-24".
type PromiseData struct {
	Earliest string `json:"earliest"`
	Latest   string `json:"latest"`
	Before   string `json:"before"` // the latest day that was told before
}

// CanceledData is what the customer does not get.
type CanceledData struct {
	Reason string     `json:"reason"` // a code: customer, out_of_stock, …
	Lines  []LineData `json:"lines"`
	Whole  bool       `json:"whole"` // nothing of the order is left
}

// RefundData is money that goes back.
type RefundData struct {
	Amount money.Money `json:"amount"`
}

// ReturnData is what came back.
type ReturnData struct {
	Number string     `json:"number"`
	Lines  []LineData `json:"lines"`
}

// CaseData is a question of the customer.
type CaseData struct {
	Number  string `json:"number"`
	Subject string `json:"subject"`
}

// names makes values whose parts templates find by the names of the JSON. Amounts and times stay what they are, for
// the functions that write them.
func names(v any) any { return named(reflect.ValueOf(v)) }

func named(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return named(v.Elem())
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = named(v.Index(i))
		}
		return out
	case reflect.Struct:
		if m, ok := v.Interface().(money.Money); ok {
			return m
		}
		out := map[string]any{}
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			out[name] = named(v.Field(i))
		}
		return out
	}
	return v.Interface()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
