package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ordo/internal/bench"
	"ordo/internal/cli"
	"ordo/internal/config"
	"ordo/internal/database"
	"ordo/internal/pgtest"
	"ordo/internal/server"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

// The server that a benchmark starts is its own binary, which in a test is the test.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(serve())
	}
	pgtest.Main(m)
}

// serve runs the server, under a profiler when BENCH_PROFILE names a place for the profiles:
//
//	go test -c -o bench.test ./internal/bench
//	BENCH_PROFILE=/tmp/p BENCH_DB=sqlite:/tmp/b.db ./bench.test -test.run '^$' -test.bench Place -test.benchtime 1x
//	go tool pprof -top /tmp/p.cpu; go tool pprof -top -sample_index=alloc_space /tmp/p.allocs
func serve() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() int { return cli.Run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr, "test") }
	name := os.Getenv("BENCH_PROFILE")
	if name == "" {
		return run()
	}
	cpu, err1 := os.Create(name + ".cpu")
	allocs, err2 := os.Create(name + ".allocs")
	if err1 != nil || err2 != nil || pprof.StartCPUProfile(cpu) != nil {
		fmt.Fprintln(os.Stderr, "no profile:", err1, err2)
		return 1
	}
	code := run()
	pprof.StopCPUProfile()
	if err := pprof.Lookup("allocs").WriteTo(allocs, 0); err != nil {
		return 1
	}
	return code
}

// BenchmarkPlace is for profiles; figures are the business of `ordo bench place`.
func BenchmarkPlace(b *testing.B) {
	url := os.Getenv("BENCH_DB")
	if url == "" {
		url = "sqlite:" + filepath.Join(b.TempDir(), "ordo.db")
	}
	for range b.N {
		res, err := bench.Place(b.Context(), bench.Options{DB: url, Clients: 128, Seconds: 10, WarmUp: time.Second, Lines: 3, SKUs: 10_000, Provider: "manual", Hot: os.Getenv("BENCH_HOT") != ""})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(res.Rate, "orders/s")
		b.ReportMetric(res.ServerCPU, "server-ms/order")
		b.ReportMetric(res.Allocs, "server-allocs/order")
		b.ReportMetric(res.Batch, "orders/commit")
	}
}

func small(db string) bench.Options {
	return bench.Options{DB: db, Clients: 4, Seconds: 0.5, WarmUp: 100 * time.Millisecond, Lines: 3, SKUs: 20, Provider: "manual"}
}

func TestPlace(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		var stored int64
		// The second run finds a used database, the third pays by card.
		for i, change := range []func(*bench.Options){
			func(*bench.Options) {},
			func(o *bench.Options) { o.Hot, o.SKUs = true, 30 },
			func(o *bench.Options) { o.Provider, o.Lines = "sandbox", 1 },
		} {
			o := small(url)
			change(&o)
			o.Verify = true
			res, err := bench.Place(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if res.Orders == 0 || res.Refused != 0 || res.Errors != 0 {
				t.Errorf("run %d: %d orders, %d refused, %d errors: %s", i, res.Orders, res.Refused, res.Errors, res.FirstError)
			}
			if res.Stored == nil || *res.Stored != res.Placed || res.Placed < int64(res.Orders) {
				t.Errorf("run %d: %d orders in %d placements, stored %v", i, res.Orders, res.Placed, res.Stored)
			}
			if res.Verify != "clean" {
				t.Errorf("run %d: verify %s", i, res.Verify)
			}
			stored += res.Placed
			db := storetest.Open(t, url)
			if n := count(t, db, "SELECT count(*) FROM orders"); n != stored {
				t.Errorf("after run %d the database has %d orders, %d were acknowledged", i, n, stored)
			}
			taken, lines := count(t, db, "SELECT sum(allocated) FROM stock_positions"), count(t, db, "SELECT count(*) FROM v_order_lines")
			if taken != lines {
				t.Errorf("after run %d %d units are allocated to %d lines of one unit", i, taken, lines)
			}
			db.Close()
		}
	})
}

func count(t *testing.T, db store.DB, text string) (n int64) {
	t.Helper()
	if err := db.Query(t.Context(), func(r store.Row) error { return r.Scan(&n) }, text); err != nil {
		t.Fatal(err)
	}
	return n
}

// A hot SKU is in every order.
func TestHot(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "ordo.db")
	o := small(url)
	o.Hot = true
	res, err := bench.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, url)
	if n := count(t, db, "SELECT allocated FROM stock_positions WHERE sku = 'BENCH-000001'"); n != res.Placed {
		t.Errorf("%d orders took %d units of the hot SKU", res.Placed, n)
	}
}

// A server that runs already is loaded and left running.
func TestPlaceURL(t *testing.T) {
	c := config.Default()
	c.DB, c.Listen, c.BootstrapKey = "sqlite:"+filepath.Join(t.TempDir(), "ordo.db"), "127.0.0.1:0", "0123456789abcdef"
	srv, err := server.Start(t.Context(), c, "test", quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	o := small("")
	o.URL, o.Key = srv.URL, c.BootstrapKey
	o.Verify = true // but of no database that is named
	res, err := bench.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, srv.DB, "SELECT count(*) FROM orders"); n != res.Placed || res.Stored != nil || res.Verify != "skipped" {
		t.Errorf("the server has %d orders, %d were acknowledged, stored %v", n, res.Placed, res.Stored)
	}
	if srv.App.Committer.Waiting() != 0 {
		t.Error("the server has commands left")
	}
}

