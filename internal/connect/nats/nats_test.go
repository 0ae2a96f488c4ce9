package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"ordo/internal/journal"
	"ordo/internal/pgtest"
	"ordo/internal/project"
	"ordo/internal/store"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// broker starts a server in this process, on a port and a folder that a restart keeps.
func broker(t *testing.T, dir string, port int) *natsserver.Server {
	t.Helper()
	srv, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	return srv
}

// happen is a command that only writes events.
type happen struct{ n int }

func (happen) Needs(*work.Needs) {}

func (c happen) Run(u *work.Unit) (int, error) {
	u.Record(work.Event{Type: "order.placed", Aggregate: fmt.Sprint("ord_", c.n%7), Version: 1, Body: map[string]any{"n": c.n}, Personal: map[string]any{"name": "Ada"}})
	return c.n, nil
}

// world is a journal, and a node that publishes it.
type world struct {
	t      *testing.T
	db     store.DB
	commit *work.Committer
	n      int
}

func (w *world) happen(n int) {
	w.t.Helper()
	for range n {
		if _, err := work.Do(w.t.Context(), w.commit, happen{w.n}, work.Meta{Actor: "test"}); err != nil {
			w.t.Fatal(err)
		}
		w.n++
	}
}

func (w *world) node(url, name string) (stop func()) {
	w.t.Helper()
	sink, err := Open(Options{URL: url, Stream: "ORDO", Prefix: "ordo.events"})
	if err != nil {
		w.t.Fatal(err)
	}
	r := project.NewRunner(w.db, name, nil, slog.New(slog.DiscardHandler))
	if err := r.Start(w.t.Context(), sink.Reader()); err != nil {
		w.t.Fatal(err)
	}
	return func() { sink.Close(); r.Stop() }
}

// published waits until the stream has n messages, and holds them to the journal: none lost, none twice, all in order.
func published(t *testing.T, url string, n int) {
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		st, err := js.Stream(ctx, "ORDO")
		if err == nil && st.CachedInfo().State.Msgs >= uint64(n) {
			break
		}
		if ctx.Err() != nil {
			t.Fatal("the stream does not arrive: ", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	c, err := js.OrderedConsumer(ctx, "ORDO", jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for want := int64(1); want <= int64(n); want++ {
		m, err := c.Next()
		if err != nil {
			t.Fatal(want, err)
		}
		var e map[string]any
		if err := json.Unmarshal(m.Data(), &e); err != nil {
			t.Fatal(err)
		}
		if id := messageID(want); e["id"] != id || m.Headers().Get(nats.MsgIdHdr) != id || e["sequence"] != strconv.FormatInt(want, 10) {
			t.Fatalf("message %d is %s", want, m.Data())
		}
		if m.Subject() != "ordo.events.order.placed" || e["type"] != "order.placed" || e["specversion"] != "1.0" || e["source"] != "/ordo" ||
			e["subject"] == "" || e["time"] == "" || e["datacontenttype"] != "application/json" || e["aggregateversion"] != 1.0 || len(e) != 10 ||
			strings.Contains(string(m.Data()), "Ada") {
			t.Fatalf("%s: %s", m.Subject(), m.Data())
		}
	}
	st, err := js.Stream(ctx, "ORDO")
	if err != nil || st.CachedInfo().State.Msgs != uint64(n) {
		t.Fatalf("%d messages for %d events, %v", st.CachedInfo().State.Msgs, n, err)
	}
}

// The stream is the journal, however often the broker and the node go away, and although the cursor is set back as a
// crash between publishing and noting it would.
func TestStreamIsTheJournal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		dir := t.TempDir()
		srv := broker(t, dir, -1)
		url := srv.ClientURL()
		var port int
		if _, err := fmt.Sscanf(url[strings.LastIndex(url, ":")+1:], "%d", &port); err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, db: db, commit: work.NewCommitter(db, work.Options{})}
		defer w.commit.Close()
		w.happen(700)
		stop := w.node(url, "a")
		published(t, url, 700)
		for round := range 2 {
			w.happen(50)
			srv.Shutdown() // in the middle of it
			srv.WaitForShutdown()
			w.happen(600) // taken while it is away
			srv = broker(t, dir, port)
			w.happen(50)
			published(t, url, 700*(round+2))
		}
		stop()
		if err := store.Write(t.Context(), db, func(tx store.Tx) error { // the node died before it noted its place
			return tx.Do(t.Context(), &store.Stmt{SQL: "UPDATE journal_readers SET seq = seq - 321 WHERE name = $1", Args: []any{ReaderName}, Want: 1})
		}); err != nil {
			t.Fatal(err)
		}
		w.happen(100)
		defer w.node(url, "b")()
		published(t, url, 2200)
	})
}

