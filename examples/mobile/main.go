// Command mobile is the small backend behind a mobile app that sells: it browses, promises a day, holds stock, places an
// order that survives a lost answer, has a card declined and another one taken, and hands the app a link to the order.
//
// What lives here: one customer's way through the API, step by step, with the standard library only, to be read and copied.
// The one idea: the API key stays here. The app on the phone talks to this program, and gets nothing but a link, which is
// a right to one order. The guide docs/guide/mobile-app.md goes with it.
//
//	ORDO=http://127.0.0.1:8080 ORDO_KEY=ordo_sk_… go run ./examples/mobile
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// channel is the sales channel that the app sells for; country is where its customer is.
const (
	channel = "web"
	country = "GB"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	shop := &client{
		base: strings.TrimSuffix(cmp.Or(os.Getenv("ORDO"), "http://127.0.0.1:8080"), "/"),
		key:  os.Getenv("ORDO_KEY"),
		http: &http.Client{Timeout: 20 * time.Second},
	}
	if shop.key == "" {
		fmt.Fprintln(os.Stderr, "mobile: ORDO_KEY is not set; of a demo it is ordo_sk_demo")
		os.Exit(2)
	}
	if err := buy(ctx, shop); err != nil {
		fmt.Fprintln(os.Stderr, "mobile:", err)
		os.Exit(1)
	}
}

// buy is the way of one customer.
func buy(ctx context.Context, shop *client) error {
	item, err := browse(ctx, shop)
	if err != nil {
		return err
	}
	cart, err := hold(ctx, shop, item)
	if err != nil {
		return err
	}
	if err := quote(ctx, shop, item, cart); err != nil {
		return err
	}
	if err := declined(ctx, shop, item, cart); err != nil {
		return err
	}
	o, err := place(ctx, shop, item, cart)
	if err != nil {
		return err
	}
	return follow(ctx, shop, o)
}

// browse shows what there is, and when it would arrive. A product that can be promised now is chosen.
func browse(ctx context.Context, shop *client) (product, error) {
	var found list[product]
	if err := shop.get(ctx, "/v1/products?limit=20", &found); err != nil {
		return product{}, err
	}
	var skus []string
	for _, p := range found.Data {
		if p.Active && p.Price.Amount > 0 && !strings.Contains(p.SKU, ",") {
			skus = append(skus, p.SKU)
		}
	}
	var offer availability
	if err := shop.get(ctx, "/v1/availability?channel="+channel+"&country="+country+"&skus="+strings.Join(skus, ","), &offer); err != nil {
		return product{}, err
	}
	for _, a := range offer.Data {
		if a.Available < 2 || len(a.Promises) == 0 {
			continue
		}
		for _, p := range found.Data {
			if p.SKU == a.SKU {
				way := a.Promises[0]
				step("browse", "%d products; %s costs %s, and comes by %s between %s and %s", len(found.Data), p.Name, p.Price, way.Method, way.Earliest, way.Latest)
				p.way = way.Method
				return p, nil
			}
		}
	}
	return product{}, errors.New("nothing can be promised of the first 20 products")
}

// hold reserves what is in the cart, so that nobody else buys it while the customer types.
func hold(ctx context.Context, shop *client, p product) (reservation, error) {
	var r reservation
	_, err := shop.post(ctx, "/v1/reservations", newKey("cart"), object{"channel": channel, "lines": []object{{"sku": p.SKU, "quantity": 2}}}, &r)
	if err == nil {
		step("hold", "2 units are held until %s", r.ExpiresAt)
	}
	return r, err
}

// order is the body of one: what the customer wants, typed and chose. The card is a token of the payment provider's own
// form; numbers of cards never come here.
func order(p product, cart reservation, id, card string) object {
	return object{
		"channel": channel, "external_id": id, "reservation": cart.ID,
		"customer":         object{"email": "ada@example.com", "name": "Ada Lovelace"},
		"shipping_address": object{"name": "Ada Lovelace", "line1": "1 Main Street", "city": "London", "postal_code": "N1 9GU", "country": country},
		"shipping_method":  p.way,
		"lines":            []object{{"sku": p.SKU, "quantity": 2}},
		"payment":          object{"provider": "sandbox", "token": card},
	}
}