func TestPlaceRefuses(t *testing.T) {
	for name, change := range map[string]func(*bench.Options){
		"no database":          func(o *bench.Options) { o.DB = "" },
		"no such engine":       func(o *bench.Options) { o.DB = "mysql://x" },
		"not a URL":            func(o *bench.Options) { o.URL = "127.0.0.1:80" },
		"no key":               func(o *bench.Options) { o.URL = "http://127.0.0.1:1" },
		"nobody there":         func(o *bench.Options) { o.URL, o.Key, o.DB = "http://127.0.0.1:1", "k", "" },
		"no clients":           func(o *bench.Options) { o.Clients = 0 },
		"no time":              func(o *bench.Options) { o.Seconds = 0 },
		"more lines than SKUs": func(o *bench.Options) { o.Lines = 20 },
		"no server":            func(o *bench.Options) { o.Server = []string{"/nonexistent/ordo"} },
		"a server that fails":  func(o *bench.Options) { o.Server = []string{"false"} },
	} {
		t.Run(name, func(t *testing.T) {
			o := small("sqlite:" + filepath.Join(t.TempDir(), "ordo.db"))
			change(&o)
			if res, err := bench.Place(t.Context(), o); err == nil {
				t.Errorf("got %+v", res)
			}
		})
	}
}

// The rows that the loop inserts are those of a real order, with keys of their own.
func TestSQLiteBaseline(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "ordo.db")
	res, err := bench.SQLiteBaseline(t.Context(), bench.BaselineOptions{DB: url, Seconds: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if res.Orders == 0 || res.Orders%100 != 0 {
		t.Errorf("%d orders", res.Orders)
	}
	for name, rows := range res.Rows {
		if n := count(t, db, "SELECT count(*) FROM "+name); n < int64(rows*res.Orders) {
			t.Errorf("%s has %d rows, %d orders of %d were inserted", name, n, res.Orders, rows)
		}
	}
	for _, name := range []string{"orders", "payments", "fulfillments", "journal", "unique_keys", "idempotency"} {
		if res.Rows[name] == 0 {
			t.Errorf("no row of %s is inserted", name)
		}
	}
	if n := count(t, db, "SELECT sum(allocated) FROM stock_positions"); n != int64(3*res.Orders) {
		t.Errorf("%d units taken by %d orders of 3", n, res.Orders)
	}
	// The same size as what a server writes.
	placed, err := bench.Place(t.Context(), small("sqlite:"+filepath.Join(t.TempDir(), "ordo.db")))
	if err != nil {
		t.Fatal(err)
	}
	if ratio := res.Bytes / placed.DatabaseSize; ratio < 0.8 || ratio > 1.2 {
		t.Errorf("the loop writes %.0f bytes per order, the server %.0f", res.Bytes, placed.DatabaseSize)
	}
	if _, err := bench.SQLiteBaseline(t.Context(), bench.BaselineOptions{DB: url, Seconds: 1}); err == nil {
		t.Error("a file that exists was filled with rows that mean nothing")
	}
}

// Every page is read that the navigation leads to, on either engine, and the figures belong to it. Most orders are done.
func TestRead(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, db string) {
		res, err := bench.Read(t.Context(), bench.ReadOptions{DB: db, Orders: 40, Rounds: 2, SKUs: 10})
		if err != nil {
			t.Fatal(err)
		}
		if res.Orders < 40 || res.Done < res.Orders/2 || len(res.Pages) < 20 {
			t.Errorf("%d orders, %d of them delivered, %d pages", res.Orders, res.Done, len(res.Pages))
		}
		for _, part := range []string{"/console/", "/console/reports/demand", "/console/orders/ord_", "/console/orders?q="} {
			if !slices.ContainsFunc(res.Pages, func(p bench.PageTime) bool {
				return strings.HasPrefix(p.Path, part) && p.P50 > 0 && p.P50 <= p.P95 && p.P95 <= p.Max && p.Bytes > 1000
			}) {
				t.Errorf("%s was not read: %+v", part, res.Pages)
			}
		}
		var out bytes.Buffer
		if err := res.Table(&out); err != nil || !strings.Contains(out.String(), "pages are over the aim") {
			t.Error(out.String(), err)
		}
	})
	for _, bad := range []bench.ReadOptions{{Orders: 1, Rounds: 1}, {DB: "sqlite:x", Rounds: 1}, {DB: "sqlite:x", Orders: 1}} {
		if _, err := bench.Read(t.Context(), bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// The commands print what bench/run.sh reads.
func TestCommands(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string]string{
		"place":           "place --db sqlite:" + dir + "/a.db --hot --clients 4 --seconds 0.5 --skus 10 --json",
		"sqlite-baseline": "sqlite-baseline --db sqlite:" + dir + "/b.db --seconds 0.2 --json",
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			if code := cli.Run(t.Context(), append([]string{"bench"}, strings.Fields(args)...), os.Environ(), &out, &errOut, "test"); code != 0 {
				t.Fatalf("exit %d: %s", code, errOut.String())
			}
			var got struct {
				What    string
				Rate    float64
				P50     *float64 `json:"p50_ms"`
				P99     *float64 `json:"p99_ms"`
				Refused *int64
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil || strings.Count(out.String(), "\n") != 1 {
				t.Fatalf("%v: %q", err, out.String())
			}
			if got.What != name || got.Rate <= 0 || name == "place" && (got.P50 == nil || got.P99 == nil || got.Refused == nil) {
				t.Errorf("got %s", out.String())
			}
		})
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
