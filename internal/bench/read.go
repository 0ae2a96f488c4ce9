package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"ordo/internal/drive"
	"ordo/internal/store"
)

// ReadOptions of a run of Read.
type ReadOptions struct {
	DB       string   // sqlite:FILE or postgres://…; is kept, and is filled up with orders, most of them delivered
	Orders   int64    // that are stored at least before anything is measured
	Rounds   int      // how often each page is asked for
	SKUs     int      // products to choose from
	Server   []string // as of Options
	Progress func(format string, args ...any)
}

// ReadResult is how long pages take.
type ReadResult struct {
	What   string     `json:"what"` // read
	Engine string     `json:"engine"`
	Orders int64      `json:"orders"` // stored
	Done   int64      `json:"done"`   // of these, delivered
	Rounds int        `json:"rounds"`
	Pages  []PageTime `json:"pages"` // slowest first
}

// PageTime is how long one page takes, from the request to the last byte on the same machine, one request at a time. What
// CPU the server spends on it hardly depends on what else the machine does; it is counted in steps of 10 ms, and the
// server's other work in the meantime is in it.
type PageTime struct {
	Path  string  `json:"path"`
	P50   float64 `json:"p50_ms"`
	P95   float64 `json:"p95_ms"`
	Max   float64 `json:"max_ms"`
	CPU   float64 `json:"cpu_ms"` // of the server, each time; 0 where the system does not tell
	Bytes int     `json:"bytes"`
}

// pageAim is what a page may take (docs/performance.md).
const pageAim = 100 * time.Millisecond

// How long orders are placed, by how many at once, before it is looked how many there are; and how many a second there
// are at most.
const (
	fillFor     = 10
	fillClients = 64
	fillRate    = 300
)

// Read measures the pages of the console: all that the navigation leads to, all reports, lists with filters, a search, an
// order. First it places orders and brings most of them to the door until there are enough, and waits until what follows
// from them is there too.
func Read(ctx context.Context, o ReadOptions) (res *ReadResult, err error) {
	switch {
	case o.DB == "":
		return nil, errors.New("give --db, such as sqlite:/tmp/bench.db (it is kept)")
	case o.Orders < 1:
		return nil, errors.New("--orders: give 1 or more")
	case o.Rounds < 1:
		return nil, errors.New("--rounds: give 1 or more")
	}
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	srv, err := drive.Start(ctx, o.Server, o.DB)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, srv.Stop()) }()
	db, err := openReadOnly(ctx, Options{DB: o.DB})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	orders, err := fillUp(ctx, o, srv, db)
	if err != nil {
		return nil, err
	}
	done, err := stored(ctx, db, " WHERE fulfillment_status = 'delivered'")
	if err != nil {
		return nil, err
	}
	if err := caughtUp(ctx, db, o.Progress); err != nil {
		return nil, err
	}
	r := &reader{base: srv.URL}
	if err := r.signIn(ctx, srv.Client(1)); err != nil {
		return nil, err
	}
	paths, err := r.paths(ctx, srv.Client(1))
	if err != nil {
		return nil, err
	}
	res = &ReadResult{What: "read", Engine: db.Dialect().Name, Orders: orders, Done: done, Rounds: o.Rounds}
	o.Progress("reading %d pages %d times", len(paths), o.Rounds)
	for _, p := range paths {
		t, err := r.time(ctx, p, o.Rounds, srv.PID())
		if err != nil {
			return nil, err
		}
		res.Pages = append(res.Pages, t)
	}
	slices.SortStableFunc(res.Pages, func(a, b PageTime) int { return int((b.P50 - a.P50) * 1000) })
	return res, nil
}

// fillUp places orders and lets them live on (fates) until there are enough, and says how many there are.
func fillUp(ctx context.Context, o ReadOptions, srv *drive.Server, db dbReader) (n int64, err error) {
	for {
		if n, err = stored(ctx, db, ""); err != nil || n >= o.Orders {
			return n, err
		}
		o.Progress("%d of %d orders are stored", n, o.Orders)
		res, err := Place(ctx, Options{
			DB: o.DB, URL: srv.URL, Key: srv.Key, Clients: fillClients, Fill: true, Seconds: min(fillFor, 0.2+float64(o.Orders-n)/fillRate), Lines: 3, SKUs: max(o.SKUs, 6), Provider: "manual",
		})
		if err != nil {
			return 0, err
		}
		if res.Refused > 0 || res.Errors > 0 {
			return 0, fmt.Errorf("orders could not be brought to their end: %s", res.FirstError)
		}
	}
}

// stored counts orders.
func stored(ctx context.Context, db dbReader, where string) (n int64, err error) {
	return n, db.Query(ctx, func(s store.Row) error { return s.Scan(&n) }, "SELECT count(*) FROM orders"+where)
}