// quote asks what the order comes to: prices, delivery and taxes are Ordo's to know. Nothing is stored.
func quote(ctx context.Context, shop *client, p product, cart reservation) error {
	var o orderView
	_, err := shop.post(ctx, "/v1/orders?dry_run=true", newKey("quote"), order(p, cart, newKey("app"), "tok_ok"), &o)
	if err == nil {
		step("quote", "%s, of which delivery %s", o.Totals.Total, o.Totals.Shipping)
	}
	return err
}

// declined tries a card that the bank refuses. Nothing is charged, and the units stay held.
func declined(ctx context.Context, shop *client, p product, cart reservation) error {
	id := newKey("app")
	_, err := shop.post(ctx, "/v1/orders", id, order(p, cart, id, "tok_declined"), nil)
	var no *refusal
	if !errors.As(err, &no) || no.Code != "payment_declined" {
		return fmt.Errorf("a declined card: %w", errors.Join(err, errors.New("it should be refused with payment_declined")))
	}
	step("declined", "%s: show it, keep what was typed, ask for another card", no.Code)
	return nil
}

// place orders with another card: that is another order, so it has another key. The answer to the first try is lost on its
// way, as happens on phones. The second try has the same key and body: it finds the order, and places none.
func place(ctx context.Context, shop *client, p product, cart reservation) (orderView, error) {
	var o orderView
	id := newKey("app") // made once, when the customer taps; keep it until there is an answer
	body := order(p, cart, id, "tok_ok")
	shop.loseNext = true
	for try := 1; ; try++ {
		again, err := shop.post(ctx, "/v1/orders", id, body, &o)
		switch {
		case err == nil && again:
			step("placed", "try %d: order %s over %s had been placed by a try before", try, o.Number, o.Totals.Total)
			return o, nil
		case err == nil:
			step("placed", "try %d: order %s over %s", try, o.Number, o.Totals.Total)
			return o, nil
		case try < 5 && unsure(err): // nobody knows whether it was placed: only the same key finds out
			step("no answer", "try %d: %v", try, err)
			select {
			case <-time.After(time.Duration(try) * 200 * time.Millisecond):
			case <-ctx.Done():
				return o, ctx.Err()
			}
		default:
			return o, err
		}
	}
}

// follow makes the link that the app gets, and does with it what the app does: without a key.
func follow(ctx context.Context, shop *client, o orderView) error {
	var link struct {
		Token string `json:"token"`
		URL   string `json:"url"`
	}
	if _, err := shop.post(ctx, "/v1/orders/"+o.ID+"/links", o.ID+"-link", object{"allow": []string{"status", "cancel", "address", "return"}, "expires_in_minutes": 90 * 24 * 60}, &link); err != nil {
		return err
	}
	app := &client{base: shop.base, http: shop.http} // the phone: it has the token, and no key
	var seen struct {
		Status  string   `json:"status"`
		Payment string   `json:"payment_status"`
		Allowed []string `json:"allowed"`
		Lines   []struct {
			Name     string `json:"name"`
			Quantity int64  `json:"quantity"`
		} `json:"lines"`
	}
	if err := app.get(ctx, "/v1/links/"+link.Token, &seen); err != nil {
		return err
	}
	step("status", "the order is %s, its payment %s; the customer may: %s", seen.Status, seen.Payment, strings.Join(seen.Allowed, ", "))
	for _, l := range seen.Lines {
		step("", "%d × %s", l.Quantity, l.Name)
	}
	step("page", "the same as a page: %s", link.URL)
	return nil
}

// newKey is an Idempotency-Key: new for each thing that is meant, the same for each try of it.
func newKey(what string) string { return what + "-" + strings.ToLower(rand.Text()) }

func step(name, format string, args ...any) {
	fmt.Printf("%-10s %s\n", name, fmt.Sprintf(format, args...))
}
