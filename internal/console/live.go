package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func liveRoutes() []Route {
	return []Route{{Method: http.MethodGet, Path: Root + "/live", handle: live}}
}

// livePause bounds how often a page hears of changes; liveBeat keeps proxies from closing the stream.
const (
	livePause = time.Second
	liveBeat  = 20 * time.Second
	livePage  = 500
	liveMost  = 10 * livePage // rows that are looked through for what a page missed
)

// live is a stream that says when something changes that the page is about: ids, or kinds such as `ord` for all orders.
// It says which, and nothing else; the page asks anew with the rights of the person.
func live(v *visit) error {
	of := strings.Split(v.r.URL.Query().Get("of"), ",")
	if len(of) > 200 {
		of = of[:200]
	}
	after, missed := v.liveFrom()
	v.ended = true
	v.w.Header().Set("Content-Type", "text/event-stream")
	v.w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(v.w)
	_ = out.SetWriteDeadline(time.Time{})
	for {
		changed := v.s.app.Changed()
		rows, err := v.s.app.Events(v.ctx(), after, livePage)
		if err != nil {
			return nil //nolint:nilerr // the browser connects again
		}
		about := missed
		missed = nil
		for _, r := range rows {
			after = r.Seq
			kind, _, _ := strings.Cut(r.Aggregate, "_")
			if (slices.Contains(of, r.Aggregate) || slices.Contains(of, kind)) && !slices.Contains(about, r.Aggregate) {
				about = append(about, r.Aggregate)
			}
		}
		line := "\n"
		if len(about) > 0 {
			line = "event: changed\ndata: " + strings.Join(about, ",") + "\n\n"
		}
		if _, err := fmt.Fprintf(v.w, "id: %d\n%s", after, line); err != nil {
			return nil //nolint:nilerr // the browser went away
		}
		if err := out.Flush(); err != nil {
			return nil //nolint:nilerr // likewise
		}
		if len(rows) == livePage {
			continue
		}
		if !v.wait(changed) {
			return nil
		}
	}
}

// liveFrom is the position from which on the page wants to hear of changes: what the stream said last, or else where the
// page was made, so that what was committed before the stream opened is not missed. A page from long ago is told at once
// that there is something.
func (v *visit) liveFrom() (after int64, missed []string) {
	for _, said := range []string{v.r.Header.Get("Last-Event-ID"), v.r.URL.Query().Get("after")} {
		seq, err := strconv.ParseInt(said, 10, 64)
		if err != nil || seq < 0 || seq > v.at {
			continue
		}
		if v.at-seq > liveMost {
			return v.at, []string{"all"}
		}
		return seq, nil
	}
	return v.at, nil
}

// wait waits for a commit, and a moment longer; false when the stream is to end.
func (v *visit) wait(changed <-chan struct{}) bool {
	beat := time.NewTimer(liveBeat)
	defer beat.Stop()
	for _, until := range []<-chan struct{}{changed, nil} {
		pause := beat.C
		if until == nil {
			pause = time.After(livePause)
		}
		select {
		case <-until:
		case <-pause:
		case <-v.ctx().Done():
			return false
		case <-v.s.done:
			return false
		}
	}
	return true
}
