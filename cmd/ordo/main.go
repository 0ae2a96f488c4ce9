// Command ordo is the order management system: server, demo, verification and benchmarks in one binary.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"ordo/internal/cli"
)

var version = "dev" // set by the build

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks to stop; with the handler gone, the second one ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr, version))
}
