package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
)

// How often a waiting reader looks by itself: commits of other nodes wake nobody here.
const (
	lookAgain = 500 * time.Millisecond
	heartbeat = 15 * time.Second // of streams; a revoked key ends its stream within it
	maxWait   = 60
	gather    = 20 * time.Millisecond // how long a stream lets commits gather after it was woken
	stalled   = 30 * time.Second      // a client that takes nothing for so long is gone
)

func (c *call) events(rows []journal.Row, limit int) List[Event] {
	personal := c.key.Allows("personal:read")
	return pageOf(rows, limit, func(r journal.Row) Event { return eventJSON(r, personal) }, func(r journal.Row) string { return itoa(r.Seq) })
}

func listEvents(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	after, err := c.number("after")
	if err != nil {
		return err
	}
	wait, err := c.number("wait")
	if err != nil {
		return err
	}
	if strings.Contains(c.r.Header.Get("Accept"), typeStream) && c.r.Method != http.MethodHead {
		if id := c.r.Header.Get("Last-Event-ID"); id != "" {
			if after, err = position(id); err != nil {
				return errs.New(errs.Malformed, "invalid_parameter", "Last-Event-ID is the id of an event of this stream")
			}
		}
		return c.stream(after)
	}
	deadline := time.Now().Add(time.Duration(wait) * time.Second)
	for {
		changed := c.s.app.Changed()
		rows, err := c.s.app.Events(c.r.Context(), after, limit+1)
		if err != nil {
			return away(err)
		}
		if len(rows) > 0 || !time.Now().Before(deadline) {
			return c.reply(http.StatusOK, c.events(rows, limit))
		}
		select {
		case <-changed:
		case <-time.After(min(lookAgain, time.Until(deadline))):
		case <-c.r.Context().Done():
			return nil
		case <-c.s.done:
			deadline = time.Now()
		}
	}
}

func listAudit(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := app.AuditFilter{Actor: c.query.Get("actor"), Subject: c.query.Get("subject"), Type: c.query.Get("type"), Limit: limit}
	if f.People = f.Actor == "people"; f.People {
		f.Actor = ""
	}
	if f.Before, err = position(c.query.Get("cursor")); err != nil {
		return invalidCursor()
	}
	until, err := moment("until", c.query.Get("until"))
	if err != nil {
		return errs.New(errs.Malformed, "invalid_parameter", "until is a time such as 2026-11-22T08:15:30Z")
	}
	if until != 0 {
		last, err := c.s.app.SeqAt(c.r.Context(), until)
		if err != nil {
			return away(err)
		}
		if f.Before == 0 || f.Before > last+1 {
			f.Before = last + 1
		}
	}
	rows, next, err := c.s.app.Audit(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	out := c.events(rows, limit)
	if next > 0 {
		out.NextCursor = itoa(next)
	}
	return c.reply(http.StatusOK, out)
}

// position reads a place in the journal; none is the start.
func position(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 53)
	return int64(n), err
}

// stream sends events as they are committed (server-sent events), until the client or the server leaves.
func (c *call) stream(after int64) error {
	c.w.Header().Set("Content-Type", typeStream)
	c.w.Header().Set("X-Accel-Buffering", "no")
	c.w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(c.w)
	personal := c.key.Allows("personal:read")
	quiet, checked := time.Now(), time.Now()
	for {
		if time.Since(checked) > c.s.heartbeat {
			if key, err := c.s.app.Authenticate(c.r.Context(), secretOf(c.r)); err != nil || key == nil {
				return nil // revoked since
			}
			checked = time.Now()
		}
		changed := c.s.app.Changed()
		_ = out.SetWriteDeadline(time.Now().Add(stalled)) // test writers have none
		rows, err := c.s.app.Events(c.r.Context(), after, 500)
		if err != nil {
			return nil // the client connects again and resumes
		}
		for _, r := range rows {
			if _, err := fmt.Fprintf(c.w, "id: %d\nevent: %s\ndata: %s\n\n", r.Seq, r.Type, jsonx.Marshal(eventJSON(r, personal))); err != nil {
				return nil
			}
			after, quiet = r.Seq, time.Now()
		}
		if time.Since(quiet) > c.s.heartbeat {
			if _, err := c.w.Write([]byte(": still here\n\n")); err != nil {
				return nil
			}
			quiet = time.Now()
		}
		if out.Flush() != nil {
			return nil
		}
		if len(rows) == 500 {
			continue
		}
		select {
		case <-changed:
			time.Sleep(gather) // one look for many commits
		case <-time.After(min(lookAgain, c.s.heartbeat)):
		case <-c.r.Context().Done():
			return nil
		case <-c.s.done:
			return nil
		}
	}
}
