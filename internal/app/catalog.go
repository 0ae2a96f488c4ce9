package app

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Saved is a document of reference data after saving.
type Saved[P any] struct {
	Doc     P
	Created bool
}

// Save writes reference data: the document is made or replaced, whole.
type Save[T any, P work.Ptr[T]] struct {
	kind  work.Kind[T, P]
	doc   P
	check func(u *work.Unit, list *errs.List) error
	event string // its type; "" for that of the kind
}

// Needs implements work.Command.
func (c *Save[T, P]) Needs(n *work.Needs) {
	n.Catalog()
	n.Docs(c.kind.Spec, c.doc.DocMeta().ID)
}

// Run implements work.Command.
func (c *Save[T, P]) Run(u *work.Unit) (Saved[P], error) {
	var list errs.List
	if err := c.check(u, &list); err != nil {
		return Saved[P]{}, err
	}
	if err := list.Err(); err != nil {
		return Saved[P]{}, err
	}
	id := c.doc.DocMeta().ID
	old, exists, err := c.kind.Find(u, id)
	if err != nil {
		return Saved[P]{}, err
	}
	current := int64(0)
	if exists {
		current = old.DocMeta().Version
	}
	if err := u.CheckVersion(c.kind.What, current); err != nil {
		return Saved[P]{}, err
	}
	doc := *c.doc
	p := P(&doc)
	if err := c.kind.Put(u, p); err != nil {
		return Saved[P]{}, err
	}
	e := saved(c.kind.Spec, id, p)
	if c.event != "" {
		e.Type = c.event
	}
	u.Record(e)
	return Saved[P]{p, !exists}, nil
}

// saved is the event of reference data: the whole document, under the name of its kind.
func saved(k *work.Spec, id string, doc any) work.Event {
	return work.Event{Type: k.What + ".saved", Aggregate: id, Body: map[string]any{k.What: doc}}
}

// SaveProduct makes or replaces a product.
func (a *App) SaveProduct(ctx context.Context, p *catalog.Product, meta work.Meta) (Saved[*catalog.Product], error) {
	cmd, err := a.saveProduct(ctx, p)
	if err != nil {
		return Saved[*catalog.Product]{}, err
	}
	return work.Do(ctx, a.Committer, cmd, meta)
}

func (a *App) saveProduct(ctx context.Context, p *catalog.Product) (work.Command[Saved[*catalog.Product]], error) {
	kits, err := a.kitsWith(ctx, p)
	return &Save[catalog.Product, *catalog.Product]{kind: Products, doc: p, check: func(u *work.Unit, list *errs.List) error {
		p.Check(list)
		return checkKit(u, list, p, kits)
	}}, err
}

// SaveLocation makes or replaces a location.
func (a *App) SaveLocation(ctx context.Context, l *catalog.Location, meta work.Meta) (Saved[*catalog.Location], error) {
	return work.Do(ctx, a.Committer, &Save[catalog.Location, *catalog.Location]{kind: Locations, doc: l, check: func(_ *work.Unit, list *errs.List) error {
		l.Check(list)
		node(l).Check(list, "")
		return nil
	}}, meta)
}

// SaveChannel makes or replaces a sales channel.
func (a *App) SaveChannel(ctx context.Context, c *catalog.Channel, meta work.Meta) (Saved[*catalog.Channel], error) {
	return work.Do(ctx, a.Committer, &Save[catalog.Channel, *catalog.Channel]{kind: Channels, doc: c, check: func(u *work.Unit, list *errs.List) error {
		c.Check(list)
		checkMailing(list, &c.Mails)
		for i, code := range c.Locations {
			l, err := Locations.Ref(u, code)
			if err != nil {
				return err
			}
			if l == nil {
				list.Add(fmt.Sprintf("/locations/%d", i), "unknown_location", "there is no location %q", code)
			}
		}
		for i, m := range c.ShippingMethods {
			if m.Carrier == "" {
				continue
			}
			doc, err := Carriers.Ref(u, m.Carrier)
			if err != nil {
				return err
			}
			if doc == nil || doc.Service(m.Service) == nil {
				list.Add(fmt.Sprintf("/shipping_methods/%d/service", i), "unknown_value", "there is no carrier %q with a service %q", errs.Clip(m.Carrier), errs.Clip(m.Service))
			}
		}
		return nil
	}}, meta)
}

