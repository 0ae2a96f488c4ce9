package demo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/pgtest"
	"ordo/internal/retail"
	"ordo/internal/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("DEMO_TEST_DIR"); dir != "" {
		victim(dir, os.Getenv("DEMO_TEST_DB"))
	}
	pgtest.Main(m)
}

// slice is a small part of the real data, in which everything happens that happens in the whole.
func slice(t testing.TB) *retail.Plan {
	t.Helper()
	p, err := retail.Load()
	if err != nil {
		t.Fatal(err)
	}
	return sliceOf(p)
}

func sliceOf(p *retail.Plan) *retail.Plan {
	out := &retail.Plan{Adjustments: p.Adjustments[:12], Counts: p.Counts, InvoiceCounts: p.InvoiceCounts, Remarks: p.Remarks}
	canceled := map[string]bool{} // whole or in part
	for _, c := range p.Cancellations {
		canceled[c.OrderInvoice] = true
	}
	in, used := map[string]bool{}, map[string]bool{}
	for i, o := range p.Orders {
		if i%7 == 0 && len(o.Lines) < 20 || canceled[o.Invoice] || o.Total() == 0 || o.Customer.ID == "" && len(o.Lines) < 60 {
			out.Orders, in[o.Invoice] = append(out.Orders, o), true
			for _, l := range o.Lines {
				used[l.SKU] = true
			}
		}
	}
	for _, c := range p.Cancellations {
		if in[c.OrderInvoice] {
			out.Cancellations = append(out.Cancellations, c)
		}
	}
	for _, a := range out.Adjustments {
		used[a.SKU] = true
	}
	for _, x := range p.Products {
		if used[x.SKU] {
			out.Products = append(out.Products, x)
		}
	}
	return out
}

// options are those of a demo on a folder of its own; url is of storetest.EachURL.
func options(t *testing.T, url string, p *retail.Plan) Options {
	t.Helper()
	o := Options{Dir: filepath.Join(t.TempDir(), "demo"), Listen: "127.0.0.1:0", Exit: true, Version: "test", Out: io.Discard, Plan: p}
	if strings.HasPrefix(url, "postgres") {
		o.DB = url
	}
	return o
}

func summaryOf(t *testing.T, dir string) *Summary {
	t.Helper()
	f := &folder{dir: dir}
	if known, err := f.read(); !known || err != nil {
		t.Fatalf("no marker: %v", err)
	}
	if !f.marker.Finished {
		t.Fatal("not finished")
	}
	return f.marker.Summary
}

// steady is a summary without what differs from run to run.
func steady(s *Summary) Summary {
	out := *s
	out.Times, out.Sample, out.SamplePage = Times{}, "", ""
	out.CycleSeconds = 0
	return out
}

func TestReplay(t *testing.T) {
	p := slice(t)
	storetest.EachURL(t, func(t *testing.T, url string) {
		o := options(t, url, p)
		var out bytes.Buffer
		o.Out = &out
		verified := 0
		o.prover = func(ctx context.Context, url string, w io.Writer) (bool, error) {
			verified++
			return prove(ctx, url, w)
		}
		if err := Run(t.Context(), o); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		checkSummary(t, summaryOf(t, o.Dir), p)
		for _, want := range []string{"Replaying 581 invoices", "everything is right", "comes back as a return after delivery", "had been paid and is refunded", "1 resolved", "return rate ", "resolved in time 100.0 %", "CC BY 4.0", "payment_declined", "409 insufficient_stock"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the output lacks %q:\n%s", want, out.String())
			}
		}

		if strings.Contains(out.String(), "within 0.0 h of the order") {
			t.Errorf("all happens at once:\n%s", out.String())
		}

		// A second start finds the data as it is and shows the same summary.
		first := summaryOf(t, o.Dir)
		out.Reset()
		if err := Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if verified != 1 || !strings.Contains(out.String(), "is finished") || !strings.Contains(out.String(), "What Ordo made of it") {
			t.Errorf("verified %d times; second start:\n%s", verified, out.String())
		}
		if !reflect.DeepEqual(first, summaryOf(t, o.Dir)) {
			t.Error("the second start changed the summary")
		}
	})
}

