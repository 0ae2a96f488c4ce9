package work

import "sync"

// refCache holds decoded reference data. It is as new as the catalog version it names; every batch compares that
// with the database in its first round trip, so a change is seen by the first batch after it, on every node.
type refCache struct {
	mu      sync.RWMutex
	version int64
	floor   int64 // catalog version when a bounded kind was last emptied: older readings may have missed a change
	bound   int   // how many documents of a bounded kind are kept
	kinds   map[*Spec]map[string]cached
}

type cached struct {
	doc any // nil: known not to exist
	rev int64
}

func newRefCache(kinds []*Spec) *refCache {
	c := &refCache{bound: 100_000, kinds: map[*Spec]map[string]cached{}}
	for _, k := range kinds {
		if k.Reference {
			c.kinds[k] = map[string]cached{}
		}
	}
	return c
}

func (c *refCache) get(k *Spec, id string) (doc any, known bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	docs, given := c.kinds[k]
	if !given {
		panic("work: " + k.Table + " is not reference data that the committer was given")
	}
	e, ok := docs[id]
	if !ok {
		return nil, !k.Bounded // a kind that is cached whole knows what does not exist
	}
	return e.doc, true
}

func (c *refCache) all(k *Spec) map[string]any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make(map[string]any, len(c.kinds[k]))
	for id, e := range c.kinds[k] {
		out[id] = e.doc
	}
	return out
}

func (c *refCache) at() int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.version
}

// put adds what was read when the catalog had the version; an older reading never replaces a newer one.
func (c *refCache) put(k *Spec, id string, doc any, rev, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if version < c.floor {
		return
	}
	m := c.kinds[k]
	if old, ok := m[id]; ok && (old.rev > rev || doc == nil) {
		return
	}
	if k.Bounded && len(m) >= c.bound {
		clear(m)
		c.floor = max(c.version, version)
	}
	m[id] = cached{doc, rev}
}

// forget empties a bounded kind, and refuses what was read before the version.
func (c *refCache) forget(k *Spec, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.kinds[k])
	c.floor = max(c.floor, c.version, version)
}

func (c *refCache) advance(version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = max(c.version, version)
}
