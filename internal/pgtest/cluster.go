package pgtest

import (
	"errors"
	"io"
	"time"
)

// Options say what kind of private cluster Start makes.
type Options struct {
	// Durable leaves fsync and its kin on: for benchmarks and crash drills.
	// Without it a commit is as fast as the page cache, and a crash of the
	// machine would lose the cluster, which nobody would miss.
	Durable bool
	// Settings are further server settings, "name=value"; they win.
	Settings []string
	// Install says that missing server binaries may be installed (see Installed).
	Install bool
	// Log is told what takes long; nil for silence.
	Log io.Writer
}

// startTimeout bounds the making of a cluster (about two seconds on an idle machine).
const startTimeout = 2 * time.Minute

// userName is the superuser of a private cluster.
const userName = "ordo"

// errBusyPort means that somebody took the port between choosing and using it.
var errBusyPort = errors.New("the port is taken")

// settings are those of every private cluster, then those that trade safety
// for speed, then the caller's.
func (o Options) settings() []string {
	s := []string{
		"listen_addresses=127.0.0.1",
		"max_connections=200",
		"timezone=UTC",
		"log_timezone=UTC",
		"jit=off", // compiling takes longer than any query of a test
	}
	if !o.Durable {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"autovacuum=off", // databases of tests live for seconds
			"max_wal_size=256MB")
	}
	return append(s, o.Settings...)
}