// checkSummary compares a summary with what the plan and the script ask for.
func checkSummary(t *testing.T, s *Summary, p *retail.Plan) {
	t.Helper()
	var want Summary
	var declined, inParts int
	var shipped int64
	status := map[string]int{}
	for _, e := range write(p, "").episodes() {
		if e.declined {
			declined++
		}
		homes := map[string]bool{}
		for _, l := range e.body.Lines {
			homes[home(l.SKU)] = true
			want.Units += l.Quantity
			if (e.fate == staysShipped || e.fate == isDelivered) && !e.half {
				shipped += l.Quantity
			}
		}
		want.Shipments += len(homes)
		if len(homes) > 1 {
			inParts++
		}
		want.OrderLines += len(e.body.Lines)
		switch {
		case e.fate == isCanceled:
			status["canceled"]++
		case e.fate < staysShipped || e.half && len(homes) > 1:
			status["open"]++
		default:
			status["completed"]++
		}
	}
	for _, o := range p.Orders {
		want.Worth += o.Total()
	}
	got := Summary{Units: s.Units, OrderLines: s.OrderLines, Worth: s.Worth, Shipments: s.Shipments}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if s.Placed != len(p.Orders) || s.Asked != len(p.Orders) || s.Now != s.Placed || s.InParts != inParts || inParts == 0 {
		t.Errorf("%d placed, %d now, %d asked, %d in parts, want %d and %d", s.Placed, s.Now, s.Asked, s.InParts, len(p.Orders), inParts)
	}
	if want := map[string]int{"payment_declined": declined}; declined == 0 || !reflect.DeepEqual(s.Refused, want) {
		t.Errorf("refused %v, want %v", s.Refused, want)
	}
	if !reflect.DeepEqual(s.Status, status) || status["canceled"] != 2 || status["open"] == 0 {
		t.Errorf("status %v, want %v", s.Status, status)
	}
	if s.Shipped < shipped || s.Captured <= 0 || s.Captured >= s.Worth || s.DatabaseBytes < 100_000 {
		t.Errorf("%d units shipped, at least %d expected; %d captured; %d bytes", s.Shipped, shipped, s.Captured, s.DatabaseBytes)
	}
	checkReturns(t, s, p)
	checkProbes(t, s)
}

// checkReturns: every cancellation of a part came back, at the prices of the data, and the desk has its cases.
func checkReturns(t *testing.T, s *Summary, p *retail.Plan) {
	t.Helper()
	prices := map[string][]retail.Line{}
	for _, o := range p.Orders {
		prices[o.Invoice] = o.Lines
	}
	invoices := map[string]bool{}
	want := Returns{}
	for _, c := range p.Cancellations {
		if !c.WholeOrder {
			invoices[c.Invoice] = true
			want.Units += int64(c.Quantity)
			want.Claimed += int64(c.Quantity) * prices[c.OrderInvoice][c.Line].UnitPrice
		}
	}
	want.Asked = len(invoices)
	want.Status = map[string]int{"closed": want.Asked}
	want.Decided = want.Claimed // none of these orders has a discount
	if want.Asked != 6 {
		t.Errorf("%d returns in the data", want.Asked)
	}
	got := s.Returns
	if got.Refunded <= 0 || got.Refunded > got.Decided {
		t.Errorf("%d refunded of %d", got.Refunded, got.Decided)
	}
	if got.Refunded = 0; !reflect.DeepEqual(got, want) {
		t.Errorf("returns %+v, want %+v", got, want)
	}
	cases := Cases{Status: map[string]int{"new": 2, "resolved": 1}, Origin: map[string]int{"mail": 1, "phone": 1, "exception": 1}}
	if !reflect.DeepEqual(s.Cases, cases) {
		t.Errorf("cases %+v, want %+v", s.Cases, cases)
	}
}

func checkProbes(t *testing.T, s *Summary) {
	t.Helper()
	var answers []string
	for _, x := range s.Probes {
		answers = append(answers, x.Answer)
	}
	if want := []string{
		"409 insufficient_stock", "422 validation_failed", "the same answer, nothing placed twice", "422 idempotency_conflict", "409 external_order_conflict", "409 illegal_transition",
	}; !reflect.DeepEqual(answers, want) {
		t.Errorf("probes: %q", answers)
	}
}

