package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"ordo/internal/database"
	"ordo/internal/pgtest"
	"ordo/internal/work"
)

// want stores a leased job in its unit of work, as a placement does; done removes it in the unit of its outcome.
type (
	want struct{ node string }
	done struct{ id, node string }
)

func (want) Needs(*work.Needs) {}

func (c want) Run(u *work.Unit) (string, error) {
	u.Record(work.Event{Type: "test.wanted", Aggregate: u.NewID("tst"), Version: 1, Body: struct{}{}})
	return u.EnqueueLeased("bench", struct{}{}, c.node, u.Now().Add(time.Minute)), nil
}

func (done) Needs(*work.Needs) {}

func (c done) Run(u *work.Unit) (bool, error) {
	u.Record(work.Event{Type: "test.done", Aggregate: u.NewID("tst"), Version: 1, Body: struct{}{}})
	u.FinishJob(c.id, c.node)
	return true, nil
}

// BenchmarkJob measures a job from the unit of work that wants it to the one that records its outcome (ADR 0005), 128
// at a time. Run it on a durable server: bin/pgrun -durable -- go test ./internal/jobs -bench Job -run '^$'
func BenchmarkJob(b *testing.B) {
	for engine, url := range map[string]string{"sqlite": "sqlite:" + b.TempDir() + "/ordo.db", "postgres": pgtest.New(b)} {
		b.Run(engine, func(b *testing.B) { benchmarkJob(b, url) })
	}
}

func benchmarkJob(b *testing.B, url string) {
	db, err := database.Open(b.Context(), url, 8)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const name = "node_bench"
	r := NewRunner(db, name, slog.New(slog.DiscardHandler))
	var c *work.Committer
	finished := make(chan struct{}, 1024)
	r.Handle("bench", func(ctx context.Context, j Job) error {
		_, err := work.Do(ctx, c, done{j.ID, name}, work.Meta{Actor: "bench"})
		finished <- struct{}{}
		return err
	})
	c = work.NewCommitter(db, work.Options{After: r.Dispatch})
	if err := r.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	var wg sync.WaitGroup
	for g := range 128 {
		wg.Go(func() {
			for range (b.N - g + 127) / 128 {
				if _, err := work.Do(context.Background(), c, want{name}, work.Meta{Actor: "bench"}); err != nil {
					b.Error(fmt.Errorf("want: %w", err))
				}
			}
		})
	}
	for range b.N {
		<-finished
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	b.StopTimer()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r.Stop(ctx)
	c.Close()
}
