package demo

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ordo/internal/retail"
)

func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		live bool
		want []string // what must stand in the output, in this order
		not  string
	}{
		{false, []string{
			"  replay        [####............]   250/1,000  125/s  ETA 6s  Monday\n",
			"  replay        [########........]   500/1,000  125/s  ETA 4s  Monday\n",
			"  replay        1,000/1,000    8.0 s  125/s\n",
		}, "\r"},
		{true, []string{"\r  replay        [................]    12/1,000  120/s  ETA 8s  Monday\x1b[K", "\r  replay        1,000/1,000    8.0 s  125/s\x1b[K\n"}, "s   Monday\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			p := &progress{out: &out, live: tt.live}
			p.step("replay", 1000)
			p.say("Monday")
			for i := range 80 {
				time.Sleep(99 * time.Millisecond)
				p.add(12 + i%2)
				time.Sleep(time.Millisecond)
			}
			p.end()
			rest := out.String()
			for _, want := range tt.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("live %v: no %q in %q", tt.live, want, out.String())
				}
				rest = after
			}
			if strings.Contains(out.String(), tt.not) {
				t.Errorf("live %v: %q in %q", tt.live, tt.not, out.String())
			}
		})
	}
}

func TestProgressOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &progress{out: &out}
		p.step("nothing", 0)
		time.Sleep(3 * time.Second)
		p.end()
		if want := "  nothing       [################]         0/0\n  nothing               0/0    3.0 s\n"; out.String() != want {
			t.Errorf("got %q", out.String())
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{thousands(0), "0"},
		{thousands(999), "999"},
		{thousands(1000), "1,000"},
		{thousands(-1234567), "-1,234,567"},
		{pounds(5), "0.05"},
		{pounds(-142570), "-1,425.70"},
		{pounds(25208656), "252,086.56"},
		{counts(map[string]int{"b": 2, "a": 2, "c": 1700}), "1,700 c, 2 a, 2 b"},
		{describeRefusals(nil), "none"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

// TestScript looks at the whole plan: the script must lose nothing and never run out of stock, and must show every
// state.
func TestScript(t *testing.T) {
	p, err := retail.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := write(p, "")
	if !reflect.DeepEqual(s, write(p, "")) {
		t.Fatal("two scripts of one plan differ")
	}
	units := map[string]int{}
	for _, l := range s.stock {
		units[l.SKU] += int(l.Delta)
	}
	if !reflect.DeepEqual(units, p.OpeningStock()) {
		t.Error("the opening stock is not that of the plan")
	}
	fates, parts, paid := map[fate]int{}, map[int]int{}, map[string]int{}
	var invoices []string
	for _, e := range s.episodes() {
		fates[e.fate]++
		homes := map[string]bool{}
		for _, l := range e.body.Lines {
			homes[home(l.SKU)] = true
			if l.UnitPrice == nil {
				t.Errorf("%s: a line without price", e.invoice)
			}
		}
		parts[len(homes)]++
		paid[e.body.Payment.Provider]++
		invoices = append(invoices, e.invoice)
	}
	for i, o := range p.Orders {
		if !slices.Contains(invoices, o.Invoice) {
			t.Errorf("order %d, %s, is missing", i, o.Invoice)
		}
	}
	if fates[isCanceled] != 2 || fates[isDelivered] < 350 || min(fates[staysPlanned], fates[staysReleased], fates[staysShipped]) < 20 {
		t.Errorf("fates: %v", fates)
	}
	if min(parts[1], parts[2], parts[3]) < 20 || min(paid["manual"], paid["sandbox"]) < 100 {
		t.Errorf("orders by shipments: %v, by payment: %v", parts, paid)
	}
	if s.whole != 20 || s.partial != 8 || len(s.days) != 5 {
		t.Errorf("%d lines of whole cancellations, %d of partial ones, %d days", s.whole, s.partial, len(s.days))
	}
	for _, b := range s.comebacks {
		if b.of.fate != isDelivered || b.of.half {
			t.Errorf("%s comes back of %s, which does not arrive", b.invoice, b.of.invoice)
		}
	}
	if len(s.comebacks) != 6 {
		t.Errorf("%d returns", len(s.comebacks))
	}
	for _, d := range s.days {
		if !slices.IsSortedFunc(d.arrivals, func(a, b arrival) int { return a.at.Compare(b.at) }) {
			t.Errorf("%s is not in the order of its time", d.name)
		}
	}
}

func TestClientTriesAgain(t *testing.T) {
	var keys []string
	answers := []int{503, 409, 500, 201}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key")+" "+r.Header.Get("Authorization"))
		status := answers[len(keys)-1]
		code := map[int]string{409: "idempotency_in_flight", 422: "validation_failed"}[status]
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"code":%q,"status":0,"id":"x"}`, code)
	}))
	defer server.Close()
	var out struct {
		ID string `json:"id"`
	}
	if _, err := newClient(server.URL).post(t.Context(), "/x", "k", map[string]string{}, &out); err != nil || out.ID != "x" {
		t.Fatalf("%v, %+v", err, out)
	}
	if want := "k Bearer " + Key; !reflect.DeepEqual(keys, []string{want, want, want, want}) {
		t.Errorf("sent %q", keys)
	}
	answers, keys = []int{422}, nil
	_, err := newClient(server.URL).post(t.Context(), "/x", "k", nil, nil)
	if no := refused(err); no == nil || no.Status != 422 || len(keys) != 1 {
		t.Errorf("got %v after %d requests", err, len(keys))
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := newClient("http://127.0.0.1:1").post(ctx, "/x", "k", nil, nil); err == nil {
		t.Error("no error after the end")
	}
}

func TestListen(t *testing.T) {
	for addr, ok := range map[string]bool{
		"": true, "127.0.0.1:9": true, "localhost:9": true, "[::1]:9": true,
		":8080": false, "0.0.0.0:8080": false, "192.0.2.1:80": false, "8080": false, "example.com:80": false,
	} {
		if err := checkListen(addr); (err == nil) != ok {
			t.Errorf("%q: %v", addr, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if free(l.Addr().String()) {
		t.Error("a port in use counts as free")
	}
	_ = l.Close()
	if !free(l.Addr().String()) {
		t.Error("a free port counts as used")
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	f, err := openFolder(dir, "", false)
	if err != nil {
		t.Fatal(err)
	}
	f.marker.Starts, f.marker.Finished, f.marker.Summary = 7, true, &Summary{Placed: 1}
	if err := f.save(); err != nil {
		t.Fatal(err)
	}
	if f, err = openFolder(dir, "", false); err != nil || f.marker.Starts != 7 {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := openFolder(dir, "postgres://u:secret@h/d", false); err == nil {
		t.Error("a folder serves two databases")
	}
	for _, name := range []string{"ordo.db", "ordo.db-wal", "ordo.db-shm", "ordo.db.sandbox", "ordo.db.sandbox-wal", "ordo.log", "ordo.db.backup", "letter.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if f, err = openFolder(dir, "", true); err != nil || f.marker.Starts != 0 || f.marker.Finished {
		t.Fatalf("--fresh: %+v, %v", f, err)
	}
	entries, _ := os.ReadDir(dir)
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"demo.json", "letter.txt", "ordo.db.backup", "ordo.db.lock"}; !slices.Equal(left, want) {
		t.Errorf("--fresh left %q", left)
	}
}

func TestFolderOfOthers(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"letter.txt", "Dear", "is not the folder of a demo"},
		{"ordo.db", "", "is not the folder of a demo"},
		{markerName, "{", "is not the marker"},
		{markerName, "{}", "is not the marker"},
		{markerName, `{"ordo_demo":99}`, "another version"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, tt.name), []byte(tt.content), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := openFolder(dir, "", false)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: %v", tt.name, tt.content, err)
		}
		if tt.want == "is not the folder of a demo" {
			if _, err := openFolder(dir, "", true); err == nil {
				t.Errorf("--fresh took the folder with %s", tt.name)
			}
		}
		if b, err := os.ReadFile(filepath.Join(dir, tt.name)); err != nil || string(b) != tt.content {
			t.Errorf("%s was touched", tt.name)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Options{{Dir: file}, {Dir: t.TempDir(), DB: "sqlite:x"}, {Dir: t.TempDir(), DB: "postgres://h/d", Fresh: true}} {
		if _, err := openFolder(bad.Dir, bad.DB, bad.Fresh); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// TestTrickle lets the trickle run for a while after a replay, and then again: the second start must not repeat the
// first one's orders.
func TestTrickle(t *testing.T) {
	p := slice(t)
	o := options(t, "", p)
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Exit, o.pace = false, 2*time.Millisecond
	for start := 2; start <= 3; start++ {
		ctx, stop := context.WithCancel(t.Context())
		o.Out = &watcher{seen: func(url string) {
			go func() {
				defer stop()
				until(t, url, "", func(id string) bool {
					number, ours := strings.CutPrefix(id, fmt.Sprintf("T%d-", start))
					n, err := strconv.Atoi(number)
					return ours && err == nil && n > 60 // the first orders are delivered by then
				})
			}()
		}}
		if err := Run(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.ReadFile(filepath.Join(o.Dir, logName))
	if err != nil || strings.Contains(string(log), "missed a step") {
		t.Errorf("log: %s, %v", log, err)
	}
	var report bytes.Buffer
	if ok, err := prove(t.Context(), "sqlite:"+filepath.Join(o.Dir, dbName), &report); !ok || err != nil {
		t.Errorf("after the trickle: %v\n%s", err, report.String())
	}
}

// TestClock goes through the days of a plan: it stands at or after the invoice that comes, never runs backward, and is never
// in the future.
func TestClock(t *testing.T) {
	day := time.Date(2011, 11, 1, 9, 0, 0, 0, time.UTC)
	p := &retail.Plan{Orders: []retail.Order{{PlacedAt: day}, {PlacedAt: day.AddDate(0, 0, 2)}, {PlacedAt: day.AddDate(0, 0, 4)}}}
	last := time.Now()
	k := newClock(p, last)
	near := func(days int, ahead time.Duration) {
		t.Helper()
		if off := k.now().Sub(last.AddDate(0, 0, days).Add(ahead)); off < 0 || off > time.Minute {
			t.Errorf("%s off", off)
		}
	}
	near(-4, -lead)
	k.reach(day)
	near(-4, 0)
	k.reach(day.AddDate(0, 0, 2))
	k.reach(day.AddDate(0, 0, 1))
	near(-2, 0)
	k.reach(day.AddDate(0, 0, 9))
	near(0, 0)
	if k.now().After(time.Now()) {
		t.Error("in the future")
	}
	if k := newClock(&retail.Plan{}, last); time.Since(k.now()) > time.Minute {
		t.Error("a plan of nothing is not now")
	}
}
