// Package cli is the command line of Ordo.
//
// What lives here: one type per command, with its flags. What does not: what the commands do.
package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"

	"ordo/internal/api"
	"ordo/internal/config"
	"ordo/internal/server"
)

// cli are the commands.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Start the server."`
	Demo    demoCmd    `cmd:"" help:"Replay five days of a real shop and keep serving."`
	Verify  verifyCmd  `cmd:"" help:"Prove that the stored data is right."`
	Bench   benchCmd   `cmd:"" help:"Measure."`
	OpenAPI openapiCmd `cmd:"" name:"openapi" help:"Print the OpenAPI description of the API."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// env is what commands get from the process.
type env struct {
	ctx     context.Context
	out     io.Writer
	errOut  io.Writer
	getenv  func(string) string
	version string
}

// Run executes a command line and returns the exit code.
func Run(ctx context.Context, args []string, getenv func(string) string, out, errOut io.Writer, version string) int {
	var c cli
	code := 0
	parser, err := kong.New(&c, kong.Name("ordo"), kong.Description("Order management: orders that are never wrong."),
		kong.Writers(out, errOut), kong.Exit(func(n int) { code = n }), kong.UsageOnError())
	if err != nil {
		panic(err) // the command types above are wrong
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(errOut, "ordo:", err)
		return 2
	}
	if code != 0 {
		return code
	}
	if err := k.Run(&env{ctx, out, errOut, getenv, version}); err != nil {
		fmt.Fprintln(errOut, "ordo:", err)
		return 1
	}
	return code
}

type serveCmd struct {
	DB     string `help:"sqlite:FILE or postgres://…"`
	Listen string `help:"HOST:PORT"`
}

func (c *serveCmd) Run(e *env) error {
	cfg := config.Default()
	if c.DB != "" {
		cfg.DB = c.DB
	}
	if c.Listen != "" {
		cfg.Listen = c.Listen
	}
	cfg.BootstrapKey = e.getenv("ORDO_BOOTSTRAP_KEY")
	log := slog.New(slog.NewTextHandler(e.errOut, nil))
	s, err := server.Start(e.ctx, cfg, e.version, log)
	if err != nil {
		return err
	}
	defer s.Stop()
	log.Info("ready", "url", s.URL)
	select {
	case <-e.ctx.Done():
		log.Info("stopping")
		return nil
	case err := <-s.Failed():
		return err
	}
}

type openapiCmd struct{}

func (openapiCmd) Run(e *env) error {
	_, err := e.out.Write(append(api.Description(e.version), '\n'))
	return err
}

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.out, e.version)
	return err
}
