package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// conditions are the parameters of Network.emulateNetworkConditions.
type conditions struct {
	Offline  bool    `json:"offline"`
	Latency  float64 `json:"latency"`
	Download float64 `json:"downloadThroughput"`
	Upload   float64 `json:"uploadThroughput"`
}

// offline cuts the tab and its service worker off from all networks. The function connects them again.
func (p *page) offline() (back func()) {
	p.t.Helper()
	all, err := chromedp.Targets(p.tab.ctx)
	p.must(err)
	var cut []context.Context
	for _, x := range all {
		if x.Type == "service_worker" && strings.HasPrefix(x.URL, p.tab.base) {
			ctx, stop := chromedp.NewContext(p.tab.ctx, chromedp.WithTargetID(x.TargetID))
			p.t.Cleanup(stop)
			p.must(chromedp.Do(ctx, command(network.Enable, network.EnableParams{})))
			cut = append(cut, ctx)
		}
	}
	if len(cut) == 0 {
		p.t.Fatal("there is no service worker")
	}
	cut = append(cut, p.tab.ctx)
	set := func(offline bool) {
		p.t.Helper()
		for _, ctx := range cut {
			p.must(chromedp.Do(ctx, command(cdp.Command[conditions, cdp.Empty]{Method: "Network.emulateNetworkConditions"}, conditions{Offline: offline, Download: -1, Upload: -1})))
		}
	}
	set(true)
	return func() { p.t.Helper(); set(false) }
}

// TestOfflineShop looks at a product, loses the network, and sees it again with the time it is of; what was never seen has
// a page that says what can be done, and nothing can be ordered until there is a network again.
func TestOfflineShop(t *testing.T) {
	s := open(t)
	s.call("PUT", "/v1/channels/web", `{"name":"Web shop","shipping_methods":[{"code":"standard","name":"Standard delivery","country":"GB","price":{"amount":395,"currency":"GBP"}}]}`)
	p := s.tab("")
	p.open("/shop/products/MUG") // before there is a service worker
	p.until("navigator.serviceWorker.controller")
	p.until("(async () => (await fetch(document.querySelector('link[rel=manifest]').href)).json())().then(m => m.name === 'Web shop' && m.display === 'standalone' && m.start_url === '/shop' && m.icons.length > 2)")
	p.until("Promise.all([...document.querySelectorAll('link[rel=apple-touch-icon]')].map(async l => createImageBitmap(await (await fetch(l.href)).blob()))).then(all => all.length === 1 && all[0].width === 192)")
	p.open("/shop")
	p.click(".tile a")
	p.says("Put into the cart")
	p.click(".buy button")
	p.says("It is in your cart.")
	p.open("/shop/checkout")
	p.says("Order and pay")
	keptAre := func(n string) { // pages, with their titles; never the cart and the checkout
		p.t.Helper()
		p.until("caches.keys().then(async names => (await (await caches.open(names.find(n => n.endsWith(' pages')))).keys()).length === " + n + ")")
	}
	keptAre("3")

	back := p.offline()
	p.says("You are offline. What is on this page stays.")
	p.says("nothing can be ordered while you are offline.")
	p.until("[...document.querySelectorAll('form[method=post] button')].every(b => b.disabled)")
	p.fine("checkout offline")
	p.open("/shop/products/MUG")
	p.says("Stoneware mug")
	p.until("/You are offline; prices and availability as of [0-2][0-9]:[0-5][0-9]\\./.test(document.querySelector('#mark').innerText)")
	p.until("document.querySelector('.buy button').disabled && document.querySelector('.reason').innerText.startsWith('This needs a connection')")
	p.until("document.querySelector('.basket').innerText === 'Cart'") // the copy is of nobody
	p.fine("product offline")
	for _, unseen := range []string{"/shop/products/SPOON", "/shop/cart", "/shop/checkout"} {
		p.open(unseen)
		p.says("only products that were seen here")
		p.until("[...document.querySelectorAll('[data-seen] a')].some(a => a.innerText === 'Stoneware mug')")
	}
	p.fine("offline")
	back()
	p.says("Order and pay") // the page comes by itself
	keptAre("3")
}
