package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/pgtest"
	"ordo/internal/provider/carrier"
	"ordo/internal/provider/carrier/table"
	"ordo/internal/shipping"
	"ordo/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) move(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func each(t *testing.T, f func(t *testing.T, url string, p *Provider, c *clock)) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
		p, err := Open(t.Context(), url, Options{Clock: c.read, Sleep: func(_ context.Context, d time.Duration) error { c.move(d); return nil }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		f(t, url, p, c)
	})
}

var account = carrier.Account{WebhookSecret: "whsec", Carrier: &shipping.Carrier{Name: "Sandbox", Services: []shipping.Service{{Code: "std", Name: "Standard", TransitDays: 2}}}}

func request(key, postal string) carrier.Request {
	place := func(code string) address.Address {
		return address.Address{Name: "Ada", Line1: "1 Road", City: "York", PostalCode: code, Country: "GB"}
	}
	return carrier.Request{
		Key: key, Kind: shipping.Buy, Service: account.Services[0], At: 1,
		Shipment: shipping.Shipment{From: place("HU1 1AA"), To: place(postal), Parcel: shipping.Parcel{WeightGrams: 1500}},
	}
}

func say(out shipping.Outcome, err error) string {
	switch {
	case errors.Is(err, ErrTimeout):
		return "timeout"
	case errors.Is(err, ErrServer):
		return "500"
	case err != nil:
		return err.Error()
	}
	return strings.TrimSpace(out.State + " " + out.Reason)
}

func TestBuy(t *testing.T) {
	cases := map[string][3]string{ // Buy, Query at once, Query after 15 s
		"YO1":   {"succeeded", "succeeded", "succeeded"},
		"00001": {"timeout", "pending", "succeeded"},
		"00002": {"failed address_rejected", "failed address_rejected", "failed address_rejected"},
		"00003": {"500", "unknown", "unknown"},
		"00004": {"succeeded", "succeeded", "succeeded"},
	}
	each(t, func(t *testing.T, _ string, p *Provider, c *clock) {
		for postal, want := range cases {
			r := request("lba_"+postal, postal)
			query := func() string {
				out, known, err := p.Query(t.Context(), account, r)
				if err == nil && !known {
					return "unknown"
				}
				return say(out, err)
			}
			got := [3]string{say(p.Buy(t.Context(), account, r)), query(), ""}
			c.move(15 * time.Second)
			if got[2] = query(); got != want {
				t.Errorf("%s: %q, want %q", postal, got, want)
			}
			again := want[2]
			if again == "unknown" {
				again = "succeeded"
			}
			out, err := p.Buy(t.Context(), account, r)
			if got := say(out, err); got != again {
				t.Errorf("%s again: %s, want %s", postal, got, again)
			}
			if again != "succeeded" {
				continue
			}
			twice, _ := p.Buy(t.Context(), account, r)
			if out.TrackingNumber == "" || out.TrackingNumber != twice.TrackingNumber || !bytes.HasPrefix(out.Paper, []byte("%PDF")) || !bytes.Equal(out.Paper, twice.Paper) ||
				out.Cost != (money.Money{Amount: 600, Currency: "EUR"}) || out.FileHash == "" {
				t.Errorf("%s: %s %v %d bytes", postal, out.TrackingNumber, out.Cost, len(out.Paper))
			}
		}
	})
}

func TestFaultByService(t *testing.T) {
	each(t, func(t *testing.T, _ string, p *Provider, _ *clock) {
		r := request("k", "YO1")
		r.Service.ProviderCode = "rejected"
		if got := say(p.Buy(t.Context(), account, r)); got != "failed address_rejected" {
			t.Error(got)
		}
	})
}

