package api

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ordo/internal/app"
	"ordo/internal/verify"
)

func init() { exampleOrder += " startVerification listVerifications" }

// TestVerifications: the server checks its data on demand, and tells what it found, also of data that is not right.
func TestVerifications(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.app.Verifier = verify.For(f.db)
		f.get("/v1/verifications").fields("data.0", "")
		ended := func() reply {
			eventually(t, "the end of the verification", func() bool {
				return !slices.Contains([]string{"", "queued", "running"}, f.get("/v1/verifications").str("data.0.state"))
			})
			return f.get("/v1/verifications")
		}
		started := f.post("/v1/verifications", "", "Idempotency-Key", "v1").want(200).fields("state", "queued")
		r := ended().fields("data.0.id", started.str("id"), "data.0.state", "passed", "data.0.broken", "", "data.0.findings", "", "data.1", "")
		if r.str("data.0.checks") == "" || r.str("data.0.head") == "" || r.str("data.0.ended_at") == "" {
			t.Errorf("%s", r.body)
		}
		f.post("/v1/verifications", "", "Idempotency-Key", "v1").want(200).fields("id", started.str("id")) // replayed: nothing runs again
		f.exec("UPDATE stock_positions SET on_hand = on_hand + 1 WHERE sku = 'A'")
		f.post("/v1/verifications", "").want(200)
		eventually(t, "the second verification", func() bool { return f.get("/v1/verifications").str("data.1.id") == started.str("id") })
		r = ended().fields("data.0.state", "failed")
		if r.str("data.0.findings.0.check") == "" || r.str("data.0.findings.0.text") == "" || r.str("data.0.broken") == "" {
			t.Errorf("%s", r.body)
		}
		f.exec("UPDATE stock_positions SET on_hand = on_hand - 1 WHERE sku = 'A'")
		// One whose server is gone is over, and in nobody's way.
		f.exec(`INSERT INTO verifications (id, state, beat_at, doc) VALUES ('ver_zz', 'running', 1, '{"id":"ver_zz","state":"running","started_at":1795335330000000}')`)
		f.get("/v1/verifications").fields("data.0.id", "ver_zz", "data.0.state", "cut_off")
		third := f.post("/v1/verifications", "").want(200).str("id")
		eventually(t, "the third verification", func() bool {
			r := f.get("/v1/verifications")
			return r.str("data.1.id") == third && r.str("data.1.state") == "passed"
		})
		// Whoever asks while one is queued or runs is told of that one, also when they ask at once, and it is the one that runs.
		ends, read := make(chan struct{}), f.app.Verifier
		f.app.Verifier = func(ctx context.Context, progress func(string, int64, int64)) (app.Verified, error) {
			<-ends
			return read(ctx, progress)
		}
		var asked sync.WaitGroup
		ids := make([]string, 4)
		for i := range ids {
			asked.Go(func() {
				ids[i] = f.post("/v1/verifications", "", "Idempotency-Key", "at-once-"+strconv.Itoa(i)).want(200).str("id")
			})
		}
		asked.Wait()
		eventually(t, "the fourth verification", func() bool {
			return strings.Contains(string(f.get("/v1/verifications").body), `"id":"`+ids[0]+`","state":"running"`)
		})
		again := f.post("/v1/verifications", "").want(200).fields("state", "running").str("id")
		close(ends)
		for _, id := range append(ids, again, f.post("/v1/verifications", "", "Idempotency-Key", "at-once-3").want(200).str("id")) {
			if id != ids[0] {
				t.Errorf("asked at once, they are told of %v, and then of %s", ids, id)
			}
		}
		eventually(t, "its end", func() bool {
			return strings.Contains(string(f.get("/v1/verifications").body), `"id":"`+ids[0]+`","state":"passed"`)
		})
		f.send(request{do: "GET /v1/verifications", key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "POST /v1/verifications", key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "GET /v1/verifications", key: "{reader}"}).refused(403, "missing_scope")
	})
}
