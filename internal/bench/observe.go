package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ordo/internal/store"
)

// dbReader is what is asked of the database beside the load.
type dbReader interface {
	Query(ctx context.Context, scan func(store.Row) error, sql string, args ...any) error
	Info(ctx context.Context) (string, error)
	Dialect() store.Dialect
	Close()
}

// watch observes server, database and generator from outside. What cannot be observed (metrics at another address,
// PostgreSQL on another machine, another operating system) stays zero and is left out of the report.
type watch struct {
	o        Options
	http     *http.Client
	db       dbReader
	postgres bool
	size     int64  // of the database before the run
	first    string // id of the first order of the run
}

// sample is counters at one moment.
type sample struct {
	server, client               time.Duration         // CPU
	database                     map[int]time.Duration // CPU by process: they come and go
	batches, commands, conflicts float64
	mallocs, allocated, rss      float64
}

func observe(ctx context.Context, o Options) (*watch, error) {
	db, err := openReadOnly(ctx, o)
	if err != nil {
		return nil, err
	}
	w := &watch{o: o, db: db, http: &http.Client{Timeout: 10 * time.Second}}
	if db != nil {
		w.postgres = db.Dialect().Name == "postgres"
	}
	return w, nil
}

func (w *watch) close() {
	if w.db != nil {
		w.db.Close()
	}
}

// begin notes how large the database is and which order is the first of the run.
func (w *watch) begin(ctx context.Context, first string) (err error) {
	w.first = first
	if w.db == nil {
		return nil
	}
	time.Sleep(settle)
	w.size, err = w.databaseSize(ctx)
	return err
}

// end compares with begin: acknowledged orders must be there.
func (w *watch) end(ctx context.Context, r *Result) (err error) {
	if w.db == nil {
		return nil
	}
	if r.Engine, err = w.db.Info(ctx); err != nil {
		return err
	}
	size, err := w.databaseSize(ctx)
	if err != nil {
		return err
	}
	var stored int64
	if err := w.db.Query(ctx, func(r store.Row) error { return r.Scan(&stored) },
		"SELECT count(*) FROM orders WHERE id >= $1 AND channel = $2", w.first, channelCode); err != nil {
		return err
	}
	r.Stored = &stored
	if stored > 0 {
		r.DatabaseSize = round(float64(size-w.size)/float64(stored), 0)
	}
	if stored < r.Placed {
		return fmt.Errorf("%d orders were acknowledged, the database has %d of them", r.Placed, stored)
	}
	return nil
}

func (w *watch) databaseSize(ctx context.Context) (size int64, err error) {
	text := "SELECT (c.page_count - f.freelist_count) * s.page_size FROM pragma_page_count AS c, pragma_freelist_count AS f, pragma_page_size AS s"
	if w.postgres {
		text = "SELECT pg_database_size(current_database())"
		// Needs a right that not everybody has, and is for tidiness only.
		_ = w.db.Query(ctx, func(store.Row) error { return nil }, "CHECKPOINT")
	}
	err = w.db.Query(ctx, func(r store.Row) error { return r.Scan(&size) }, text)
	return size, err
}

func (w *watch) sample(ctx context.Context) (s sample, err error) {
	if w.postgres {
		s.database = w.postgresCPU(ctx)
	}
	if err := w.metrics(ctx, &s); err != nil {
		return s, err
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return s, err
	}
	s.client = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	return s, nil
}

// metrics reads the server's own counters. Its CPU time is that of its process, as the system counts it.
func (w *watch) metrics(ctx context.Context, s *sample) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.o.URL+"/metrics", http.NoBody)
	if err != nil {
		return err
	}
	res, err := w.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil // metrics are elsewhere
	}
	var cpu float64
	fields := map[string]*float64{
		"process_cpu_seconds_total": &cpu, "process_resident_memory_bytes": &s.rss,
		"ordo_commit_batches_total": &s.batches, "ordo_commit_commands_total": &s.commands, "ordo_commit_conflicts_total": &s.conflicts,
		"go_memstats_mallocs_total": &s.mallocs, "go_memstats_alloc_bytes_total": &s.allocated,
	}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if f := fields[name]; f != nil {
			if *f, err = strconv.ParseFloat(value, 64); err != nil {
				return fmt.Errorf("metric %s: %w", name, err)
			}
		}
	}
	s.server = time.Duration(cpu * float64(time.Second))
	return lines.Err()
}

// postgresCPU reads the CPU time of PostgreSQL's processes; nothing when they do not run here.
func (w *watch) postgresCPU(ctx context.Context) map[int]time.Duration {
	var pids []int
	err := w.db.Query(ctx, func(r store.Row) error {
		var pid int
		err := r.Scan(&pid)
		pids = append(pids, pid)
		return err
	}, "SELECT pid FROM pg_stat_activity")
	out := map[int]time.Duration{}
	for _, pid := range pids {
		if d, perr := processCPU(pid, "postgres"); perr == nil {
			out[pid] = d
		}
	}
	if err != nil {
		return nil
	}
	return out
}

// clockTick is USER_HZ, which is 100 on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// processCPU reads user and system time of a process from /proc. With a name it is of a program with that name only.
func processCPU(pid int, name string) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// pid (comm) state …: the name may hold anything, so the fields are counted from its end.
	before, after, ok := strings.Cut(string(b), ") ")
	f := strings.Fields(after)
	if !ok || len(f) < 13 || name != "" && !strings.HasSuffix(before, "("+name) {
		return 0, errors.New("bench: not the process that was looked for")
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

// observed adds what the samples say, per order.
func (r *Result) observed(before, after sample) {
	if r.Orders == 0 {
		return
	}
	n := float64(r.Orders)
	cpu := func(a, b time.Duration) float64 { return round(ms(b-a)/n, 4) }
	r.ServerCPU, r.ClientCPU = cpu(before.server, after.server), cpu(before.client, after.client)
	var database time.Duration // what processes that have ended since have spent is lost
	for pid, d := range after.database {
		database += d - before.database[pid]
	}
	r.DatabaseCPU = cpu(0, database)
	if batches := after.batches - before.batches; batches > 0 {
		r.Batch = round((after.commands-before.commands)/batches, 1)
	}
	r.Conflicts = after.conflicts - before.conflicts
	r.Allocs, r.AllocBytes = round((after.mallocs-before.mallocs)/n, 0), round((after.allocated-before.allocated)/n, 0)
	r.RSS = round(after.rss/(1<<20), 0)
}
