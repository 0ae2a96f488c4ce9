package micros

import (
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 15, 30, 123456999, time.FixedZone("", 3600))
	m := Of(at)
	if got := m.String(); got != "2026-11-22T08:15:30.123456Z" {
		t.Error(got)
	}
	if !m.Std().Equal(at.Truncate(time.Microsecond)) || m.Std().Location() != time.UTC || Of(m.Std()) != m {
		t.Errorf("%v became %v", at, m.Std())
	}
	if got := m.Add(time.Second + 1999); got != m+1_000_001 {
		t.Errorf("added %d", got-m)
	}
	if Time(0).String() != "" {
		t.Error("zero is not yet, not 1970")
	}
	if got := Time(-1).String(); got != "1969-12-31T23:59:59.999999Z" {
		t.Error(got)
	}
	// The text sorts as the number does.
	if a, b := m.String(), (m + 1).String(); a >= b || len(a) != len(b) {
		t.Errorf("%s, %s", a, b)
	}
}
