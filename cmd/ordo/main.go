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
	code := cli.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr, version)
	stop()
	os.Exit(code)
}
