package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/store"
	"ordo/internal/work"
)

// APIKey lets a program in. Only the SHA-256 of its secret is stored: the secret has 160 random bits, so a slow hash
// would protect nothing.
type APIKey struct {
	doc.Meta
	Name      string      `json:"name"`
	Hash      string      `json:"hash"`
	Prefix    string      `json:"prefix"` // first characters of the secret, to tell keys apart
	Scopes    []string    `json:"scopes"`
	Channels  []string    `json:"channels,omitzero"`   // empty: all
	RateLimit int64       `json:"rate_limit,omitzero"` // requests per minute; 0: unlimited
	CreatedAt micros.Time `json:"created_at"`
	RevokedAt micros.Time `json:"revoked_at,omitzero"`
}

// Scopes a key can have. `*` is the owner role: all of them.
var Scopes = []string{
	"orders:read", "orders:write", "orders:price", "fulfillments:read", "fulfillments:write", "payments:write", "invoices:read", "invoices:write", "accounting:read", "stock:read", "stock:write", "returns:read",
	"returns:write", "returns:override", "catalog:read", "catalog:write", "shipping:read", "shipping:write", "events:read", "reports:read", "reports:write", "personal:read", "rules:read", "rules:write",
	"holds:write", "holds:risk", "holds:override", "customers:read", "customers:write", "cases:read", "cases:write", "service:read", "service:write", "mails:read", "mails:write", "webhooks:read",
	"webhooks:write", "imports:read", "imports:write", "exports:read", "exports:write", "keys:manage", "jobs:manage", "users:read", "users:write", "*",
}

// BootstrapActor is the actor of requests with the bootstrap key.
const BootstrapActor = "bootstrap"

// keyCacheAge is how long a key is trusted without asking the database: a revocation on another node takes as long.
const keyCacheAge = time.Second

type keyCache struct {
	mu sync.Mutex
	m  map[[32]byte]cachedKey
}

type cachedKey struct {
	key *Access
	at  time.Time
}

// Authenticate finds the key of a secret; nil when there is none or it was revoked.
func (a *App) Authenticate(ctx context.Context, secret string) (*Access, error) {
	hash := sha256.Sum256([]byte(secret))
	if b := a.Settings.BootstrapKey; b != "" {
		want := sha256.Sum256([]byte(b))
		if subtle.ConstantTimeCompare(hash[:], want[:]) == 1 {
			return &Access{ID: BootstrapActor, Name: "bootstrap", Scopes: []string{"*"}}, nil
		}
	}
	a.keys.mu.Lock()
	c, ok := a.keys.m[hash]
	a.keys.mu.Unlock()
	if ok && time.Since(c.at) < keyCacheAge {
		return c.key, nil
	}
	var key *Access
	k, err := a.keyByHash(ctx, hex.EncodeToString(hash[:]))
	if err != nil {
		return nil, err
	}
	if k != nil {
		key = k.access()
	}
	a.keys.mu.Lock()
	defer a.keys.mu.Unlock()
	if len(a.keys.m) > 10_000 { // secrets that are guessed must not fill the memory
		clear(a.keys.m)
	}
	a.keys.m[hash] = cachedKey{key, time.Now()}
	return key, nil
}

func (a *App) keyByHash(ctx context.Context, hash string) (*APIKey, error) {
	var found *APIKey
	err := a.DB.Query(ctx, func(r store.Row) (err error) {
		found, err = scanDoc(APIKeys, r)
		return err
	}, "SELECT doc FROM api_keys WHERE id = (SELECT owner FROM unique_keys WHERE scope = $1 AND value = $2)", ScopeAPIKey, hash)
	if err != nil || found == nil || found.RevokedAt != 0 {
		return nil, err
	}
	return found, nil
}

// NewKey is a key just made, with the secret that is shown once.
type NewKey struct {
	Key    *APIKey
	Secret string
}

// CreateKey makes an API key.
type CreateKey struct {
	Name      string
	Scopes    []string
	Channels  []string
	RateLimit int64
	secret    string
}

