package console

import (
	"strconv"
	"testing"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/money"
)

// BenchmarkReadBack is what pages pay for reading by operations: an order of 158 lines as an answer, and back.
func BenchmarkReadBack(b *testing.B) {
	o := api.Order{Currency: "GBP", Status: "open"}
	for i := range 158 {
		o.Lines = append(o.Lines, api.OrderLine{ID: strconv.Itoa(i + 1), SKU: "SKU" + strconv.Itoa(i), Name: "POLYESTER FILLER PAD 45x30cm", Quantity: 2, UnitPrice: money.Money{Amount: 145, Currency: "GBP"}, Units: api.LineUnits{Released: 2}})
	}
	for b.Loop() {
		var back api.Order
		if err := jsonx.Unmarshal(jsonx.Marshal(o), &back); err != nil {
			b.Fatal(err)
		}
	}
}
