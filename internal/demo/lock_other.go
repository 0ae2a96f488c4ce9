//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package demo

import (
	"errors"
	"os"
)

// lock: without locks the server takes no SQLite file either.
func lock(*os.File) error { return errors.New("this system has no file locks") }
