package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// What is read of answers; the whole of them is in /openapi.json.
type (
	object map[string]any

	list[T any] struct {
		Data []T `json:"data"`
	}

	money struct {
		Amount   int64  `json:"amount"` // in the smallest unit: cents, pence
		Currency string `json:"currency"`
	}

	product struct {
		SKU    string `json:"sku"`
		Name   string `json:"name"`
		Price  money  `json:"price"`
		Active bool   `json:"active"`

		way string // of delivery that was chosen
	}

	availability struct {
		Data []struct {
			SKU       string `json:"sku"`
			Available int64  `json:"available"`
			Promises  []struct {
				Method   string `json:"shipping_method"`
				Earliest string `json:"earliest"`
				Latest   string `json:"latest"`
			} `json:"promises"`
		} `json:"data"`
	}

	reservation struct {
		ID        string `json:"id"`
		ExpiresAt string `json:"expires_at"`
	}

	orderView struct {
		ID     string `json:"id"`
		Number string `json:"number"`
		Totals struct {
			Shipping money `json:"shipping"`
			Total    money `json:"grand_total"`
		} `json:"totals"`
	}
)

// String is enough for a log; an app writes money by the customer's locale, and knows that yen have no cents.
func (m money) String() string {
	return fmt.Sprintf("%d.%02d %s", m.Amount/100, m.Amount%100, m.Currency)
}

// client calls the API.
type client struct {
	base, key string
	http      *http.Client
	loseNext  bool // the next answer is lost on its way, for the example's sake
}

// refusal is an answer that says no: a problem by RFC 9457.
type refusal struct {
	Status int    `json:"status"`
	Code   string `json:"code"` // stable: decide by it
	Detail string `json:"detail"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Detail) }

// errLost is what a phone sees in a tunnel.
var errLost = errors.New("the connection broke before the answer came")

// unsure reports whether an error leaves open what happened. Refusals say that nothing did, but for those of a server in
// trouble.
func unsure(err error) bool {
	var no *refusal
	return !errors.As(err, &no) || no.Status >= 500 || no.Status == http.StatusTooManyRequests
}

func (c *client) get(ctx context.Context, path string, out any) error {
	_, err := c.do(ctx, http.MethodGet, path, "", nil, out)
	return err
}

// post does something once under a key. It reports whether this key had done it before.
func (c *client) post(ctx context.Context, path, key string, body, out any) (again bool, err error) {
	return c.do(ctx, http.MethodPost, path, key, body, out)
}

func (c *client) do(ctx context.Context, method, path, key string, body, out any) (again bool, err error) {
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			return false, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, &b)
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return false, err
	}
	if c.loseNext {
		c.loseNext = false
		return false, errLost
	}
	if res.StatusCode >= 300 {
		no := &refusal{Status: res.StatusCode, Detail: string(text)}
		_ = json.Unmarshal(text, no) // a proxy in between may answer with something else
		return false, no
	}
	if out == nil {
		return false, nil
	}
	return res.Header.Get("Idempotent-Replayed") == "true", json.Unmarshal(text, out)
}