// checkChannels adds to the list channels at /channels that there are not.
func checkChannels(u *work.Unit, list *errs.List, codes []string) error {
	for i, code := range codes {
		ch, err := Channels.Ref(u, code)
		if err != nil {
			return err
		}
		if ch == nil {
			list.Add(fmt.Sprintf("/channels/%d", i), "unknown_channel", "there is no sales channel %q", errs.Clip(code))
		}
	}
	return nil
}

// Product reads one product.
func (a *App) Product(ctx context.Context, sku string) (*catalog.Product, error) {
	return one(ctx, a.DB, Products, sku)
}

// Location reads one location.
func (a *App) Location(ctx context.Context, code string) (*catalog.Location, error) {
	return one(ctx, a.DB, Locations, code)
}

// Channel reads one sales channel.
func (a *App) Channel(ctx context.Context, code string) (*catalog.Channel, error) {
	return one(ctx, a.DB, Channels, code)
}

// Products lists products by SKU, after a SKU.
func (a *App) Products(ctx context.Context, after string, limit int) ([]*catalog.Product, error) {
	return page(ctx, a.DB, Products, after, limit)
}

// FindProducts is Products of which every word of q begins a word of the name or of the SKU; "" finds all. The database
// only sorts out most: what it takes for small letters differs.
func (a *App) FindProducts(ctx context.Context, q, after string, limit int) (out []*catalog.Product, err error) {
	words := doc.Words(q)
	if len(words) == 0 {
		if strings.TrimSpace(q) != "" {
			return nil, nil
		}
		return a.Products(ctx, after, limit)
	}
	for len(out) < limit {
		var where selection
		where.add("id > ?", after)
		for _, w := range words[:min(len(words), maxWords)] {
			where.add("lower(doc) LIKE ?", "%"+asciiPattern(w)+"%")
		}
		text, args := where.page("SELECT doc FROM products", "id", limit)
		read := 0
		if err = a.DB.Query(ctx, func(r store.Row) error {
			p, err := scanDoc(Products, r)
			if err != nil {
				return err
			}
			if read, after = read+1, p.ID; len(out) < limit && p.Matches(words) {
				out = append(out, p)
			}
			return nil
		}, text, args...); err != nil || read < limit {
			return out, err
		}
	}
	return out, nil
}

// maxWords is how many words the database looks for.
const maxWords = 5

// asciiPattern is a word for LIKE: other letters than those of ASCII may be any.
func asciiPattern(word string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '_'
		}
		return r
	}, word)
}

// Locations lists locations by code, after a code.
func (a *App) Locations(ctx context.Context, after string, limit int) ([]*catalog.Location, error) {
	return page(ctx, a.DB, Locations, after, limit)
}

// Channels lists sales channels by code, after a code.
func (a *App) Channels(ctx context.Context, after string, limit int) ([]*catalog.Channel, error) {
	return page(ctx, a.DB, Channels, after, limit)
}

// seed gives an empty database its channels: all of them or none, on whichever node comes first.
func (a *App) seed(ctx context.Context) error {
	have, err := a.Channels(ctx, "", 1)
	if err != nil || len(have) > 0 {
		return err
	}
	_, err = work.Do(ctx, a.Committer, firstChannels{}, a.system())
	return err
}

type firstChannels struct{}

func (firstChannels) Needs(n *work.Needs) { n.Catalog() } // nobody else adds channels meanwhile

func (firstChannels) Run(u *work.Unit) (struct{}, error) {
	have, err := Channels.AllRefs(u)
	if err != nil || len(have) > 0 {
		return struct{}{}, err
	}
	for _, c := range []catalog.Channel{
		{Meta: doc.Meta{ID: "web"}, Name: "Web shop"}, {Meta: doc.Meta{ID: "phone"}, Name: "Phone"}, {Meta: doc.Meta{ID: "mobile"}, Name: "Mobile app"},
	} {
		c.Active = true
		Channels.Create(u, &c)
		u.Record(saved(Channels.Spec, c.ID, &c))
	}
	return struct{}{}, nil
}
