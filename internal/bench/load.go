package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ordo/internal/drive"
)

// load is the buyers: as many closed loops as clients.
type load struct {
	o       Options
	addr    string
	name    string // in every Idempotency-Key of this run
	phase   atomic.Int32
	clients []*buyer
	took    time.Duration // how long was measured
	total   *tally
}

const (
	warming int32 = iota
	measuring
	over
)

func newLoad(o Options) (*load, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	l := &load{o: o, addr: u.Host, name: drive.Secret(8)}
	for i := range o.Clients {
		l.clients = append(l.clients, l.newBuyer(uint64(i)))
	}
	return l, nil
}

// buyer is one client with its request, of which only some digits change from order to order.
type buyer struct {
	load    *load
	id      uint64
	conn    conn
	rng     *rand.Rand
	request []byte
	key     int   // where the number of the order is in the request
	mail    []int // where the digits of the buyer's name are
	skus    []int // where the digits of each SKU are
	chosen  []int
	placed  uint64
	sent    int // requests after placements
	tally   tally
}

// The widths of what changes: a request keeps its length.
const (
	skuDigits   = 6
	mailDigits  = 6
	countDigits = 12
	maxSKUs     = 999_999
)

// sku is the code of the n-th product, from 1.
func sku(n int) string { return fmt.Sprintf("%s%0*d", skuPrefix, skuDigits, n) }

func (l *load) newBuyer(id uint64) *buyer {
	b := &buyer{load: l, id: id, conn: conn{addr: l.addr}, rng: rand.New(rand.NewPCG(rand.Uint64(), id)), chosen: make([]int, l.o.Lines)} //nolint:gosec // not a secret
	body := l.body()
	head := fmt.Sprintf("POST /v1/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s-%06d-%s\r\nContent-Length: %d\r\n\r\n",
		l.addr, l.o.Key, l.name, id, strings.Repeat("0", countDigits), len(body))
	b.request = append([]byte(head), body...)
	b.key = strings.Index(head, "\r\nContent-Length") - countDigits
	b.skus = places(b.request, skuPrefix)
	b.mail = places(b.request, "buyer")
	return b
}

