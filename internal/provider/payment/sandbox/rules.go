package sandbox

import (
	"slices"

	"ordo/internal/micros"
	"ordo/internal/payment"
	provider "ordo/internal/provider/payment"
)

// The faults a call can meet.
const (
	slow        = "slow"
	timeout     = "timeout"
	serverError = "error_500"
	webhook     = "webhook"
)

// lost is the state of a key that was called once and answered with a 500: the provider denies knowing it.
const lost payment.State = "lost"

// act is how a call ends when nothing else speaks against it.
type act struct {
	reason, fault string
	once          bool // refused the first time only
}

// tokens are the magic tokens and what they do; the package comment describes them.
var tokens = map[string]map[payment.Kind]act{
	"tok_ok":                 {},
	"tok_ok_slow":            {payment.Authorize: {fault: slow}},
	"tok_declined":           {payment.Authorize: {reason: "card_declined"}},
	"tok_insufficient_funds": {payment.Authorize: {reason: "insufficient_funds"}},
	"tok_timeout":            {payment.Authorize: {fault: timeout}},
	"tok_timeout_declined":   {payment.Authorize: {fault: timeout, reason: "card_declined"}},
	"tok_error_500":          {payment.Authorize: {fault: serverError}},
	"tok_capture_declined":   {payment.Capture: {reason: "capture_declined"}},
	"tok_capture_timeout":    {payment.Capture: {fault: timeout}},
	"tok_refund_fails":       {payment.Refund: {reason: "refund_failed"}},
	"tok_refund_timeout":     {payment.Refund: {fault: timeout}},
	"tok_refund_error_500":   {payment.Refund: {fault: serverError}},

	"tok_capture_declined_once": {payment.Capture: {reason: "capture_declined", once: true}},
	"tok_void_fails_once":       {payment.Void: {reason: "void_failed", once: true}},
	"tok_refund_fails_once":     {payment.Refund: {reason: "refund_failed", once: true}},
	"tok_auth_expires":          {},
	"tok_auth_expires_declined": {},
	"tok_webhook":               {payment.Authorize: {fault: webhook}},
	"tok_webhook_declined":      {payment.Authorize: {fault: webhook, reason: "card_declined"}},
	"tok_capture_webhook":       {payment.Capture: {fault: webhook}},
}

// expires says how long authorizations with a token are good; those that are not here, and those that replace an
// expired one, are good for Options.GoodFor.
func (o Options) expires(r provider.Request, now micros.Time) micros.Time {
	if r.Parent == "" && (r.Token == "tok_auth_expires" || r.Token == "tok_auth_expires_declined") {
		return now.Add(o.ExpireSoon)
	}
	return now.Add(o.GoodFor)
}

// at is the charge as it looks at a time. What is stored is the state in which it ends.
func (c Charge) at(now micros.Time) Charge {
	if now < c.ResolvesAt {
		c.State, c.Reason = payment.Pending, ""
	}
	return c
}

func (c Charge) outcome(now micros.Time) payment.Outcome {
	c = c.at(now)
	out := payment.Outcome{State: c.State, ProviderRef: c.ProviderRef, Reason: c.Reason}
	if c.State == payment.Succeeded {
		out.ExpiresAt = c.ExpiresAt
	}
	return out
}

// book holds what a batch of calls is about: all charges of every authorization that they name.
type book struct {
	pages   map[string]*page   // by key
	members map[string][]*page // by key of the authorization
	changed []*page            // in the order of the first change
}

// page is a charge and whether it has to be written.
type page struct {
	Charge
	stored, changed bool
}

func newBook() *book { return &book{pages: map[string]*page{}, members: map[string][]*page{}} }

func (b *book) add(p *page) {
	b.pages[p.Key] = p
	if m := b.members[p.Authorization]; !slices.Contains(m, p) {
		b.members[p.Authorization] = append(m, p)
	}
}

func (b *book) change(p *page) *page {
	if !p.changed {
		p.changed = true
		b.changed = append(b.changed, p)
	}
	return p
}

// send decides one call. It sees what the calls before it in the same batch did.
func (b *book) send(r provider.Request, now micros.Time, o Options) answer {
	p := b.pages[r.Key]
	if p != nil && p.State != lost {
		return b.again(p, r, now)
	}
	end, authorization := b.judge(r, now)
	if p == nil {
		p = &page{}
	} else if end.fault == serverError {
		end.fault = "" // it happens once
	}
	b.change(p).record(r, end, authorization, now)
	if r.Kind == payment.Authorize {
		if p.ExpiresAt = o.expires(r, now); r.Parent != "" && b.pages[r.Parent] != nil {
			p.Token = b.pages[r.Parent].Token // the card on file
		}
	}
	b.add(p)
	switch end.fault {
	case serverError:
		p.State = lost
		return answer{err: ErrServer}
	case timeout:
		p.ResolvesAt = now.Add(o.ResolveAfter)
		return answer{err: ErrTimeout}
	case webhook:
		p.ResolvesAt = now.Add(o.WebhookOnly)
	case slow:
		p.ResolvesAt = now.Add(o.Slow)
		return answer{outcome: p.outcome(p.ResolvesAt), wait: o.Slow}
	}
	return answer{outcome: p.outcome(now)}
}

