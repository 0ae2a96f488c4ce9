package work

import (
	"errors"
	"slices"
	"sync"

	"ordo/internal/inventory"
	"ordo/internal/store"
)

// line lets batches of this node follow each other closely. Stock positions are what many orders want at once; a
// batch that held them locked from its first statement to its last would leave the database idle while it decides,
// and the rules idle while it commits. So positions are read without a lock, and a batch decides on what those ahead
// of it in the line have staged, before they have committed. What it then writes names the revision of the position
// that it was decided on: where that is not the stored one (a batch ahead was refused, another node was faster), the
// batch writes nothing and runs again, alone and with locks.
type line struct {
	gate  sync.RWMutex // an attempt that locks what it loads is alone
	turn  sync.Mutex   // batches decide one after the other, each on what the ones before have staged
	mu    sync.Mutex   // for what follows
	clock int64
	ahead []*seat
	open  map[*seat]bool // entered, not decided
}

// seat is the place of one attempt in the line.
type seat struct {
	line     *line
	alone    bool
	entered  int64
	finished int64                         // 0: not yet
	staged   map[posKey]inventory.Position // when decided
	revs     map[posKey]int64              // of the staged positions, as they will be
	after    *seat                         // the one before it in the line
	deps     []*seat                       // whose staged positions it was decided on
	written  chan struct{}                 // closed when its statements hold their locks, or never will
	done     chan struct{}                 // closed when it has committed or was refused
	ok       bool                          // committed
	once     sync.Once
}

func (l *line) enter(alone bool) *seat {
	if alone {
		l.gate.Lock()
	} else {
		l.gate.RLock()
	}
	p := &seat{line: l, alone: alone, written: make(chan struct{}), done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	p.entered = l.clock
	if l.open == nil {
		l.open = map[*seat]bool{}
	}
	l.open[p] = true
	return p
}

// overlay puts what the batches ahead have staged over what was loaded. The caller has the turn.
func (p *seat) overlay(b *batch) {
	if p.alone {
		return
	}
	p.line.mu.Lock()
	ahead := slices.Clone(p.line.ahead)
	p.line.mu.Unlock()
	p.deps = p.deps[:0]
	for _, a := range ahead {
		used := false
		for k, pos := range a.staged {
			if b.loaded.skus[k.sku] && a.revs[k] > b.revs[k] {
				if _, known := b.positions[k]; !known {
					b.locations[k.sku] = append(b.locations[k.sku], k.location)
					slices.Sort(b.locations[k.sku])
				}
				b.positions[k], b.revs[k], used = pos, a.revs[k], true
			}
		}
		if used {
			p.deps = append(p.deps, a)
		}
	}
}

// decided makes the batch the last of the line. The caller has the turn.
func (p *seat) decided(b *batch) {
	p.staged, p.revs = b.staged.positions, make(map[posKey]int64, len(b.staged.positions))
	for k, pos := range p.staged {
		p.revs[k] = b.revs[k]
		if old, exists := b.positions[k]; !exists || pos != old {
			p.revs[k]++
		}
	}
	l := p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, p)
	if n := len(l.ahead); n > 0 {
		p.after = l.ahead[n-1]
	}
	l.ahead = append(l.ahead, p)
}

// mayWrite waits until the one before has its locks: whoever decided first is first.
func (p *seat) mayWrite() {
	if p.after != nil {
		<-p.after.written
		p.after = nil
	}
}

func (p *seat) hasWritten() { p.once.Do(func() { close(p.written) }) }

var errAhead = &store.Error{Kind: store.Conflict, Err: errors.New("work: a batch whose result was counted on was refused")}

// certain waits until all that the batch was decided on has happened.
func (p *seat) certain() error {
	for _, d := range p.deps {
		<-d.done
		if !d.ok {
			return errAhead
		}
	}
	return nil
}

// finish says what became of the batch; only the first call counts.
func (p *seat) finish(ok bool) {
	p.hasWritten()
	l := p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.finished != 0 {
		return
	}
	l.clock++
	p.finished, p.ok = l.clock, ok
	delete(l.open, p)
	close(p.done)
	// What has happened is kept for those who may have read before it happened.
	oldest := l.clock
	for o := range l.open {
		oldest = min(oldest, o.entered)
	}
	l.ahead = slices.DeleteFunc(l.ahead, func(a *seat) bool { return a.finished != 0 && (!a.ok || a.finished <= oldest) })
}

func (p *seat) leave() {
	p.finish(false)
	if p.alone {
		p.line.gate.Unlock()
	} else {
		p.line.gate.RUnlock()
	}
}
