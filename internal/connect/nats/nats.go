// Package nats publishes the journal to a stream of NATS JetStream.
//
// What lives here: the reader of the journal that publishes each event once and in order. What does not: where the
// reader is in the journal (project), and what a message looks like (event.go).
// The one idea: every message is only taken behind the one before it, so a stream holds a part of the journal without
// gap or double, whatever is lost on the way; after a failure the stream itself says where it ends.
package nats

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"ordo/internal/journal"
	"ordo/internal/project"
)

// ReaderName is the name of the reader's cursor.
const ReaderName = "nats"

// Options of a Sink.
type Options struct {
	URL         string // nats://HOST:PORT, several separated by commas
	Credentials string // file with credentials; "" for none
	Stream      string // is made when it is not there
	Prefix      string // of subjects: PREFIX.order.placed
	Log         *slog.Logger
}

const (
	window    = time.Hour        // in which the stream knows a message again by its id
	within    = 10 * time.Second // of one page
	firstRest = time.Second      // before a server that is away is asked again; twice that the next time
	longRest  = 30 * time.Second
)

// Sink publishes to one stream.
type Sink struct {
	o    Options
	conn *nats.Conn
	js   jetstream.JetStream

	mu     sync.Mutex
	stream jetstream.Stream // nil: what it ends with must be asked for
	last   int64            // position in the journal of the stream's last message; 0: it has none
	end    uint64           // the stream's own number of its last message
	rest   time.Duration    // 0: the last page was published
	next   time.Time        // nothing is tried before
}

// Open connects, or goes on trying to: a server that is away at the start is no reason not to take orders.
func Open(o Options) (*Sink, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	options := []nats.Option{
		nats.Name("ordo"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
		nats.ReconnectBufSize(-1), // what cannot be sent now is sent from the journal, not from a buffer
	}
	if o.Credentials != "" {
		f, err := os.Open(o.Credentials)
		if err != nil {
			return nil, fmt.Errorf("nats_credentials: the file cannot be read: %w", errors.Unwrap(err)) // without its name
		}
		_ = f.Close()
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	conn, err := nats.Connect(o.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("nats_url: %w", err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncTimeout(within))
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("nats_url: %w", err)
	}
	return &Sink{o: o, conn: conn, js: js}, nil
}

// Close ends the connection.
func (s *Sink) Close() {
	if s != nil {
		s.conn.Close()
	}
}

// Reader is what reads the journal for the stream.
func (s *Sink) Reader() project.Reader { return project.Reader{Name: ReaderName, Deliver: s.deliver} }

// deliver publishes rows. A failure is told once in the log; until it is over the reader keeps its place.
func (s *Sink) deliver(ctx context.Context, rows []journal.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.next) {
		return project.ErrLater
	}
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := s.publish(limited, rows)
	if refused := (*jetstream.APIError)(nil); errors.As(err, &refused) && refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		s.stream = nil // another node had the reader meanwhile
		err = s.publish(limited, rows)
	}
	if err == nil {
		if s.rest > 0 {
			s.o.Log.Info("the journal is published again", "stream", s.o.Stream)
		}
		s.rest = 0
		return nil
	}
	s.stream = nil
	if ctx.Err() != nil { // the node stops
		return project.ErrLater
	}
	if s.rest == 0 {
		s.o.Log.Warn("the journal cannot be published now; it is tried until it can", "stream", s.o.Stream, "err", err)
	}
	s.rest = min(max(2*s.rest, firstRest), longRest)
	s.next = time.Now().Add(s.rest)
	return project.ErrLater
}

func (s *Sink) publish(ctx context.Context, rows []journal.Row) error {
	if s.stream == nil {
		if err := s.ask(ctx, rows[0].Seq); err != nil {
			return err
		}
	}
	known := 0 // rows that were published before a failure, and not noted
	for known < len(rows) && rows[known].Seq <= s.last {
		known++
	}
	if known > 0 {
		if err := s.compare(ctx, &rows[known-1]); err != nil {
			return err
		}
	}
	rows = rows[known:]
	waiting := make([]jetstream.PubAckFuture, len(rows))
	for i := range rows {
		behind := jetstream.WithExpectLastSequence(s.end)
		if i > 0 { // by id: a number could be right by chance when another node has published
			behind = jetstream.WithExpectLastMsgID(messageID(rows[i-1].Seq))
		}
		m := message(s.o.Prefix, &rows[i], s.conn.MaxPayload())
		var err error
		if waiting[i], err = s.js.PublishMsgAsync(m, jetstream.WithExpectStream(s.o.Stream), behind); err != nil {
			return err
		}
	}
	for i, f := range waiting {
		select {
		case ack := <-f.Ok():
			s.last, s.end = rows[i].Seq, ack.Sequence
		case err := <-f.Err():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// ask makes sure that the stream is there and takes what is published, and finds out what it ends with.
func (s *Sink) ask(ctx context.Context, next int64) error {
	st, err := s.js.Stream(ctx, s.o.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		st, err = s.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: s.o.Stream, Subjects: []string{s.o.Prefix + ".>"}, Storage: jetstream.FileStorage, Duplicates: window,
			Description: "What happens in Ordo: its journal as CloudEvents",
		})
	}
	if err != nil {
		return err
	}
	name, err := s.js.StreamNameBySubject(ctx, s.o.Prefix+".order.placed")
	if errors.Is(err, jetstream.ErrStreamNotFound) || err == nil && name != s.o.Stream {
		return fmt.Errorf("stream %s does not take %s.>: add it to its subjects, or give another nats_stream", s.o.Stream, s.o.Prefix)
	}
	if err != nil {
		return err
	}
	// The end first: what another node publishes meanwhile makes the first message be refused, never be doubled.
	info, err := st.Info(ctx)
	if err != nil {
		return err
	}
	last, err := st.GetLastMsgForSubject(ctx, s.o.Prefix+".>")
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound): // empty
		s.stream, s.last, s.end = st, 0, info.State.LastSeq
		return nil
	case err != nil:
		return err
	}
	n, err := position(last.Header)
	if err != nil {
		return fmt.Errorf("somebody else publishes to stream %s: its last message is none of Ordo's; give another nats_stream", s.o.Stream)
	}
	if n+1 < next {
		s.o.Log.Warn("the stream has lost its end: what is missing can be published again by setting the reader's position back", "stream", s.o.Stream, "ends_with", n, "next", next)
	}
	s.stream, s.last, s.end = st, n, info.State.LastSeq
	return nil
}

// compare makes sure that the stream has this row and no other one of its position, as it would after the database was
// restored from an old copy and went on. What the stream does not keep any more cannot be compared.
func (s *Sink) compare(ctx context.Context, r *journal.Row) error {
	m, err := s.stream.GetMsg(ctx, s.end-uint64(s.last-r.Seq))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if n, err := position(m.Header); err != nil || n != r.Seq {
		return nil // messages were taken out of the stream
	}
	if hash, err := hex.DecodeString(m.Header.Get(HashHeader)); err != nil || !bytes.Equal(hash, r.Hash) {
		return fmt.Errorf("stream %s has another event at position %d than the journal: it belongs to another database, or to what this one was before a restore; give another nats_stream", s.o.Stream, r.Seq)
	}
	return nil
}

func position(h nats.Header) (int64, error) {
	id, ok := strings.CutPrefix(h.Get(nats.MsgIdHdr), idPrefix)
	if !ok {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(id, 10, 64)
}