// Needs implements work.Command.
func (c *CreateKey) Needs(n *work.Needs) {
	n.Catalog()
	n.Key(ScopeAPIKey, c.hash())
}

func (c *CreateKey) hash() string {
	h := sha256.Sum256([]byte(c.secret))
	return hex.EncodeToString(h[:])
}

// Run implements work.Command.
func (c *CreateKey) Run(u *work.Unit) (NewKey, error) {
	var list errs.List
	if strings.TrimSpace(c.Name) == "" || utf8.RuneCountInString(c.Name) > 200 {
		list.Add("/name", "required", "give a name of at most 200 characters")
	}
	if len(c.Scopes) == 0 {
		list.Add("/scopes", "required", "give at least one of %s", strings.Join(Scopes, ", "))
	}
	for i, s := range c.Scopes {
		if !slices.Contains(Scopes, s) {
			list.Add(fmt.Sprintf("/scopes/%d", i), "unknown_value", "give one of %s", strings.Join(Scopes, ", "))
		}
	}
	if err := checkChannels(u, &list, c.Channels); err != nil {
		return NewKey{}, err
	}
	if c.RateLimit < 0 || c.RateLimit > 1_000_000 {
		list.Add("/rate_limit", "out_of_range", "give requests per minute, from 1 to 1000000, or 0 for no limit")
	}
	if err := list.Err(); err != nil {
		return NewKey{}, err
	}
	k := &APIKey{Name: c.Name, Hash: c.hash(), Prefix: c.secret[:12], Scopes: c.Scopes, Channels: c.Channels, RateLimit: c.RateLimit, CreatedAt: u.Now()}
	k.ID = u.NewID("key")
	if _, _, err := u.Claim(ScopeAPIKey, k.Hash, k.ID); err != nil {
		return NewKey{}, err
	}
	APIKeys.Create(u, k)
	u.Record(keyEvent("key.created", k))
	return NewKey{k, c.secret}, nil
}

func keyEvent(kind string, k *APIKey) work.Event {
	return work.Event{Type: kind, Aggregate: k.ID, Body: map[string]any{"key": map[string]any{
		"id": k.ID, "name": k.Name, "prefix": k.Prefix, "scopes": k.Scopes, "channels": k.Channels, "revoked_at": k.RevokedAt,
	}}}
}

// RevokeKey ends an API key. Revoking it again changes nothing.
type RevokeKey struct{ ID string }

// Needs implements work.Command.
func (c *RevokeKey) Needs(n *work.Needs) {
	n.Catalog()
	n.Docs(APIKeys.Spec, c.ID)
}

// Run implements work.Command.
func (c *RevokeKey) Run(u *work.Unit) (*APIKey, error) {
	k, err := APIKeys.Get(u, c.ID)
	if err != nil || k.RevokedAt != 0 {
		return k, err
	}
	k.RevokedAt = u.Now()
	if err := APIKeys.Put(u, k); err != nil {
		return nil, err
	}
	u.Record(keyEvent("key.revoked", k))
	return k, nil
}

// CreateKey makes a key with a fresh secret.
func (a *App) CreateKey(ctx context.Context, c CreateKey, meta work.Meta) work.Outcome {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // never fails since Go 1.24
	c.secret = "ordo_sk_" + strings.ToLower(base32.StdEncoding.EncodeToString(b))
	return work.Submit(ctx, a.Committer, &c, meta)
}

// RevokeKey ends a key; on this node at once.
func (a *App) RevokeKey(ctx context.Context, id string, meta work.Meta) work.Outcome {
	out := work.Submit(ctx, a.Committer, &RevokeKey{id}, meta)
	a.keys.mu.Lock()
	defer a.keys.mu.Unlock()
	clear(a.keys.m)
	return out
}

// ListKeys lists all keys, revoked ones too.
func (a *App) ListKeys(ctx context.Context, after string, limit int) ([]*APIKey, error) {
	return page(ctx, a.DB, APIKeys, after, limit)
}
