package work

import (
	"fmt"
	"maps"
	"sort"

	"ordo/internal/store"
)

// Needs collects what commands will load, so that a batch takes a constant number of round trips.
type Needs struct {
	docs    map[*Spec]map[string]bool
	refs    map[*Spec]map[string]bool
	skus    map[string]bool
	keys    map[uniqueKey]bool
	answers map[answerID]bool
	numbers int64
	catalog bool
}

type uniqueKey struct{ scope, value string }

// newNeeds makes no maps: most commands need few kinds of things, and a unit of work begins with no needs at all.
func newNeeds() *Needs { return &Needs{} }

func set[K comparable](m *map[K]bool, k K) {
	if *m == nil {
		*m = map[K]bool{}
	}
	(*m)[k] = true
}

func union[K comparable](m *map[K]bool, o map[K]bool) {
	if *m == nil && len(o) > 0 {
		*m = make(map[K]bool, len(o))
	}
	maps.Copy(*m, o)
}

// Docs names documents to be loaded and locked.
func (n *Needs) Docs(k *Spec, ids ...string) { add(&n.docs, k, ids) }

// Refs names reference data that the cache should hold.
func (n *Needs) Refs(k *Spec, ids ...string) { add(&n.refs, k, ids) }

// Positions names SKUs whose stock positions, at all locations, are loaded and locked.
func (n *Needs) Positions(skus ...string) {
	for _, s := range skus {
		set(&n.skus, s)
	}
}

// Key names a unique value to be looked up and perhaps claimed.
func (n *Needs) Key(scope, value string) { set(&n.keys, uniqueKey{scope, value}) }

// Answer names a stored answer that the command will close.
func (n *Needs) Answer(id []byte) { set(&n.answers, answerIDOf(id)) }

// Numbers asks for order numbers from the blocks taken beforehand.
func (n *Needs) Numbers(count int64) { n.numbers += count }

// Catalog says that reference data will be written.
func (n *Needs) Catalog() { n.catalog = true }

func add(m *map[*Spec]map[string]bool, k *Spec, ids []string) {
	if *m == nil {
		*m = map[*Spec]map[string]bool{}
	}
	set := (*m)[k]
	if set == nil {
		set = make(map[string]bool, len(ids))
		(*m)[k] = set
	}
	for _, id := range ids {
		set[id] = true
	}
}

// merge adds all of o to n.
func (n *Needs) merge(o *Needs) {
	mergeDocs(&n.docs, o.docs)
	mergeDocs(&n.refs, o.refs)
	union(&n.skus, o.skus)
	union(&n.keys, o.keys)
	union(&n.answers, o.answers)
	n.numbers += o.numbers
	n.catalog = n.catalog || o.catalog
}

func mergeDocs(to *map[*Spec]map[string]bool, from map[*Spec]map[string]bool) {
	if *to == nil && len(from) > 0 {
		*to = make(map[*Spec]map[string]bool, len(from))
	}
	for k, set := range from {
		if (*to)[k] == nil {
			(*to)[k] = make(map[string]bool, len(set))
		}
		maps.Copy((*to)[k], set)
	}
}

func (n *Needs) empty() bool {
	return len(n.docs)+len(n.refs)+len(n.skus)+len(n.keys)+len(n.answers) == 0 && !n.catalog
}

// Ranks in the order of locks that are not documents; documents lie between.
const (
	rankAnswers   = 1
	rankCatalog   = 2
	rankPositions = 1000
)

// checkRanks panics where two kinds share a place in the order of locks, or have none: batches would deadlock.
func checkRanks(kinds []*Spec) {
	seen := map[int]string{}
	for _, k := range kinds {
		if k.Rank <= rankCatalog || k.Rank >= rankPositions || seen[k.Rank] != "" {
			panic(fmt.Sprintf("work: kind %s has rank %d, which is out of bounds or that of kind %s", k.Table, k.Rank, seen[k.Rank]))
		}
		seen[k.Rank] = k.Table
	}
}

// lowest returns the lowest rank of a lock that n needs; unlocked reads (keys, references) have none.
func (n *Needs) lowest() int {
	low := rankPositions + 1
	if len(n.skus) > 0 {
		low = rankPositions
	}
	for k, set := range n.docs {
		if len(set) > 0 {
			low = min(low, k.Rank)
		}
	}
	if n.catalog {
		low = min(low, rankCatalog)
	}
	if len(n.answers) > 0 {
		low = min(low, rankAnswers)
	}
	return low
}

func (n *Needs) highest() int {
	high := 0
	if len(n.answers) > 0 {
		high = rankAnswers
	}
	if n.catalog {
		high = rankCatalog
	}
	for k, set := range n.docs {
		if len(set) > 0 {
			high = max(high, k.Rank)
		}
	}
	if len(n.skus) > 0 {
		high = rankPositions
	}
	return high
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for s := range set {
		out = append(out, s)
	}
	sort.Strings(out)
	return out
}

func sortedSpecs[V any](m map[*Spec]V) []*Spec {
	out := make([]*Spec, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Rank < out[j].Rank })
	return out
}

var (
	idCol  = store.Col{Name: "id", Type: store.Text}
	skuCol = store.Col{Name: "sku", Type: store.Text}
)
