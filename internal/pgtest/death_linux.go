package pgtest

import "syscall"

// dieWithParent has the kernel end the child when its parent dies, by the
// signal that PostgreSQL takes for an immediate shutdown.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
