package demo

import (
	"context"

	"ordo/internal/api"
	"ordo/internal/money"
)

// shopChannel is the sales channel that the storefront sells for.
const shopChannel = "web"

// postCSV are the prices of the carrier that the storefront's ways of delivery stand for, made up, in pence.
const postCSV = `kind,zone,country,service,up_to_grams,price
zone,home,GB,,,
zone,world,*,,,
rate,home,,standard,2000,395
rate,home,,standard,100000000,895
rate,home,,express,2000,695
rate,home,,express,100000000,1495
rate,world,,abroad,2000,1250
rate,world,,abroad,100000000,2950
`

// openShop gives the channel of the storefront an address for mails, which the sandbox keeps, and ways of delivery with days
// to promise. The old invoices have none. What
// somebody has set since is left as it is.
func (d *demo) openShop(ctx context.Context) error {
	var c api.Channel
	if err := d.client.get(ctx, "/v1/channels/"+shopChannel, &c); err != nil {
		return err
	}
	if c.Version > 1 || len(c.ShippingMethods) > 0 {
		return nil
	}
	post := api.PutCarrier{Name: "Parcel post", Provider: "table", Services: []api.CarrierService{
		{Code: "standard", Name: "Standard", TransitDays: 2}, {Code: "express", Name: "Express", TransitDays: 1}, {Code: "abroad", Name: "Abroad", TransitDays: 5},
	}}
	if err := d.client.put(ctx, "/v1/carriers/post", post); err != nil {
		return err
	}
	if err := d.client.put(ctx, "/v1/carriers/post/rates", api.PutRates{Currency: "GBP", CSV: postCSV}); err != nil {
		return err
	}
	way := func(code, name, country, service string, price int64) api.ShippingMethod {
		return api.ShippingMethod{Code: code, Name: name, Country: country, Price: money.Money{Amount: price, Currency: "GBP"}, Carrier: "post", Service: service, BufferDays: 1}
	}
	if err := d.stockShop(ctx); err != nil {
		return err
	}
	return d.client.put(ctx, "/v1/channels/"+shopChannel, api.PutChannel{Name: c.Name, Mails: api.Mailing{From: "shop@example.com", Name: "The gift shop"}, ShippingMethods: []api.ShippingMethod{
		way("standard", "Standard delivery", "GB", "standard", 395), way("express", "Express delivery", "GB", "express", 795), way("standard", "Delivery abroad", "", "abroad", 1250),
	}})
}

// stockShop receives some of what its first pages show. Little is left of the month that was replayed.
func (d *demo) stockShop(ctx context.Context) error {
	var products list[api.Product]
	if err := d.client.get(ctx, "/v1/products?limit=100", &products); err != nil {
		return err
	}
	in := api.AdjustStock{Reason: "received"}
	for i, p := range products.Data {
		if len(p.Components) == 0 && i%6 != 5 { // some stay as they are
			in.Lines = append(in.Lines, api.AdjustLine{SKU: p.SKU, Location: "MAIN", Delta: int64(3 + i%4*20)})
		}
	}
	_, err := d.client.post(ctx, "/v1/stock/adjustments", "storefront-stock", in, nil)
	return err
}
