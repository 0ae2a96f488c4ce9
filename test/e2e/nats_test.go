package e2e

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The server is killed while it publishes, and its broker is away at its next start: orders are taken all the same, and
// when the broker is back the stream holds every event of the journal once, in order.
func TestStreamAfterKills(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		dir := t.TempDir()
		broker := func(port int) *natsserver.Server {
			srv, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
			if err != nil {
				t.Fatal(err)
			}
			srv.Start()
			t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
			if !srv.ReadyForConnections(10 * time.Second) {
				t.Fatal("the broker does not start")
			}
			return srv
		}
		srv := broker(-1)
		url := srv.ClientURL()
		var port int
		if _, err := fmt.Sscanf(url[strings.LastIndex(url, ":")+1:], "%d", &port); err != nil {
			t.Fatal(err)
		}
		o := options{db: db, environ: []string{"ORDO_NATS_URL=" + url, "ORDO_NATS_STREAM=SHOP", "ORDO_NATS_PREFIX=shop"}}
		p := start(t, o)
		p.stock(t, products, plenty)
		l := newLoad("nats", 8, []string{"manual"}, p)
		eventually(t, time.Minute, "the load is under way", func() bool { return l.placed() > 100 })
		p.kill()
		srv.Shutdown()
		srv.WaitForShutdown()
		l.end()
		p = start(t, o)
		p.place(t, order(0, "manual", "", ""))
		lag := `ordo_journal_reader_lag{reader="nats"} `
		if page := string(p.do(t, 200, "GET", "/metrics", nil).body); !strings.Contains(page, lag) || strings.Contains(page, lag+"0\n") {
			t.Error("the metrics do not say how far the stream is behind")
		}
		srv = broker(port)
		eventually(t, time.Minute, "the stream arrives", func() bool {
			return strings.Contains(string(p.do(t, 200, "GET", "/metrics", nil).body), lag+"0\n")
		})
		streamIsJournal(t, p, srv.ClientURL())
	})
}

// streamIsJournal compares what was published with the events of the API, one by one.
func streamIsJournal(t *testing.T, p *process, url string) {
	t.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	c, err := js.OrderedConsumer(t.Context(), "SHOP", jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var seq int64
	for {
		var page struct {
			Data []struct {
				Seq  int64
				Type string
			}
		}
		p.do(t, 200, "GET", fmt.Sprintf("/v1/events?limit=1000&after=%d", seq), nil).decode(t, &page)
		if len(page.Data) == 0 {
			break
		}
		for _, e := range page.Data {
			seq = e.Seq
			m, err := c.Next()
			if err != nil {
				t.Fatal(err)
			}
			if m.Headers().Get(nats.MsgIdHdr) != fmt.Sprintf("msg_%d", seq) || m.Subject() != "shop."+e.Type {
				t.Fatalf("event %d %s was published as %s %v", seq, e.Type, m.Subject(), m.Headers())
			}
			if _, err := hex.DecodeString(m.Headers().Get("Ordo-Hash")); err != nil {
				t.Fatal(err)
			}
		}
	}
	st, err := js.Stream(t.Context(), "SHOP")
	if err != nil || st.CachedInfo().State.Msgs != uint64(seq) || seq < 100 {
		t.Errorf("%d events, %d messages, %v", seq, st.CachedInfo().State.Msgs, err)
	}
}
