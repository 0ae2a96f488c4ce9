// Package webhook holds the rules of telling other systems what happened.
//
// What lives here: an endpoint and what it wants to hear, the signature of a message (Standard Webhooks), when a
// message is tried again, and when an endpoint has been silent for too long. What does not: sending (connect/webhooks).
// The one idea: an endpoint has a place in the journal, not a queue of copies. Only what was refused, and what has to
// wait behind it so that each order is told in its own order, has a row of its own.
package webhook

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Endpoint is an address of another system, and what it is told.
type Endpoint struct {
	doc.Meta
	URL         string   `json:"url"`
	Description string   `json:"description,omitzero"`
	Events      []string `json:"events"`            // types, "order.*", or "*" for all but those about webhooks
	Channels    []string `json:"channels,omitzero"` // empty: all, and what is about no order
	Payload     string   `json:"payload"`           // Thin or Fat
	Personal    bool     `json:"personal,omitzero"` // fat payloads carry personal data, as far as Owner may see it
	Format      string   `json:"format"`            // version of the payload: Format1
	Owner       string   `json:"owner"`             // id of the API key that made it

	State          string      `json:"state"`
	DisabledReason string      `json:"disabled_reason,omitzero"`
	DisabledAt     micros.Time `json:"disabled_at,omitzero"`
	// Epoch is the version with which it was made or enabled last: what is known of how it does counts from there.
	// With Skip, so does its place in the journal: it is told what follows that event.
	Epoch     int64       `json:"epoch"`
	Skip      bool        `json:"skip"`
	CreatedAt micros.Time `json:"created_at"`
	Secrets   []Secret    `json:"secrets,omitzero"` // newest first; never in events
}

// Secret signs messages until it expires.
type Secret struct {
	Value     string      `json:"value"` // whsec_ and base64
	CreatedAt micros.Time `json:"created_at"`
	ExpiresAt micros.Time `json:"expires_at,omitzero"` // 0: the current one
}

// What a message carries.
const (
	Thin = "thin" // ids, version and position
	Fat  = "fat"  // and what the event says
)

// Payloads lists them.
var Payloads = []string{Thin, Fat}

// Format1 is the only version of the payload so far. It is pinned per endpoint, so that a later one changes nobody.
const Format1 = "1"

// States of an endpoint as they are stored. One that has failed several times in a row is shown as throttled.
const (
	Active    = "active"
	Throttled = "throttled" // derived, see Health
	Disabled  = "disabled"
	Deleted   = "deleted"
)

// Why an endpoint is disabled.
const (
	ByPerson = "request" // somebody asked for it
	Failing  = "failing" // it took nothing for too long
	Gone     = "gone"    // it answered 410
)

// transitions are the steps of an endpoint: state, what happens, next state.
var transitions = map[string]map[string]string{
	Active:   {"disable": Disabled, "delete": Deleted},
	Disabled: {"enable": Active, "delete": Deleted},
	Deleted:  {},
}

// Step takes the endpoint a step on: enable, disable or delete.
func Step(e *Endpoint, event, reason string, now micros.Time) (*Endpoint, error) {
	next := *e
	to, ok := transitions[e.State][event]
	if !ok {
		return nil, errs.IllegalTransition("the webhook endpoint", e.State, event, steps(e.State))
	}
	next.State, next.DisabledReason, next.DisabledAt = to, "", 0
	if to != Active {
		next.DisabledReason, next.DisabledAt = reason, now
	}
	if to == Deleted {
		next.Secrets = nil
	}
	return &next, nil
}

func steps(state string) []string {
	out := []string{}
	for event := range transitions[state] {
		out = append(out, event)
	}
	slices.Sort(out)
	return out
}

const (
	maxURL         = 2000
	maxDescription = 500
	maxEvents      = 100
)

// Check adds what is wrong with an endpoint as it was sent.
func (e *Endpoint) Check(list *errs.List) {
	u, err := url.Parse(e.URL)
	switch {
	case e.URL == "":
		list.Add("/url", "required", "give the address that takes the messages")
	case len(e.URL) > maxURL:
		list.Add("/url", "too_long", "give at most %d characters", maxURL)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		list.Add("/url", "invalid_url", "give an absolute https URL without user and fragment")
	}
	if utf8.RuneCountInString(e.Description) > maxDescription {
		list.Add("/description", "too_long", "give at most %d characters", maxDescription)
	}
	if len(e.Events) == 0 || len(e.Events) > maxEvents {
		list.Add("/events", "required", "give 1 to %d types of events, such as order.placed, payment.* or *", maxEvents)
	}
	for i, t := range e.Events {
		if text := wrong(t); text != "" {
			list.Add("/events/"+strconv.Itoa(i), "unknown_value", "%s", text)
		}
	}
	if !slices.Contains(Payloads, e.Payload) {
		list.Add("/payload", "unknown_value", "give one of %s", strings.Join(Payloads, ", "))
	}
	if e.Personal && e.Payload != Fat {
		list.Add("/personal", "not_allowed", "thin payloads carry no personal data; ask for payload fat")
	}
}

// CheckAddress adds a finding where the URL names an address, or this machine, that messages may not be sent to. A name
// is judged when it is connected to, for it may lead elsewhere by then.
func (e *Endpoint) CheckAddress(list *errs.List, reaches func(netip.Addr) bool) {
	u, err := url.Parse(e.URL)
	if err != nil || reaches == nil {
		return
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	var ok bool
	if a, err := netip.ParseAddr(host); err == nil {
		ok = reaches(a.Unmap())
	} else {
		here := host == "localhost" || strings.HasSuffix(host, ".localhost")
		ok = !here || reaches(netip.MustParseAddr("127.0.0.1")) || reaches(netip.IPv6Loopback())
	}
	if !ok {
		list.Add("/url", "not_allowed", "%s is not a public address; give one, or have an operator list its network in the setting webhook_networks", errs.Clip(host))
	}
}

// about is the first word of the types of events about endpoints.
const about = "webhook."

// TestEvent is what an endpoint is sent to try it out.
const TestEvent = "webhook.tested"

// Wants reports whether the endpoint is told an event. What is about the endpoint itself is not sent to it, but for
// tests: a failing endpoint would otherwise make news of its failures for ever. For the same reason * does not stand
// for what is about other endpoints. Channel is that of the order that the event is about; "" for none.
func (e *Endpoint) Wants(eventType, aggregate, channel string) bool {
	if aggregate == e.ID {
		return eventType == TestEvent
	}
	if eventType == TestEvent || len(e.Channels) > 0 && !slices.Contains(e.Channels, channel) {
		return false
	}
	for _, t := range e.Events {
		kind, all := strings.CutSuffix(t, "*")
		if t == eventType || all && kind != "" && strings.HasPrefix(eventType, kind) || t == "*" && !strings.HasPrefix(eventType, about) {
			return true
		}
	}
	return false
}

// Public is the endpoint without what signs: as it stands in events.
func (e *Endpoint) Public() *Endpoint {
	p := *e
	p.Secrets = nil
	return &p
}