func (l *load) body() string {
	lines := make([]string, l.o.Lines)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"sku":%q,"quantity":1}`, sku(0))
	}
	pay := `{"provider":"manual"}`
	if l.o.Provider != "manual" {
		pay = fmt.Sprintf(`{"provider":%q,"token":"tok_ok"}`, l.o.Provider)
	}
	return fmt.Sprintf(`{"channel":%q,"customer":{"email":"buyer%0*d@example.com","name":"Ada Example"},"shipping_address":`+
		`{"name":"Ada Example","line1":"1 Example Street","city":"Berlin","postal_code":"10115","country":"DE"},"lines":[%s],"payment":%s}`,
		channelCode, mailDigits, 0, strings.Join(lines, ","), pay)
}

// places finds what follows each occurrence of a word.
func places(b []byte, word string) (out []int) {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(word))
		if i < 0 {
			return out
		}
		from += i + len(word)
		out = append(out, from)
	}
}

// put writes n with leading zeros.
func put(b []byte, digits int, n uint64) {
	for i := digits - 1; i >= 0; i-- {
		b[i] = '0' + byte(n%10)
		n /= 10
	}
}

// next makes the next order: another key, other SKUs.
func (b *buyer) next() []byte {
	b.placed++
	put(b.request[b.key:], countDigits, b.placed)
	for _, at := range b.mail {
		put(b.request[at:], mailDigits, b.rng.Uint64N(1_000_000))
	}
	b.choose()
	for i, at := range b.skus {
		put(b.request[at:], skuDigits, uint64(b.chosen[i])) //nolint:gosec // positive
	}
	return b.request
}

// choose draws a SKU per line, all different; a hot one is always the first.
func (b *buyer) choose() {
	for i := range b.chosen {
		if b.load.o.Hot && i == 0 {
			b.chosen[0] = 1
			continue
		}
		for {
			b.chosen[i] = 1 + b.rng.IntN(b.load.o.SKUs)
			if !contains(b.chosen[:i], b.chosen[i]) {
				break
			}
		}
	}
}

func contains(a []int, n int) bool {
	for _, x := range a {
		if x == n {
			return true
		}
	}
	return false
}

// probe places one order the long way and looks at the answer: what is measured must be what is meant.
// It returns the order's id.
func (l *load) probe(ctx context.Context, a *drive.Client) (id string, err error) {
	b := l.newBuyer(999_999)
	defer b.conn.close()
	status, body, err := b.conn.post(ctx, b.next())
	if err != nil {
		return "", err
	}
	var order struct {
		ID    string
		Lines []struct{ SKU string }
	}
	if status != 201 || json.Unmarshal(body, &order) != nil || order.ID == "" || len(order.Lines) != l.o.Lines {
		return "", fmt.Errorf("the first order was answered with %d: %s", status, body)
	}
	var stored struct{ Status string }
	if err := a.Get(ctx, "/v1/orders/"+order.ID, &stored); err != nil {
		return "", err
	}
	if stored.Status != "open" {
		return "", fmt.Errorf("the first order is %q, not open", stored.Status)
	}
	return order.ID, nil
}

// run lets all buyers buy: first to warm up, then for the time that counts. It returns what was observed at the
// beginning and the end of that time.
func (l *load) run(ctx context.Context, w *watch) (before, after sample, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for _, b := range l.clients {
		wg.Go(func() { b.buy(ctx) })
	}
	if err = sleep(ctx, l.o.WarmUp); err == nil {
		before, err = w.sample(ctx)
	}
	if err == nil {
		begin := time.Now()
		l.phase.Store(measuring)
		err = sleep(ctx, time.Duration(l.o.Seconds*float64(time.Second)))
		l.phase.Store(over)
		l.took = time.Since(begin)
	}
	if err == nil {
		after, err = w.sample(ctx)
	}
	if err != nil {
		cancel()
	}
	wg.Wait()
	l.total = &tally{}
	for _, b := range l.clients {
		l.total.add(&b.tally)
	}
	l.total.sum()
	return before, after, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// buy places orders one after the other until the time is over; what is in flight then is waited for.
func (b *buyer) buy(ctx context.Context) {
	defer b.conn.close()
	l := b.load
	for l.phase.Load() != over && ctx.Err() == nil {
		request := b.next()
		begin := time.Now()
		status, body, err := b.conn.post(ctx, request)
		if follow := l.o.follow(); err == nil && status == 201 && follow != nil {
			if status, err = follow(b, ctx, body); status == 200 {
				status = 201 // the placement counts when its order is where it should be
			}
		}
		took := time.Since(begin)
		counts := l.phase.Load() == measuring
		switch {
		case err != nil:
			if !errors.Is(err, context.Canceled) {
				b.tally.errors++
				b.tally.firstErr = err
			}
			_ = sleep(ctx, 10*time.Millisecond) // a server that is away is not asked in a tight loop
		case status == 201:
			b.tally.placed++
			if counts {
				b.tally.took = append(b.tally.took, took)
			}
		default:
			if counts {
				b.tally.refuse(status, 1)
			}
			if status >= 500 {
				_ = sleep(ctx, 10*time.Millisecond)
			}
		}
	}
}

// result sums up what the buyers saw.
func (l *load) result(o Options) *Result {
	t := l.total
	r := &Result{
		What: o.what(), Kind: "spread", Clients: o.Clients, Seconds: l.took.Seconds(), Lines: o.Lines, SKUs: o.SKUs, Provider: o.Provider,
		Orders: len(t.took), Placed: t.placed + 1, Rate: round(float64(len(t.took))/l.took.Seconds(), 1), // 1: the probe
		P50: ms(percentile(t.took, 0.5)), P90: ms(percentile(t.took, 0.9)), P99: ms(percentile(t.took, 0.99)), Max: ms(percentile(t.took, 1)),
		Errors: t.errors, Verify: "skipped",
	}
	if o.Hot {
		r.Kind = "hot"
	}
	for status, n := range t.refused {
		r.Refused += n
		if r.RefusedBy == nil {
			r.RefusedBy = map[string]int64{}
		}
		r.RefusedBy[strconv.Itoa(status)] = n
	}
	if t.firstErr != nil {
		r.FirstError = t.firstErr.Error()
	}
	return r
}