// caughtUp waits until the readers of the journal have read all of it: reports are about everything then.
func caughtUp(ctx context.Context, db dbReader, say func(string, ...any)) error {
	for last := int64(-1); ; {
		var behind int64
		if err := db.Query(ctx, func(s store.Row) error { return s.Scan(&behind) },
			"SELECT coalesce(max(h.seq - r.seq), 0) FROM journal_readers r, journal_head h WHERE r.name <> 'nats'"); err != nil {
			return err
		}
		if behind == 0 {
			return nil
		}
		if last < 0 || last-behind > 50_000 {
			say("readers of the journal have %d events to go", behind)
			last = behind
		}
		if err := sleep(ctx, time.Second/2); err != nil {
			return err
		}
	}
}

// reader is somebody with a browser who may see everything.
type reader struct {
	base string
	http *http.Client
}

// signIn makes a user and signs it in, with a password of its own.
func (r *reader) signIn(ctx context.Context, a *drive.Client) error {
	jar, _ := cookiejar.New(nil) // never fails
	r.http = &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	email, password := "bench-"+drive.Secret(8)+"@example.com", drive.Secret(16)
	var made struct {
		Password string
	}
	if err := a.Do(ctx, http.MethodPost, "/v1/users", drive.Obj{"email": email, "name": "Benchmark", "roles": []string{"owner"}}, &made); err != nil {
		return err
	}
	if err := r.post(ctx, "/console/sign-in", url.Values{"email": {email}, "password": {made.Password}}); err != nil {
		return err
	}
	return r.post(ctx, "/console/profile/password", url.Values{"old_password": {made.Password}, "new_password": {password}, "again_password": {password}})
}

func (r *reader) post(ctx context.Context, path string, form url.Values) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", r.base)
	res, err := r.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("POST %s was answered with %d", path, res.StatusCode)
	}
	return nil
}

func (r *reader) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s was answered with %d", path, res.StatusCode)
	}
	return body, err
}

var links = regexp.MustCompile(`href="(/console/[^"#]*)"`)

// linked are the pages below a path that another page leads to.
func (r *reader) linked(ctx context.Context, page, below string) (out []string, err error) {
	body, err := r.get(ctx, page)
	for _, m := range links.FindAllStringSubmatch(string(body), -1) {
		if strings.HasPrefix(m[1], below) && !strings.Contains(m[1], "/assets/") && !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out, err
}

// paths are the pages to read.
func (r *reader) paths(ctx context.Context, a *drive.Client) ([]string, error) {
	out, err := r.linked(ctx, "/console/profile", "/console/") // the navigation, and what everybody has
	if err != nil {
		return nil, err
	}
	reports, err := r.linked(ctx, "/console/reports", "/console/reports/")
	if err != nil {
		return nil, err
	}
	var orders struct {
		Data []struct {
			ID, Number string
			Lines      []struct{ SKU string }
		}
		NextCursor string `json:"next_cursor"`
	}
	if err := a.Get(ctx, "/v1/orders?limit=50&status=open", &orders); err != nil {
		return nil, err
	}
	out = append(out, reports...)
	out = append(out, "/console/orders?status=open&fulfillment_status=unfulfilled", "/console/orders?channel="+channelCode, "/console/fulfillment?stage=release", "/console/audit?actor=")
	for _, o := range orders.Data[:min(len(orders.Data), 1)] {
		out = append(out, "/console/orders/"+o.ID, "/console/orders/"+o.ID+"/sourcing", "/console/orders?q="+o.Number, "/console/orders?cursor="+url.QueryEscape(orders.NextCursor))
	}
	return slices.Compact(slices.Sorted(slices.Values(out))), nil
}

// time asks for a page several times, after one time that does not count.
func (r *reader) time(ctx context.Context, path string, rounds, server int) (t PageTime, err error) {
	var took []time.Duration
	var before time.Duration
	for i := range rounds + 1 {
		if i == 1 {
			before, _ = processCPU(server, "")
		}
		begun := time.Now()
		body, err := r.get(ctx, path)
		if err != nil {
			return t, err
		}
		if i > 0 {
			took = append(took, time.Since(begun))
		}
		t.Bytes = len(body)
	}
	if after, err := processCPU(server, ""); err == nil {
		t.CPU = round(ms(after-before)/float64(rounds), 1)
	}
	slices.Sort(took)
	t.Path, t.P50, t.P95, t.Max = path, ms(percentile(took, .5)), ms(percentile(took, .95)), ms(took[len(took)-1])
	return t, nil
}

// JSON writes the result as one line.
func (r *ReadResult) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Table writes the result for people.
func (r *ReadResult) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, %d orders stored, %d of them delivered, each page %d times\np50 ms\tp95 ms\tmax ms\tCPU ms\tKB\tpage\n", r.Engine, r.Orders, r.Done, r.Rounds)
	over := 0
	for _, p := range r.Pages {
		mark := ""
		if p.P50 > ms(pageAim) {
			mark, over = "  over the aim", over+1
		}
		fmt.Fprintf(t, "%.1f\t%.1f\t%.1f\t%.1f\t%.0f\t%s%s\n", p.P50, p.P95, p.Max, p.CPU, float64(p.Bytes)/1000, p.Path, mark)
	}
	fmt.Fprintf(t, "%d of %d pages are over the aim of %.0f ms\n", over, len(r.Pages), ms(pageAim))
	return t.Flush()
}
