//go:build !unix

package pgtest

import (
	"context"
	"errors"
)

// Cluster is a private PostgreSQL server; this system cannot have one.
type Cluster struct{ URL, Version, Dir string }

// Start says what to do instead.
func Start(context.Context, Options) (*Cluster, error) {
	return nil, errors.New("no private PostgreSQL on this system: set " + EnvURL +
		"=postgres://user:password@127.0.0.1:5432/postgres")
}

// Stop does nothing.
func (*Cluster) Stop() error { return nil }
