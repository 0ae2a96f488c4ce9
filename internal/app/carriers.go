package app

import (
	"context"
	"os"

	"ordo/internal/errs"
	"ordo/internal/provider/carrier"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

// secretEnv begins the names of the environment variables that hold carriers' secrets, so that a document can name
// secrets and nothing else of the environment.
const secretEnv = "ORDO_SECRET_"

func secretOf(name string) string {
	if name == "" {
		return ""
	}
	return os.Getenv(secretEnv + name)
}

// account joins a carrier with its provider and the secrets that it names.
func (a *App) account(c *shipping.Carrier) (carrier.Account, carrier.Provider, error) {
	p := a.Carriers[c.Provider]
	if p == nil {
		return carrier.Account{}, nil, errs.New(errs.Conflict, "carrier_unavailable", "provider %q of carrier %s is not part of this installation", c.Provider, c.ID).With("carrier", c.ID)
	}
	return carrier.Account{Carrier: c, Secret: a.Secret(c.Settings.SecretName), WebhookSecret: a.Secret(c.Settings.WebhookSecretName)}, p, nil
}

// saveCarrier makes or replaces a carrier; its tables have a command of their own and stay.
type saveCarrier struct{ doc *shipping.Carrier }

// Needs implements work.Command.
func (c *saveCarrier) Needs(n *work.Needs) {
	n.Catalog()
	n.Docs(Carriers.Spec, c.doc.ID)
}

// Run implements work.Command.
func (c *saveCarrier) Run(u *work.Unit) (Saved[*shipping.Carrier], error) {
	var none Saved[*shipping.Carrier]
	var list errs.List
	c.doc.Check(&list)
	if err := list.Err(); err != nil {
		return none, err
	}
	old, exists, err := Carriers.Find(u, c.doc.ID)
	if err != nil {
		return none, err
	}
	fresh := *c.doc
	current := int64(0)
	if exists {
		current, fresh.Rates = old.Version, old.Rates
	}
	if err := u.CheckVersion(Carriers.What, current); err != nil {
		return none, err
	}
	if err := Carriers.Put(u, &fresh); err != nil {
		return none, err
	}
	u.Record(saved(Carriers.Spec, fresh.ID, &fresh))
	return Saved[*shipping.Carrier]{Doc: &fresh, Created: !exists}, nil
}

// SaveCarrier makes or replaces a carrier.
func (a *App) SaveCarrier(ctx context.Context, c *shipping.Carrier, meta work.Meta) (Saved[*shipping.Carrier], error) {
	return work.Do(ctx, a.Committer, &saveCarrier{c}, meta)
}

// SaveRates replaces the tables of a carrier, whole or not at all.
type SaveRates struct {
	Carrier string
	Heading shipping.Heading
	CSV     string
}

// Needs implements work.Command.
func (c *SaveRates) Needs(n *work.Needs) {
	n.Catalog()
	n.Docs(Carriers.Spec, c.Carrier)
}

// Run implements work.Command.
func (c *SaveRates) Run(u *work.Unit) (*shipping.Carrier, error) {
	doc, err := Carriers.Get(u, c.Carrier)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion(Carriers.What, doc.Version); err != nil {
		return nil, err
	}
	if doc.Rates, err = shipping.ParseRates(c.Heading, c.CSV, doc.Services); err != nil {
		return nil, err
	}
	if err := Carriers.Put(u, doc); err != nil {
		return nil, err
	}
	u.Record(saved(Carriers.Spec, doc.ID, doc))
	return doc, nil
}

// ImportRates runs SaveRates.
func (a *App) ImportRates(ctx context.Context, c SaveRates, meta work.Meta) (*shipping.Carrier, error) {
	return work.Do(ctx, a.Committer, &c, meta)
}

// TryImportRates is ImportRates without effect.
func (a *App) TryImportRates(ctx context.Context, c SaveRates, meta work.Meta) (*shipping.Carrier, error) {
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// Carrier reads a carrier.
func (a *App) Carrier(ctx context.Context, code string) (*shipping.Carrier, error) {
	return one(ctx, a.DB, Carriers, code)
}

// ListCarriers lists carriers by their codes.
func (a *App) ListCarriers(ctx context.Context, after string, limit int) ([]*shipping.Carrier, error) {
	return page(ctx, a.DB, Carriers, after, limit)
}
