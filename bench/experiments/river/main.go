// Command river measures River's queue for ADR 0005: jobs inserted 64 per transaction and worked to completion.
// Usage: PGURL=postgres://… river JOBS
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

type args struct {
	N int `json:"n"`
}

func (args) Kind() string { return "bench" }

type worker struct {
	river.WorkerDefaults[args]
	done *atomic.Int64
}

func (w *worker) Work(context.Context, *river.Job[args]) error { w.done.Add(1); return nil }

func main() {
	ctx := context.Background()
	total, err := strconv.Atoi(os.Args[1])
	check(err)
	pool, err := pgxpool.New(ctx, os.Getenv("PGURL"))
	check(err)
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	check(err)
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	check(err)
	var done atomic.Int64
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{done: &done})
	c, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 128}}, Workers: workers, FetchCooldown: time.Millisecond})
	check(err)
	check(c.Start(ctx))
	start := time.Now()
	for n := 0; n < total; n += 64 {
		batch := make([]river.InsertManyParams, 64)
		for i := range batch {
			batch[i].Args = args{n + i}
		}
		check(pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := c.InsertManyFastTx(ctx, tx, batch)
			return err
		}))
	}
	inserted := time.Since(start)
	for done.Load() < int64(total) {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(start)
	check(c.Stop(ctx))
	fmt.Printf("river: %.0f jobs/s inserted, %.0f jobs/s from insert to worked\n", float64(total)/inserted.Seconds(), float64(total)/took.Seconds())
}
