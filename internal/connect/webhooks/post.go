package webhooks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/connect/outbound"
	"ordo/internal/errs"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/webhook"
)

// Message is the body of a request (payload format 1).
type Message struct {
	Type      string         `json:"type"`
	Timestamp string         `json:"timestamp"` // when it happened
	Seq       int64          `json:"seq"`       // position in the journal: newer is higher
	Aggregate string         `json:"aggregate"`
	Version   int64          `json:"version"` // of the aggregate after it
	Data      jsontext.Value `json:"data"`
}

// thin is the data of a thin payload.
type thin struct {
	ID string `json:"id"`
}

// fat is the data of a fat payload.
type fat struct {
	ID       string         `json:"id"`
	Event    jsontext.Value `json:"event"` // as in /v1/events
	Personal jsontext.Value `json:"personal,omitzero"`
}

// Body renders a message.
func Body(e *webhook.Endpoint, r *journal.Row, personal bool) []byte {
	m := Message{Type: r.Type, Timestamp: r.At.String(), Seq: r.Seq, Aggregate: r.Aggregate, Version: r.Version}
	if e.Payload == webhook.Fat {
		d := fat{ID: r.Aggregate, Event: r.Body}
		if personal && len(r.Personal) > 0 {
			d.Personal = r.Personal
		}
		m.Data = jsonx.Marshal(d)
	} else {
		m.Data = jsonx.Marshal(thin{r.Aggregate})
	}
	return jsonx.Marshal(m)
}

// answer is what became of a request.
type answer struct {
	webhook.Outcome
	code, millis  int64
	err, response string
}

const (
	maxResponse = 64 << 10 // bytes that are read, so that the connection can be used again
	snippet     = 500      // bytes of them that are kept
)

// post sends one event.
func (s *Sender) post(ctx context.Context, e *webhook.Endpoint, r *journal.Row, personal bool) (a answer) {
	body, id, at := Body(e, r, personal), webhook.MessageID(r.Seq), time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		a.err = "the URL cannot be used"
		return a
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Ordo-Webhooks/1")
	for name, value := range map[string]string{
		webhook.HeaderID: id, webhook.HeaderTimestamp: strconv.FormatInt(at.Unix(), 10), webhook.HeaderSignature: webhook.Sign(e.Secrets, id, at, body),
	} {
		req.Header[name] = []string{value} // in the spelling of the specification
	}
	begun := time.Now()
	res, err := s.client.Do(req)
	a.millis = time.Since(begun).Milliseconds()
	if err != nil {
		a.err = s.reason(err)
		return a
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxResponse))
	a.millis = time.Since(begun).Milliseconds()
	a.code, a.response = int64(res.StatusCode), storable(text)
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		a.OK = true // it said so; the rest of the answer is nobody's
	case res.StatusCode >= 300 && res.StatusCode < 400:
		a.err = "redirects are not followed; give the address that they lead to"
	case err != nil:
		a.err = "the answer was cut off"
	default:
		a.err = "the endpoint answered " + strconv.Itoa(res.StatusCode)
	}
	a.Gone = res.StatusCode == http.StatusGone
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 && !a.OK {
		a.Asked = time.Duration(min(n, 86_400)) * time.Second
	}
	return a
}

// reason says for people why there was no answer.
func (s *Sender) reason(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, outbound.ErrAddress):
		return "the URL leads to an address that is not public; an operator may list its network in the setting webhook_networks"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "there was no answer within " + s.o.Within.String()
	}
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 { // without the URL
		text = text[i+2:]
	}
	return "no connection: " + errs.Clip(text)
}

// storable cuts an answer to what both engines store.
func storable(b []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(b[:min(len(b), snippet)]), ""), "\x00", "")
}
