//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package server

import (
	"errors"
	"os"
)

func flock(*os.File) error {
	return errors.New("this system has no file locks that end with a process; use PostgreSQL")
}
