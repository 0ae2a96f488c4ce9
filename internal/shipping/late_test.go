package shipping

import (
	"testing"
	"time"

	"ordo/internal/micros"
)

func TestSilence(t *testing.T) {
	const hour = micros.Time(3_600_000_000)
	p := Patience{Pickup: 48 * time.Hour, Movement: 120 * time.Hour}
	scans := func(s ...Scan) Tracking { tr, _ := Tracking{}.Add(s...); return tr }
	moved := scans(Scan{Code: PreTransit, At: 100 * hour}, Scan{Code: InTransit, At: 110 * hour})
	for _, tt := range []struct {
		name      string
		label     Label
		sent, now micros.Time
		want      string
	}{
		{"just labeled", Label{Status: Labeled, Provider: Sandbox, LabeledAt: 100 * hour}, 0, 148*hour - 1, ""},
		{"not fetched", Label{Status: Labeled, Provider: Sandbox, LabeledAt: 100 * hour}, 0, 148 * hour, NoPickupScan},
		{"sent later", Label{Status: Labeled, Provider: Sandbox, LabeledAt: 100 * hour}, 120 * hour, 150 * hour, ""},
		{"announced is not fetched", Label{Status: Labeled, LabeledAt: 100 * hour, Tracking: scans(Scan{Code: PreTransit, At: 140 * hour})}, 0, 150 * hour, NoPickupScan},
		{"given back", Label{Status: Voided, LabeledAt: 1}, 0, 900 * hour, ""},
		{"a carrier that reports nothing", Label{Status: Labeled, Provider: Table, LabeledAt: 1}, 0, 900 * hour, ""},
		{"moving", Label{Status: Labeled, Tracking: moved}, 0, 230*hour - 1, ""},
		{"still", Label{Status: Labeled, Tracking: moved}, 0, 230 * hour, NoMovement},
		{"written by hand, then still", Label{Status: Labeled, Provider: Table, Tracking: moved}, 0, 230 * hour, NoMovement},
		{"at the shop", Label{Status: Labeled, Tracking: scans(Scan{Code: AvailableForPickup, At: 1})}, 0, 900 * hour, ""},
		{"delivered", Label{Status: Labeled, Tracking: scans(Scan{Code: Delivered, At: 1})}, 0, 900 * hour, ""},
		{"lost is told already", Label{Status: Labeled, Tracking: scans(Scan{Code: Lost, At: 1})}, 0, 900 * hour, ""},
	} {
		if got := p.Silent(&tt.label, tt.sent, tt.now); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if got := (Patience{}).Silent(&tt.label, tt.sent, tt.now); got != "" {
			t.Errorf("%s: %q without patience to lose", tt.name, got)
		}
	}
	day := DateOf(time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC))
	last := micros.Of(time.Date(2026, 11, 26, 23, 59, 59, 0, time.UTC))
	if Overdue(day, last) || !Overdue(day, last.Add(time.Second)) || Overdue(0, last) {
		t.Error("a day is over when it is over")
	}
}
