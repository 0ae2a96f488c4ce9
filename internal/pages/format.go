package pages

import (
	"fmt"
	"html/template"
	"time"

	"ordo/internal/words"
)

// Format writes values for people, in a language and a time zone, also as markup and beside the time that it is.
type Format struct {
	*words.Format
	now func() time.Time
}

// At writes a time: relative while it is young, exact on hover.
func (f *Format) At(s string) template.HTML {
	t, ok := words.ParseTime(s)
	if !ok {
		return "–"
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`, //nolint:gosec // all three are made here
		t.UTC().Format(time.RFC3339), template.HTMLEscapeString(f.Exact(t)), template.HTMLEscapeString(f.relative(t))))
}

// Ago is at without markup.
func (f *Format) Ago(s string) string {
	if t, ok := words.ParseTime(s); ok {
		return f.relative(t)
	}
	return "–"
}

func (f *Format) relative(t time.Time) string {
	d := f.now().Sub(t)
	past := d >= 0
	if !past {
		d = -d
	}
	var text string
	switch {
	case d < time.Minute && past:
		return f.T("just now")
	case d < time.Hour:
		text = f.T("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		text = f.T("%d h", int(d.Hours()))
	case d < 7*24*time.Hour:
		text = f.T("%d d", int(d.Hours()/24))
	default:
		return f.DayOf(t)
	}
	if past {
		return f.T("%s ago", text)
	}
	return f.T("in %s", text)
}

// tones are the colors of words that stand for a state.
var tones = map[string]string{
	"open": "info", "authorized": "info", "in_progress": "info", "planned": "", "released": "info", "accepted": "info", "picked": "info", "packed": "info", "requested": "warn",
	"paid": "good", "delivered": "good", "completed": "good", "shipped": "good", "succeeded": "good", "sent": "good", "resolved": "good", "active": "good", "received": "good", "closed": "good", "passed": "good",
	"pending": "warn", "partially_paid": "warn", "partially_shipped": "warn", "partially_delivered": "warn", "partially_refunded": "warn", "draft": "", "on_hold": "warn", "partially_returned": "warn", "waiting": "warn", "warned": "warn",
	"failed": "bad", "overcharged": "bad", "rejected": "bad", "breached": "bad", "dead": "bad", "disputed": "bad", "revoked": "bad", "disabled": "bad", "late": "bad", "urgent": "bad", "high": "warn",
	"in_transit": "info", "counting": "info", "ready": "info", "running": "info", "cut_off": "warn", "errored": "bad", "partially_received": "warn", "pending_review": "warn", "approved": "good", "posted": "good",
}

// Pill is a state as a word in its color.
func (f *Format) Pill(state any) template.HTML {
	s := fmt.Sprint(state)
	if s == "" {
		return ""
	}
	return template.HTML(fmt.Sprintf(`<span class="pill %s">%s</span>`, tones[s], template.HTMLEscapeString(f.Word(s)))) //nolint:gosec // tones are ours
}
