package drive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// answerWithin is how long an answer may take before it counts as an error.
const answerWithin = 60 * time.Second

// Client is an ordinary client of the API, for all that is not measured.
type Client struct {
	base, key string
	http      *http.Client
}

// Obj is a JSON object.
type Obj = map[string]any

// NewClient returns a client that keeps up to conns connections.
func NewClient(base, key string, conns int) *Client {
	return &Client{strings.TrimSuffix(base, "/"), key, &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: conns}, Timeout: answerWithin,
	}}
}

// Client returns a client with the server's key.
func (s *Server) Client(conns int) *Client { return NewClient(s.URL, s.Key, conns) }

// Answer is what a request was answered with.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Decode reads the body.
func (a Answer) Decode(out any) error { return json.Unmarshal(a.Body, out) }

// Code is the code of a problem document; "" where there is none.
func (a Answer) Code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.Body, &p) // what is no document has no code
	return p.Code
}

// Request is one request. A POST has a key; without one it gets a fresh one.
type Request struct {
	Method, Path string
	In           any // the body as JSON; nil for none
	Key          string
	IfMatch      int64
	Header       http.Header
}

// Send sends a request; an error means that there was no whole answer.
func (c *Client) Send(ctx context.Context, r Request) (Answer, error) {
	var body []byte
	switch in := r.In.(type) {
	case nil:
	case []byte:
		body = in
	default:
		var err error
		if body, err = json.Marshal(in); err != nil {
			return Answer{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, c.base+r.Path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Method == http.MethodPost {
		if r.Key == "" {
			r.Key = Secret(12)
		}
		req.Header.Set("Idempotency-Key", r.Key)
	}
	if r.IfMatch > 0 {
		req.Header.Set("If-Match", fmt.Sprintf(`"%d"`, r.IfMatch))
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, b}, err
}

// Get reads a document.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.Do(ctx, http.MethodGet, path, nil, out)
}

// Do sends a request under a fresh key and reads the answer into out, which may be nil. Any status from 300 on is an
// error that shows the answer.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	ans, err := c.Send(ctx, Request{Method: method, Path: path, In: in})
	if err != nil {
		return err
	}
	if ans.Status >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, ans.Status, ans.Body)
	}
	if out == nil {
		return nil
	}
	return ans.Decode(out)
}
