package console

import (
	"net/http"
	"strings"
	"time"

	"ordo/internal/api"
	"ordo/internal/money"
	"ordo/internal/pages"
	"ordo/internal/sheet"
)

// orderFilesPath is where the list is to be had as a file, with the filters of its address.
const orderFilesPath = Root + "/orders/files/"

// orderFilePage is how many orders are read at once for it.
var orderFilePage = "500"

// orderFile hands out all orders that the list shows with its filters, with the words that it shows. It reads page after
// page and passes it on: however many there are, memory holds one.
func orderFile(form string) func(*visit) error {
	return func(v *visit) error {
		out := &fileWriter{v: v, name: "orders-" + time.Now().In(v.location()).Format(time.DateOnly) + "." + form, kind: "text/csv; charset=utf-8"}
		table := sheet.NewCSV(out)
		if form == "xlsx" {
			var err error
			out.kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
			if table, err = sheet.NewXLSX(out, v.t("Orders")); err != nil {
				return err
			}
		}
		err := v.eachOrder(func(row ...any) error { return table.Row(row...) })
		if err == nil {
			err = table.Close()
		}
		if err != nil && v.ended {
			v.s.log.Warn("file was cut off", "err", err, "path", v.r.URL.Path, "request_id", v.w.Header().Get("X-Request-Id"))
			panic(http.ErrAbortHandler) // the status is out: a file that ends here must not look whole
		}
		return err
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
	if t, ok := pages.ParseTime(o.PlacedAt); ok {
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

// fileWriter begins an answer with what makes it a file, once there is something of it: until then an error is a page.
type fileWriter struct {
	v          *visit
	name, kind string
}

func (f *fileWriter) Write(b []byte) (int, error) {
	if !f.v.ended {
		f.v.ended = true
		f.v.w.Header().Set("Content-Type", f.kind)
		f.v.w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	}
	return f.v.w.Write(b)
}
