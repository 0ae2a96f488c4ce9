package console

import (
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/money"
)

// timelineEntry is one event as a sentence.
type timelineEntry struct {
	Text, Detail string
	By           string
	At           string
	Seq, Version int64
	Kind         string // first word of the type
}

// eventBody is what sentences need of an event.
type eventBody struct {
	Reason  string `json:"reason"`
	Payment *struct {
		Provider string `json:"provider"`
		Currency string `json:"currency"`
		Entry    struct {
			Kind   string `json:"kind"`
			State  string `json:"state"`
			Amount int64  `json:"amount"`
			Reason string `json:"reason"`
		} `json:"entry"`
	} `json:"payment"`
	Fulfillment *struct {
		Location string `json:"location"`
		Lines    []struct {
			Quantity int64 `json:"quantity"`
		} `json:"lines"`
	} `json:"fulfillment"`
	Hold *struct {
		Type    string `json:"type"`
		Reason  string `json:"reason"`
		Rule    string `json:"rule"`
		Because string `json:"because"`
	} `json:"hold"`
	Label *struct {
		Carrier  string `json:"carrier"`
		Tracking string `json:"tracking_number"`
	} `json:"label"`
	Return *struct {
		Type string `json:"type"`
	} `json:"return"`
	Lines []struct {
		Line     string `json:"line"`
		Quantity int64  `json:"quantity"`
	} `json:"lines"`
}

// timeline says events as sentences, newest first.
func (v *visit) timeline(events []api.Event, names map[string]string) []timelineEntry {
	out := make([]timelineEntry, 0, len(events))
	for i := len(events) - 1; i >= 0; i-- {
		out = append(out, v.entry(events[i], names))
	}
	return out
}

// entry says an event as a sentence.
func (v *visit) entry(e api.Event, names map[string]string) timelineEntry {
	kind, rest, _ := strings.Cut(e.Type, ".")
	entry := timelineEntry{At: e.At, Seq: e.Seq, Version: e.Version, Kind: kind, By: names[e.Actor]}
	if entry.By == "" {
		entry.By = e.Actor
	}
	entry.Text = v.word(kind) + ": " + strings.ToLower(v.word(rest))
	var b eventBody
	if jsonx.Unmarshal(e.Body, &b) == nil {
		entry.Detail = v.detail(&b)
	}
	return entry
}

// detail tells the facts of an event.
func (v *visit) detail(b *eventBody) string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if p := b.Payment; p != nil {
		add(v.money(money.Money{Amount: p.Entry.Amount, Currency: p.Currency}))
		add(p.Provider)
		if p.Entry.Reason != "" {
			add(v.word(p.Entry.Reason))
		}
	}
	if f := b.Fulfillment; f != nil {
		units := int64(0)
		for _, l := range f.Lines {
			units += l.Quantity
		}
		add(v.t("%d units at %s", units, f.Location))
	}
	if h := b.Hold; h != nil {
		add(v.word(h.Type))
		if h.Rule != "" {
			add(v.t("by rule %s", h.Rule))
		}
		if h.Rule != "" && h.Reason != "" { // in the words of the rule; what it found stands with the hold
			add(h.Reason)
		} else {
			add(h.Because)
		}
	}
	if l := b.Label; l != nil {
		add(strings.TrimSpace(l.Carrier + " " + l.Tracking))
	}
	for _, l := range b.Lines {
		add(v.t("line %s: %d", l.Line, l.Quantity))
	}
	if b.Reason != "" {
		add(v.t("reason: %s", v.word(b.Reason)))
	}
	return strings.Join(parts, " · ")
}
