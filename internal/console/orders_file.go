package console

import (
	"strings"
	"time"

	"ordo/internal/api"
	"ordo/internal/money"
	"ordo/internal/sheet"
	"ordo/internal/words"
)

// orderFilesPath is where the list is to be had as a file, with the filters of its address.
const orderFilesPath = Root + "/orders/files/"

// orderFilePage is how many orders are read at once for it.
var orderFilePage = "500"

// orderFile hands out all orders that the list shows with its filters, with the words that it shows.
func orderFile(form string) func(*visit) error {
	return func(v *visit) error {
		return v.tableFile("orders-"+time.Now().In(v.location()).Format(time.DateOnly), form, v.t("Orders"), v.eachOrder)
	}
}

// eachOrder goes through the rows of the file, the names of the columns first.
func (v *visit) eachOrder(row func(cells ...any) error) error {
	ask := v.filters(orderFilters, nil).ask(v, orderFilePage)
	ask.Del("cursor")
	for first := true; ; first = false {
		var list api.List[api.Order]
		if err := v.get("listOrders", nil, ask, &list); err != nil {
			return err
		}
		if first {
			if err := row(v.t("Order"), v.t("Placed"), v.t("Status"), v.t("Payment"), v.t("Fulfillment"), v.t("Holds"), v.t("Customer"), v.t("City"), v.t("Country"), v.t("Channel"), v.t("Total"), v.t("Currency")); err != nil {
				return err
			}
		}
		for i := range list.Data {
			if err := row(v.orderCells(&list.Data[i])...); err != nil {
				return err
			}
		}
		if list.NextCursor == "" {
			return nil
		}
		ask.Set("cursor", list.NextCursor)
	}
}

func (v *visit) orderCells(o *api.Order) []any {
	placed := ""
	if t, ok := words.ParseTime(o.PlacedAt); ok {
		placed = t.In(v.location()).Format("2006-01-02 15:04:05") // spreadsheets of all languages read it
	}
	total := o.Totals.GrandTotal
	return []any{
		number0(o.Number), placed, v.word(o.Status), v.word(o.PaymentStatus), v.word(o.FulfillmentStatus), openHolds(v, o),
		o.Customer.Name, o.ShippingAddress.City, o.ShippingAddress.Country, o.Channel, decimal(total), total.Currency,
	}
}

// decimal is an amount in its currency's own places.
func decimal(m money.Money) sheet.Decimal {
	s, _, _ := strings.Cut(m.String(), " ")
	return sheet.Decimal(s)
}