func TestVoid(t *testing.T) {
	each(t, func(t *testing.T, _ string, p *Provider, c *clock) {
		void := func(key, bought string) (carrier.Request, string) {
			r := carrier.Request{Key: key, Kind: shipping.Void, Bought: bought}
			return r, say(p.Void(t.Context(), account, r))
		}
		for postal, want := range map[string]string{"YO1": "succeeded", "00002": "failed unknown_label", "00006": "failed already_used", "00007": "timeout"} {
			_, _ = p.Buy(t.Context(), account, request("b"+postal, postal))
			if _, got := void("v"+postal, "b"+postal); got != want {
				t.Errorf("%s: %s, want %s", postal, got, want)
			}
		}
		if _, got := void("v", "nobody"); got != "failed unknown_label" {
			t.Error(got)
		}
		c.move(15 * time.Second)
		r, got := void("v00007", "b00007")
		if out, known, err := p.Query(t.Context(), account, r); got != "succeeded" || !known || err != nil || out.State != shipping.Succeeded {
			t.Errorf("%s %+v", got, out)
		}
	})
}

// Fifty at once under one key, over two nodes: one label.
func TestTogether(t *testing.T) {
	each(t, func(t *testing.T, url string, p *Provider, c *clock) {
		other, err := Open(t.Context(), url, Options{Clock: c.read})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		numbers := make([]string, 50)
		var wg sync.WaitGroup
		for i := range numbers {
			wg.Go(func() {
				out, err := []*Provider{p, other}[i%2].Buy(t.Context(), account, request("same", "YO1"))
				numbers[i] = out.TrackingNumber + fmt.Sprint(err)
			})
		}
		wg.Wait()
		if n := len(slices.Compact(slices.Sorted(slices.Values(numbers)))); n != 1 {
			t.Errorf("%d different labels", n)
		}
		var all []Record
		if err := other.List(t.Context(), func(r Record) error { all = append(all, r); return nil }); err != nil || len(all) != 1 || all[0].Calls != 50 {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestTracking(t *testing.T) {
	each(t, func(t *testing.T, _ string, p *Provider, c *clock) {
		for postal, want := range map[string]shipping.Code{
			"YO1": shipping.Delivered, "00011": shipping.Delivered, "00012": shipping.Lost, "00013": shipping.ReturnToSender, "00014": shipping.Delivered, "00015": shipping.Delivered,
		} {
			out, err := p.Buy(t.Context(), account, request("k"+postal, postal))
			if err != nil {
				t.Fatal(err)
			}
			track := func() shipping.Tracking {
				scans, err := p.Track(t.Context(), account, out.TrackingNumber, out.ProviderRef)
				if err != nil {
					t.Fatal(err)
				}
				state, _ := shipping.Tracking{}.Add(scans...)
				return state
			}
			if s := track(); s.Code != shipping.PreTransit || len(s.Scans) != 1 {
				t.Errorf("%s begins with %+v", postal, s)
			}
			if err := p.Advance(t.Context(), out.TrackingNumber); err != nil {
				t.Fatal(err)
			}
			if s := track(); s.Code != shipping.InTransit {
				t.Errorf("%s is %s on demand", postal, s.Code)
			}
			c.move(10 * time.Minute)
			if s := track(); s.Code != want {
				t.Errorf("%s ends with %s", postal, s.Code)
			}
		}
		if scans, err := p.Track(t.Context(), account, "", ""); scans != nil || err != nil {
			t.Error("nobody's parcel is tracked")
		}
		if p.Advance(t.Context(), "nobody") == nil {
			t.Error("nobody's parcel moves")
		}
	})
}

func TestRates(t *testing.T) {
	each(t, func(t *testing.T, _ string, p *Provider, _ *clock) {
		got, err := p.Rates(t.Context(), account, request("", "YO1").Shipment)
		if err != nil || len(got) != 1 || got[0].Cost.Amount != 600 {
			t.Error(got, err)
		}
		if _, err := p.Rates(t.Context(), account, request("", "00005").Shipment); err == nil {
			t.Error("rates are not down")
		}
	})
}

// What is written survives the process: another one finds it.
func TestReopen(t *testing.T) {
	each(t, func(t *testing.T, url string, p *Provider, c *clock) {
		first, _ := p.Buy(t.Context(), account, request("k", "YO1"))
		_, _ = p.Buy(t.Context(), account, request("late", "00001"))
		p.Close()
		again, err := Open(t.Context(), url, Options{Clock: c.read})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		c.move(time.Minute)
		for key, postal := range map[string]string{"k": "YO1", "late": "00001"} {
			out, known, err := again.Query(t.Context(), account, request(key, postal))
			if err != nil || !known || out.State != shipping.Succeeded || key == "k" && out.TrackingNumber != first.TrackingNumber {
				t.Errorf("%s: %+v %v %v", key, out, known, err)
			}
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, url := range []string{"", "sqlite:", "mysql://h/d", "sqlite:" + t.TempDir() + "/none/ordo.db"} {
		if p, err := Open(t.Context(), url, Options{}); err == nil {
			p.Close()
			t.Errorf("opened %q", url)
		}
	}
}

func TestWebhook(t *testing.T) {
	p := &Provider{}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	now := micros.Of(at)
	h, body := Message("whsec", "msg_1", at, "SBX1", shipping.Scan{Code: shipping.Delivered, At: now, Place: "York"})
	got, err := p.Webhook(account, h, body, now)
	if err != nil || len(got) != 1 || got[0].TrackingNumber != "SBX1" || got[0].Scans[0] != (shipping.Scan{Code: shipping.Delivered, At: now, Place: "York"}) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := p.Webhook(account, h, append(body, ' '), now); !errs.Is(err, "invalid_signature") {
		t.Error("an altered body passes")
	}
	if _, err := p.Webhook(account, h, body, now.Add(6*time.Minute)); !errs.Is(err, "invalid_signature") {
		t.Error("an old message passes")
	}
	other, _ := Message("other", "msg_1", at, "SBX1")
	if _, err := p.Webhook(account, other, body, now); !errs.Is(err, "invalid_signature") {
		t.Error("another secret passes")
	}
	for _, bad := range []string{`{}`, `{"tracking_number":"x","scans":[{"code":"beamed","at":"2026-01-01T00:00:00Z"}]}`, `[`} {
		if _, err := p.Webhook(account, sign("whsec", "m", at, []byte(bad)), []byte(bad), now); !errs.Is(err, "malformed_json") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// The table in the package comment is the documentation of the faults.
func TestTableIsComplete(t *testing.T) {
	text, err := os.ReadFile("sandbox.go")
	if err != nil {
		t.Fatal(err)
	}
	comment, _, _ := strings.Cut(string(text), "\npackage ")
	for postal, name := range faults {
		if !slices.ContainsFunc(strings.Split(comment, "\n"), func(l string) bool {
			f := strings.Fields(l)
			return len(f) > 3 && f[1] == postal && f[2] == name
		}) {
			t.Errorf("%s %s is missing", postal, name)
		}
	}
}

func TestTableNumbers(t *testing.T) {
	seen := map[string]bool{}
	for i := range 1000 {
		n := table.TrackingNumber(fmt.Sprint("key", i))
		if len(n) != 20 || seen[n] || n != table.TrackingNumber(fmt.Sprint("key", i)) {
			t.Fatalf("%q", n)
		}
		seen[n] = true
		rest := 0
		for _, d := range n[2:] {
			rest = (rest*10 + int(d-'0')) % 97
		}
		if rest != 1 {
			t.Fatalf("%q fails its check digits", n)
		}
	}
}

func TestReadOnly(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		if _, err := OpenReadOnly(t.Context(), url, Options{}); !errors.Is(err, ErrNoStore) {
			t.Errorf("before the first use: %v", err)
		}
		p, err := Open(t.Context(), url, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		buy, void := request("buy", "YO1"), request("void", "YO1")
		void.Kind, void.Bought = shipping.Void, "buy"
		_ = say(p.Buy(t.Context(), account, buy))
		_ = say(p.Void(t.Context(), account, void))
		r, err := OpenReadOnly(t.Context(), url, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var got []string
		if err := r.List(t.Context(), func(r Record) error { got = append(got, r.Key+" "+r.State+" "+r.Bought); return nil }); err != nil || !slices.Equal(got, []string{"buy succeeded ", "void succeeded buy"}) {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := r.Buy(t.Context(), account, request("other", "YO1")); err == nil {
			t.Error("it writes")
		}
	})
}
