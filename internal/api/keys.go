package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/work"
)

// CreateKey is the body of POST /v1/keys.
type CreateKey struct {
	Name      string   `json:"name" minLength:"1" maxLength:"200" example:"Web shop"`
	Scopes    []string `json:"scopes" minItems:"1" doc:"what it may do; * is everything" enum:"orders:read,orders:write,orders:price,fulfillments:read,fulfillments:write,payments:write,invoices:read,invoices:write,accounting:read,stock:read,stock:write,returns:read,returns:write,returns:override,catalog:read,catalog:write,shipping:read,shipping:write,events:read,reports:read,reports:write,personal:read,rules:read,rules:write,holds:write,holds:risk,holds:override,customers:read,customers:write,cases:read,cases:write,service:read,service:write,mails:read,mails:write,webhooks:read,webhooks:write,imports:read,imports:write,exports:read,exports:write,keys:manage,jobs:manage,users:read,users:write,*"`
	Channels  []string `json:"channels,omitzero" doc:"sales channels that it sees; empty: those of the key that makes it"`
	RateLimit int64    `json:"rate_limit,omitzero" doc:"requests per minute; 0: unlimited" minimum:"0" maximum:"1000000"`
}

func createKey(c *call) error {
	var in CreateKey
	if err := c.decode(&in); err != nil {
		return err
	}
	for _, s := range in.Scopes {
		if !c.key.Allows(s) {
			return c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "a key can only give scopes that it has itself; %s is missing", errs.Clip(s)))
		}
	}
	for _, ch := range in.Channels {
		if !c.key.Sees(ch) {
			return c.s.refused(c, errs.New(errs.Forbidden, "channel_forbidden", "a key can only give channels that it has itself"))
		}
	}
	if len(in.Channels) == 0 {
		in.Channels = c.key.Channels
	}
	if own := c.key.RateLimit; own > 0 && (in.RateLimit == 0 || in.RateLimit > own) {
		in.RateLimit = own
	}
	cmd := app.CreateKey{Name: in.Name, Scopes: in.Scopes, Channels: in.Channels, RateLimit: in.RateLimit}
	// What is stored under the Idempotency-Key has no secret in it.
	stored := rendered(http.StatusCreated, func(k app.NewKey) APIKey { return keyJSON(k.Key, "") })
	return c.run(
		func(m work.Meta) work.Outcome {
			out := c.s.app.CreateKey(c.r.Context(), cmd, m)
			if k, ok := out.Value.(app.NewKey); ok && out.Err == nil && !out.Replayed {
				shown := rendered(http.StatusCreated, func(k app.NewKey) APIKey { return keyJSON(k.Key, k.Secret) })(k)
				out.Answer = &shown
			}
			return out
		},
		func(m work.Meta) (any, error) { return c.s.app.TryCreateKey(c.r.Context(), cmd, m) },
		stored)
}

func listKeys(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	return list(c, c.s.app.ListKeys, func(k *app.APIKey) APIKey { return keyJSON(k, "") }, func(k *app.APIKey) string { return k.ID })
}

func revokeKey(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	id := c.r.PathValue("id")
	if !ids.Valid("key", id) {
		return errs.Unknown("API key", id)
	}
	m, err := c.meta(nil)
	if err != nil {
		return err
	}
	out := c.s.app.RevokeKey(c.r.Context(), id, m)
	return c.answer(out, rendered(http.StatusOK, func(k *app.APIKey) APIKey { return keyJSON(k, "") }))
}
