package work

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"ordo/internal/store"
)

// numberBlocks hands out order numbers from blocks taken beforehand in transactions of their own: unique, with gaps.
// A block grows with demand, so that a small shop loses few numbers at a restart and a busy one asks rarely.
type numberBlocks struct {
	db        store.DB
	mu        sync.Mutex
	free      []span
	size      int64
	lastTaken time.Time
}

type span struct{ next, end int64 }

const (
	smallestBlock = 16
	largestBlock  = 8192
)

// take sets n numbers aside for one batch, which uses the same ones however often it runs.
func (nb *numberBlocks) take(ctx context.Context, n int64) (*numberSet, error) {
	set := &numberSet{}
	if n == 0 {
		return set, nil
	}
	nb.mu.Lock()
	defer nb.mu.Unlock()
	var have int64
	for _, s := range nb.free {
		have += s.end - s.next
	}
	if have < n {
		if err := nb.fetch(ctx, n-have); err != nil {
			return nil, err
		}
	}
	for n > 0 {
		s := &nb.free[0]
		part := min(n, s.end-s.next)
		for range part {
			set.numbers = append(set.numbers, s.next)
			s.next++
		}
		n -= part
		if s.next == s.end {
			nb.free = nb.free[1:]
		}
	}
	return set, nil
}

func (nb *numberBlocks) fetch(ctx context.Context, atLeast int64) error {
	nb.size = max(smallestBlock, nb.size)
	if time.Since(nb.lastTaken) < 2*time.Second {
		nb.size = min(2*nb.size, largestBlock)
	} else {
		nb.size = smallestBlock
	}
	count := max(nb.size, atLeast)
	var end int64
	err := store.Write(ctx, nb.db, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{
			SQL: "UPDATE number_blocks SET next = next + $1 WHERE name = 'order' RETURNING next", Args: []any{count}, Want: store.AnyRows,
			Scan: func(r store.Row) error { return r.Scan(&end) },
		})
	})
	if store.KindOf(err) == store.Unknown { // at worst a block is lost: nobody has a number of it
		err = &store.Error{Kind: store.Unavailable, Err: err}
	}
	if err == nil {
		nb.lastTaken = time.Now()
		nb.free = append(nb.free, span{end - count, end})
	}
	return err
}

// giveBack returns the numbers that no command used. They are the next to be taken, so that a batch that was refused
// runs again with the same ones.
func (nb *numberBlocks) giveBack(set *numberSet) {
	unused := set.numbers[set.used:]
	if len(unused) == 0 {
		return
	}
	var spans []span
	for _, n := range unused {
		if k := len(spans); k > 0 && spans[k-1].end == n {
			spans[k-1].end++
			continue
		}
		spans = append(spans, span{n, n + 1})
	}
	nb.mu.Lock()
	defer nb.mu.Unlock()
	if last := len(spans) - 1; len(nb.free) > 0 && spans[last].end == nb.free[0].next {
		nb.free[0].next = spans[last].next
		spans = spans[:last]
	}
	nb.free = append(spans, nb.free...)
}

// numberSet is the numbers of one batch.
type numberSet struct {
	numbers []int64
	used    int
}

var errNoNumber = errors.New("work: the command did not name the order number it takes")

func (s *numberSet) next() (string, error) {
	if s.used >= len(s.numbers) {
		return "", errNoNumber
	}
	s.used++
	return strconv.FormatInt(s.numbers[s.used-1], 10), nil
}
