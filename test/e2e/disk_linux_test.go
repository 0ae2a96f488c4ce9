package e2e

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// disk is where the database is, and how it gets full and has room again.
type disk struct {
	dir        string
	full, room func(p *process)
}

// smallDisk mounts a file system of 64 MiB, where that is allowed.
func smallDisk(t *testing.T) (disk, bool) {
	t.Helper()
	d := disk{dir: t.TempDir()}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Logf("no small disk: mount: %v", err)
		return d, false
	}
	t.Cleanup(func() { _ = syscall.Unmount(d.dir, 0) })
	ballast := filepath.Join(d.dir, "ballast")
	d.full = func(*process) {
		// To the last byte: large pieces first.
		f, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		for piece := 1 << 20; piece > 0; {
			if _, err := f.Write(make([]byte, piece)); errors.Is(err, syscall.ENOSPC) {
				piece /= 2
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	d.room = func(*process) {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
	return d, true
}

// smallFiles limits how large the files of the process may become: what is beyond is refused as a full disk would.
func smallFiles(t *testing.T) disk {
	t.Helper()
	d := disk{dir: t.TempDir()}
	limit := func(p *process, most uint64) {
		limit := syscall.Rlimit{Cur: most, Max: ^uint64(0)}
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.cmd.Process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
		if errno != 0 {
			t.Fatalf("prlimit: %v", errno)
		}
	}
	d.full = func(p *process) { limit(p, 4096) }
	d.room = func(p *process) { limit(p, ^uint64(0)) }
	return d
}

// The disk is full under load: 503, nothing is lost, and when there is room the service resumes by itself.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	t.Run("no space", func(t *testing.T) {
		t.Parallel()
		d, ok := smallDisk(t)
		if !ok {
			t.Skip("this needs the right to mount")
		}
		diskFull(t, d)
	})
	t.Run("file limit", func(t *testing.T) { t.Parallel(); diskFull(t, smallFiles(t)) })
}

func diskFull(t *testing.T, d disk) {
	db := "sqlite:" + filepath.Join(d.dir, "ordo.db")
	p := serve(t, db)
	p.stock(t, products, plenty)
	l := newLoad("disk", 16, []string{"manual", "manual", "tok_ok"}, p)
	eventually(t, time.Minute, "the load is under way", func() bool { return l.placed() > 50 })
	d.full(p)
	refused := func() bool {
		a, err := p.send(context.Background(), "POST", "/v1/orders", order(0, "manual", "", ""), "Idempotency-Key", freshKey(), "X-Request-Id", "probe")
		if err != nil {
			t.Fatal(err)
		}
		if a.code == 201 { // a last one fitted in: it is no part of the load
			var v view
			a.decode(t, &v)
			return false
		}
		unavailable(t, "POST /v1/orders", a)
		return a.code == 503
	}
	probes := 0
	eventually(t, time.Minute, "orders are refused", func() bool { probes++; return refused() })
	p.do(t, 200, "GET", "/v1/orders", nil) // reading goes on
	p.do(t, 200, "GET", "/healthz", nil)
	time.Sleep(300 * time.Millisecond)
	placed := l.placed()
	d.room(p)
	eventually(t, time.Minute, "orders are placed again", func() bool { return l.placed() > placed+50 })
	attempts := l.end()
	t.Logf("%d of %d requests are sent again", retry(t, p.client, attempts), len(attempts))
	acknowledged(t, p, attempts)
	p.kill()
	p = serve(t, db)
	acknowledged(t, p, attempts)
	if strings.Contains(p.log.String(), "malformed") {
		t.Error("the database is damaged")
	}
	verify(t, db)
}

// acknowledged checks that every order of the load is stored once.
func acknowledged(t *testing.T, p *process, attempts []*attempt) {
	t.Helper()
	stored := map[string]int{}
	for _, o := range p.orders(t) {
		stored[o.ExternalID]++
	}
	for _, a := range attempts {
		if !a.placed() || stored[a.external] != 1 {
			t.Errorf("order %s: %v %d, stored %d times", a.external, a.err, a.answer.code, stored[a.external])
		}
	}
}
