package demo

import (
	"context"
	"fmt"
	"time"

	"ordo/internal/api"
	"ordo/internal/money"
)

// The demo's carrier is one of rate tables: its labels are made here, and its parcels are where the demo says. The
// source knows no weights and no carriers; prices are made up, in pence.
const (
	carrierCode = "roundel"
	carrierCSV  = `kind,zone,country,service,up_to_grams,price,transit_days
zone,home,GB,,,,
zone,world,*,,,,
rate,home,,standard,2000,350,2
rate,home,,standard,100000000,795,2
rate,world,,standard,2000,990,6
rate,world,,standard,100000000,2490,6
`
)

// carrier opens the carrier and its tables, once.
func (r *replay) carrier(ctx context.Context) error {
	have, err := all[named](ctx, r.client, "/v1/carriers")
	if err != nil {
		return err
	}
	for _, c := range have {
		if c.Code == carrierCode {
			return nil
		}
	}
	body := api.PutCarrier{Name: "Roundel Parcels", Provider: "table", Services: []api.CarrierService{{Code: "standard", Name: "Standard", TransitDays: 2}}}
	if err := r.client.put(ctx, "/v1/carriers/"+carrierCode, body); err != nil {
		return fmt.Errorf("carrier %s: %w", carrierCode, err)
	}
	if err := r.client.put(ctx, "/v1/carriers/"+carrierCode+"/rates", api.PutRates{Currency: "GBP", Divisor: 5000, FuelRate: "0.05", CSV: carrierCSV}); err != nil {
		return fmt.Errorf("rates of carrier %s: %w", carrierCode, err)
	}
	return r.counter(ctx)
}

// counter gives the phone desk what it offers callers. Orders of the source have their own charges; who sells, and where
// transfers go, is made up.
func (r *replay) counter(ctx context.Context) error {
	pounds := func(pence int64) money.Money { return money.Money{Amount: pence, Currency: "GBP"} }
	return r.client.put(ctx, "/v1/channels/phone", api.PutChannel{
		Name:   "Phone",
		Mails:  api.Mailing{From: "phone@example.com", Name: "Lantern & Loom"},
		Seller: api.Seller{Name: "Lantern & Loom", Contact: "help@lantern.example", Bank: "Example Bank, account 00000000, sort code 00-00-00"},
		ShippingMethods: []api.ShippingMethod{
			{Code: "standard", Name: "Standard delivery", Price: pounds(495), Carrier: carrierCode, Service: "standard"},
			{Code: "collect", Name: "Collected by the customer's courier", Price: pounds(0)},
		},
	})
}

// labelDoc is what the demo reads of a label.
type labelDoc struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// ladder are the steps of a shipment after each status.
var ladder = map[string]struct {
	at   fate
	step func(*client, context.Context, shipment) error
	next string
}{
	"planned":  {staysPlanned, (*client).release, "released"},
	"released": {staysReleased, (*client).dispatch, "shipped"},
	"shipped":  {staysShipped, (*client).arrive, "delivered"},
}

// advance takes a shipment on, step by step.
func (c *client) advance(ctx context.Context, s shipment, to fate) error {
	for {
		l, more := ladder[s.Status]
		if !more || l.at >= to {
			return nil
		}
		if err := l.step(c, ctx, s); err != nil {
			return err
		}
		s.Status = l.next
	}
}

func (c *client) release(ctx context.Context, s shipment) error {
	_, err := c.post(ctx, "/v1/fulfillments/"+s.ID+"/release", "demo-release-"+s.ID, nil, nil)
	return err
}

// dispatch buys a label for the parcel and lets it leave with the label's tracking number.
func (c *client) dispatch(ctx context.Context, s shipment) error {
	var l labelDoc
	if _, err := c.post(ctx, "/v1/fulfillments/"+s.ID+"/labels", "demo-label-"+s.ID, api.BuyLabel{}, &l); err != nil {
		return err
	}
	for end := time.Now().Add(patience); l.Status == "label_pending"; {
		if time.Now().After(end) {
			return fmt.Errorf("label %s is on its way for over %s", l.ID, patience)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
		if err := c.get(ctx, "/v1/labels/"+l.ID, &l); err != nil {
			return err
		}
	}
	_, err := c.post(ctx, "/v1/fulfillments/"+s.ID+"/ship", "demo-ship-"+s.ID, api.Ship{}, nil)
	return err
}

// arrive tells what the carrier saw of the parcel last: that delivers it.
func (c *client) arrive(ctx context.Context, s shipment) error {
	var labels struct {
		Data []labelDoc `json:"data"`
	}
	if err := c.get(ctx, "/v1/fulfillments/"+s.ID+"/labels", &labels); err != nil {
		return err
	}
	for _, l := range labels.Data {
		if l.Status != "labeled" {
			continue
		}
		seen := api.AddTracking{Code: "delivered", At: c.now().UTC().Format(time.RFC3339), Message: "Left with the customer"}
		if _, err := c.post(ctx, "/v1/labels/"+l.ID+"/tracking", "demo-arrive-"+l.ID, seen, nil); err != nil {
			return err
		}
	}
	return nil
}
