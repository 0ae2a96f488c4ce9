//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package demo

import (
	"os"
	"syscall"
)

// lock takes the lock that the server holds while it runs; it ends with the file.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
