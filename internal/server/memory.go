package server

import "runtime/debug"

const (
	// gcPercent lets the heap grow to five times what is in use before it is collected. Ordo keeps little for long
	// (tens of MiB) and makes much that is short-lived (requests, documents, batches); with Go's default of 100 the
	// collector took a noticeable part of two cores under load.
	gcPercent = 400
	// memoryLimit makes the collector work harder before the heap of a busy server passes it. It is no hard limit:
	// a heap that is really needed may be larger.
	memoryLimit = 256 << 20
)

// TuneMemory sets the pace of the garbage collector, unless the operator did (GOGC, GOMEMLIMIT).
func TuneMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