// TestStopAndGoOn interrupts a replay as Ctrl-C does, in the middle.
func TestStopAndGoOn(t *testing.T) {
	p := slice(t)
	whole := options(t, "", p)
	if err := Run(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	o := options(t, "", p)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o.Out = &watcher{seen: func(url string) { go func() { untilHalf(t, url, p); stop() }() }}
	err := Run(ctx, o)
	if err == nil || !strings.Contains(err.Error(), "goes on from here") {
		t.Fatalf("got %v", err)
	}
	var out bytes.Buffer
	o.Out = &out
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	got, want := summaryOf(t, o.Dir), summaryOf(t, whole.Dir)
	if !reflect.DeepEqual(steady(got), steady(want)) {
		t.Errorf("after going on:\n%+v\nin one go:\n%+v", got, want)
	}
	if !got.Resumed || got.Now == 0 || got.Now > len(p.Orders)*2/3 || !strings.Contains(out.String(), "was cut off") {
		t.Errorf("%d orders were placed by the second run\n%s", got.Now, out.String())
	}
}

// TestKillAndGoOn does the same with kill -9, on both engines. On PostgreSQL its orders need no card: other nodes
// could be at work on the payments of a process that died, so they come back after half a minute only.
func TestKillAndGoOn(t *testing.T) {
	p := slice(t)
	storetest.EachURL(t, func(t *testing.T, url string) {
		whole, o := options(t, "", p), options(t, url, p)
		if o.DB != "" {
			whole.payer, o.payer = app.Manual, app.Manual
		}
		if err := Run(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "DEMO_TEST_DIR="+o.Dir, "DEMO_TEST_DB="+o.DB)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err == nil {
			untilHalf(t, serverURL.FindString(line), p)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if err := Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		got, want := summaryOf(t, o.Dir), summaryOf(t, whole.Dir)
		if !reflect.DeepEqual(steady(got), steady(want)) {
			t.Errorf("after the kill:\n%+v\nin one go:\n%+v", got, want)
		}
		if got.Now == 0 || got.Now > len(p.Orders)*2/3 {
			t.Errorf("%d orders were placed after the kill", got.Now)
		}
	})
}

// victim is the main function of the test binary that TestKillAndGoOn kills.
func victim(dir, db string) {
	o := Options{Dir: dir, DB: db, Listen: "127.0.0.1:0", Exit: true, Out: os.Stdout}
	if db != "" {
		o.payer = app.Manual
	}
	p, err := retail.Load()
	if err == nil {
		o.Plan = sliceOf(p)
		err = Run(context.Background(), o)
	}
	fmt.Fprintln(os.Stderr, "the victim outlived its murder:", err)
	os.Exit(3)
}

var serverURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// watcher tells once where the server is.
type watcher struct {
	mu   sync.Mutex
	seen func(url string)
}

func (w *watcher) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if url := serverURL.Find(b); url != nil && w.seen != nil {
		w.seen(string(url))
		w.seen = nil
	}
	return len(b), nil
}

// until waits until the newest order of a list is as wanted.
func until(t *testing.T, url, filter string, wanted func(externalID string) bool) {
	c := newClient(url)
	defer c.http.CloseIdleConnections()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var orders list[struct {
			ExternalID string `json:"external_id"`
		}]
		if err := c.get(context.Background(), "/v1/orders?limit=1"+filter, &orders); err != nil {
			t.Errorf("the server went away: %v", err)
			return
		}
		if len(orders.Data) > 0 && wanted(orders.Data[0].ExternalID) {
			return
		}
	}
	t.Error("nothing happens")
}

// untilHalf waits until half of a plan's orders are placed.
func untilHalf(t *testing.T, url string, p *retail.Plan) {
	until(t, url, "&q="+p.Orders[len(p.Orders)/2].Invoice, func(string) bool { return true })
}

// TestBrokenData: the verdict is the exit code, and the demo is not finished.
func TestBrokenData(t *testing.T) {
	p := slice(t)
	p.Orders, p.Cancellations = p.Orders[:3], nil
	o := options(t, "", p)
	o.prover = func(context.Context, string, io.Writer) (bool, error) { return false, nil }
	if err := Run(t.Context(), o); !errors.Is(err, errBroken) {
		t.Fatalf("got %v", err)
	}
	f := &folder{dir: o.Dir}
	if _, err := f.read(); err != nil || f.marker.Finished {
		t.Errorf("finished: %v, %v", f.marker.Finished, err)
	}
}

func TestOneDemoPerFolder(t *testing.T) {
	p := slice(t)
	p.Orders, p.Cancellations = p.Orders[:3], nil
	o := options(t, "", p)
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	first := o
	first.Exit, first.NoTrickle = false, true
	first.Out = &watcher{seen: func(url string) { ready <- url }}
	go func() { done <- Run(ctx, first) }()
	url := <-ready
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another ordo") {
		t.Errorf("a second one: %v", err)
	}
	o.Fresh = true
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "a demo runs in") {
		t.Errorf("--fresh beside it: %v", err)
	}
	o.Fresh, o.Listen, o.Dir = false, strings.TrimPrefix(url, "http://"), filepath.Join(t.TempDir(), "other")
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("the same port: %v", err)
	}
	stop()
	if err := <-done; err != nil && !strings.Contains(err.Error(), "goes on from here") {
		t.Error(err)
	}
}

// TestForeignDatabase: only an empty database is filled.
func TestForeignDatabase(t *testing.T) {
	p := slice(t)
	p.Orders, p.Cancellations = p.Orders[:3], nil
	url := pgtest.New(t)
	if err := Run(t.Context(), options(t, url, p)); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), options(t, url, p)); err == nil || !strings.Contains(err.Error(), "give an empty one") {
		t.Errorf("got %v", err)
	}
}
