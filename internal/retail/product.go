package retail

import (
	"cmp"
	"maps"
	"slices"
)

// maxName is the longest product name in characters.
const maxName = 200

// products lets the rows vote on what a SKU is called and costs. The remarks
// of stock adjustments ("damages", "check") have no vote.
type products struct {
	bySKU map[string]*ballot
}

type ballot struct {
	used   bool // ordered or adjusted, not just canceled
	names  map[string]int
	prices map[int64]int
}

func newProducts() *products { return &products{bySKU: make(map[string]*ballot)} }

func (p *products) of(sku string) *ballot {
	v := p.bySKU[sku]
	if v == nil {
		v = &ballot{names: make(map[string]int), prices: make(map[int64]int)}
		p.bySKU[sku] = v
	}
	return v
}

func (p *products) named(r row) {
	if r.text != "" {
		p.of(r.sku).names[r.text]++
	}
}

func (p *products) sold(r row) {
	p.named(r)
	v := p.of(r.sku)
	v.used = true
	if r.price > 0 {
		v.prices[r.price]++
	}
}

func (p *products) adjusted(r row) { p.of(r.sku).used = true }

// list returns the used products by SKU.
func (p *products) list() []Product {
	var out []Product
	for _, sku := range slices.Sorted(maps.Keys(p.bySKU)) {
		if v := p.bySKU[sku]; v.used {
			out = append(out, Product{
				SKU:   sku,
				Name:  shorten(cmp.Or(winner(v.names), "Item "+sku)),
				Price: winner(v.prices),
			})
		}
	}
	return out
}

// winner returns the key with the most votes; of several, the least. Without
// votes it is the zero value.
func winner[K cmp.Ordered](votes map[K]int) K {
	var best K
	for k, n := range votes {
		if n > votes[best] || n == votes[best] && k < best {
			best = k
		}
	}
	return best
}

func shorten(name string) string {
	if r := []rune(name); len(r) > maxName {
		return string(r[:maxName])
	}
	return name
}
