package verify

import (
	"context"
	"runtime"
)

// pipeline reads pages one after the other, since a snapshot is one connection that answers one question at a time,
// works on several of them at once, and takes the results in the order of the pages. read returns false after the
// last page.
func pipeline[P, R any](ctx context.Context, read func(context.Context) (P, bool, error), work func(P) R, take func(R)) error {
	type job struct {
		page P
		done chan R
	}
	n := runtime.GOMAXPROCS(0)
	queue, ordered := make(chan *job), make(chan *job, n)
	var failed error
	go func() {
		defer close(ordered)
		defer close(queue)
		for {
			page, ok, err := read(ctx)
			if err != nil || !ok {
				failed = err
				return
			}
			j := &job{page, make(chan R, 1)}
			ordered <- j
			queue <- j
		}
	}()
	for range n {
		go func() {
			for j := range queue {
				j.done <- work(j.page)
			}
		}()
	}
	for j := range ordered {
		take(<-j.done)
	}
	return failed
}
