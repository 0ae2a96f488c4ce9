//go:build unix && !linux

package pgtest

import "syscall"

// dieWithParent can do nothing here: the sweeper alone ends the server.
func dieWithParent(*syscall.SysProcAttr) {}