// A server that is away at the start keeps nobody from taking orders. A stream that has other things than this journal is
// left alone, and the log says so.
func TestStrangeStreams(t *testing.T) {
	away, err := Open(Options{URL: "nats://127.0.0.1:1", Stream: "ORDO", Prefix: "ordo.events"})
	if err != nil {
		t.Fatal(err)
	}
	if err := away.deliver(t.Context(), rows(1, 1)); !errors.Is(err, project.ErrLater) || away.rest != firstRest {
		t.Error(err, away.rest)
	}
	away.Close()
	if _, err := Open(Options{URL: "nats://127.0.0.1:1", Credentials: "/no/such/secret.creds"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	srv := broker(t, t.TempDir(), -1)
	conn, err := nats.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"else", "busy"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: subject, Subjects: []string{subject + ".>"}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.Publish(t.Context(), "busy.order.placed", []byte("x")); err != nil {
		t.Fatal(err)
	}
	sink := func(stream, prefix string) *Sink {
		s, err := Open(Options{URL: srv.ClientURL(), Stream: stream, Prefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	first := sink("ORDO", "ordo.events")
	if err := first.publish(t.Context(), rows(1, 10)); err != nil {
		t.Fatal(err)
	}
	restored := rows(6, 7)
	restored[1].Hash = []byte("another")
	for _, c := range []struct {
		stream, prefix string
		rows           []journal.Row
		want           string
	}{
		{"else", "ordo.other", rows(1, 1), "does not take ordo.other.>"},
		{"else", "busy", rows(1, 1), "does not take busy.>"},
		{"busy", "busy", rows(1, 1), "somebody else"},
		{"ORDO", "ordo.events", restored, "another event at position 7"},
		{"ORDO", "ordo.events", rows(3, 12), ""}, // ten are there
	} {
		if err := sink(c.stream, c.prefix).publish(t.Context(), c.rows); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %s: %v, want %q", c.stream, c.prefix, err, c.want)
		}
	}
	// The first node knows nothing of the two that were added; nothing of its page may land behind them by chance.
	if err := first.publish(t.Context(), rows(11, 20)); err == nil {
		t.Error("a node that was overtaken published")
	}
	first.stream = nil
	if err := first.deliver(t.Context(), rows(11, 20)); err != nil {
		t.Fatal(err)
	}
	published(t, srv.ClientURL(), 20)
}

// rows are rows of a journal, from one position to another.
func rows(from, to int64) (out []journal.Row) {
	for n := from; n <= to; n++ {
		out = append(out, journal.Row{Seq: n, At: 1, Type: "order.placed", Aggregate: "ord_1", Version: 1, Body: []byte("{}"), Hash: []byte{byte(n)}})
	}
	return out
}

// What no message can hold is told by a reference, so that what follows does not wait for ever.
func TestLargeEvent(t *testing.T) {
	large := rows(7, 7)[0]
	large.Body = []byte(`"` + strings.Repeat("x", 5000) + `"`)
	for most, want := range map[int64]string{0: "data", 10_000: "data", 4_000: "dataref"} {
		m := message("ordo", &large, most)
		var e map[string]any
		if err := json.Unmarshal(m.Data, &e); err != nil || e[want] == nil || len(e) == 11 {
			t.Errorf("%d: %s, %v", most, m.Data, err)
		}
		if want == "dataref" && (e["dataref"] != "/v1/events?after=6&limit=1" || e["data"] != nil || len(m.Data) > 1000) {
			t.Errorf("%s", m.Data)
		}
	}
}