// again answers a key that is known.
func (b *book) again(p *page, r provider.Request, now micros.Time) answer {
	b.change(p).Calls++
	if p.Kind != r.Kind || p.Amount != r.Amount || p.Currency != r.Currency || p.Parent != r.Parent {
		p.Reused++
		return answer{outcome: payment.Outcome{State: payment.Failed, Reason: "key_reused"}}
	}
	if p.Fault == slow && now < p.ResolvesAt {
		return answer{outcome: p.outcome(p.ResolvesAt), wait: p.ResolvesAt.Std().Sub(now.Std())}
	}
	return answer{outcome: p.outcome(now)}
}

// record notes a call that is new to the provider.
func (p *page) record(r provider.Request, end act, authorization string, now micros.Time) {
	c := Charge{
		Key: r.Key, Kind: r.Kind, Amount: r.Amount, Currency: r.Currency, Parent: r.Parent, Authorization: authorization,
		Order: r.Order, Payment: r.Payment, State: payment.Succeeded, Reason: end.reason, Fault: end.fault, ProviderRef: refOf(r.Key), CreatedAt: now, Calls: p.Calls + 1,
	}
	if end.reason != "" {
		c.State = payment.Failed
	}
	if _, ok := tokens[r.Token]; ok {
		c.Token = r.Token
	}
	if p.State == lost {
		c.Fault = serverError
	}
	p.Charge = c
}

// judge says how a new call ends and which authorization it belongs to.
func (b *book) judge(r provider.Request, now micros.Time) (act, string) {
	parent := b.pages[r.Parent]
	if r.Kind == payment.Authorize && r.Parent != "" {
		return again(parent), r.Key
	}
	if r.Kind == payment.Authorize {
		if _, ok := tokens[r.Token]; !ok {
			return act{reason: "invalid_token"}, r.Key
		}
		return tokens[r.Token][r.Kind], r.Key
	}
	if parent == nil || parent.State == lost {
		return act{reason: "unknown_parent"}, r.Key
	}
	if parent.Kind == payment.Capture && r.Kind == payment.Refund {
		parent = b.pages[parent.Authorization]
	}
	if parent.Kind != payment.Authorize {
		return act{reason: "unknown_parent"}, r.Key
	}
	if r.Currency != parent.Currency {
		return act{reason: "currency_mismatch"}, parent.Key
	}
	capturable, refundable := b.left(parent.Key, now)
	if r.Kind != payment.Refund && parent.ExpiresAt != 0 && now >= parent.ExpiresAt {
		return act{reason: "authorization_expired"}, parent.Key
	}
	switch {
	case r.Kind == payment.Refund && r.Amount > refundable:
		return act{reason: "amount_exceeds_capture"}, parent.Key
	case r.Kind != payment.Refund && r.Amount > capturable:
		return act{reason: "amount_exceeds_authorization"}, parent.Key
	}
	end := tokens[parent.Token][r.Kind]
	if end.once && b.refused(parent.Key, r.Kind) {
		end = act{}
	}
	return end, parent.Key
}

// again judges an authorization with the card of an earlier one.
func again(parent *page) act {
	switch {
	case parent == nil || parent.State != payment.Succeeded || parent.Kind != payment.Authorize:
		return act{reason: "unknown_parent"}
	case parent.Token == "tok_auth_expires_declined":
		return act{reason: "card_declined"}
	}
	return act{}
}

// refused reports whether a call of this kind on the authorization was refused before.
func (b *book) refused(authorization string, k payment.Kind) bool {
	return slices.ContainsFunc(b.members[authorization], func(p *page) bool { return p.Kind == k && p.State == payment.Failed })
}

// left sums what may still be taken and given back. What is pending and will succeed counts as used, and gives
// nothing yet.
func (b *book) left(authorization string, now micros.Time) (capturable, refundable int64) {
	for _, p := range b.members[authorization] {
		if p.State != payment.Succeeded {
			continue
		}
		there := now >= p.ResolvesAt
		switch p.Kind {
		case payment.Authorize:
			if there {
				capturable += p.Amount
			}
		case payment.Capture:
			capturable -= p.Amount
			if there {
				refundable += p.Amount
			}
		case payment.Void:
			capturable -= p.Amount
		case payment.Refund:
			refundable -= p.Amount
		}
	}
	return capturable, refundable
}

// refOf makes the provider's name for a charge.
func refOf(key string) string {
	r := []rune(key)
	return "sbx_" + string(r[max(0, len(r)-12):])
}
