// Package cli is the command line of Ordo.
//
// What lives here: one type per command, with its flags. What does not: what the commands do.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"ordo/internal/api"
	"ordo/internal/server"
)

// cli are the commands.
type cli struct {
	Serve   serveCmd         `cmd:"" help:"Start the server."`
	Demo    demoCmd          `cmd:"" help:"Replay five days of a real shop and keep serving."`
	User    userCmd          `cmd:"" help:"Manage the people of the console."`
	Verify  verifyCmd        `cmd:"" help:"Prove that the stored data is right."`
	Bench   benchCmd         `cmd:"" help:"Measure."`
	Torture tortureCmd       `cmd:"" help:"Try to make orders wrong: failure drills, and kill -9 under load."`
	Config  configCmd        `cmd:"" help:"Show the settings that serve would use, and where each comes from."`
	OpenAPI openapiCmd       `cmd:"" name:"openapi" help:"Print the OpenAPI description of the API."`
	Help    helpCmd          `cmd:"" help:"Explain a command."`
	Print   versionCmd       `cmd:"" name:"version" help:"Print the version."`
	Version kong.VersionFlag `help:"Print the version."`
}

// env is what commands get from the process.
type env struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	errOut  io.Writer
	environ []string // all of it, as NAME=value
	version string
	explain func(args []string) // prints the help of a command
}

// Exit codes. An error that has a method ExitCode() int decides for itself.
const (
	exitFailed = 1
	exitUsage  = 2
)

// exit is thrown where kong wants to leave the process, since it goes on with half a command line otherwise.
type exit int

// Run executes a command line and returns the exit code.
func Run(ctx context.Context, args, environ []string, out, errOut io.Writer, version string) (code int) {
	defer func() {
		p := recover()
		if e, ok := p.(exit); ok {
			code = int(e)
		} else if p != nil {
			panic(p)
		}
	}()
	c := cli{Serve: newServeCmd(), Config: newConfigCmd(), User: newUserCmd()}
	parser, err := kong.New(&c, kong.Name("ordo"), kong.Description("Order management: orders that are never wrong."),
		kong.Writers(out, errOut), kong.Exit(func(n int) { panic(exit(n)) }), kong.Vars{"version": version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the command types above are wrong
	}
	explain := func(args []string) { _, err = parser.Parse(append(args, "--help")) }
	if len(args) == 0 {
		parser.Stdout, parser.Exit = errOut, func(int) { panic(exit(exitUsage)) }
		explain(nil)
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errOut, "ordo: %v\nTry: %s\n", err, strings.TrimSpace("ordo help "+commandOf(err)))
		return exitUsage
	}
	server.TuneMemory(lookup(environ))
	e := &env{ctx, os.Stdin, out, errOut, environ, version, explain}
	return report(errOut, k.Run(e))
}

// commandOf names the command whose line could not be read.
func commandOf(err error) string {
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil {
		if n := p.Context.Selected(); n != nil {
			return strings.TrimPrefix(n.FullPath(), "ordo ")
		}
	}
	return ""
}

// report prints what went wrong and returns the exit code for it.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(w, "ordo:", text)
	}
	var coder interface{ ExitCode() int }
	if errors.As(err, &coder) {
		return coder.ExitCode()
	}
	return exitFailed
}

// lookup reads the environment; as in a shell, the last of two equal names counts.
func lookup(environ []string) func(string) string {
	m := make(map[string]string, len(environ))
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		m[name] = value
	}
	return func(name string) string { return m[name] }
}

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command to explain."`
}

func (c *helpCmd) Run(e *env) error {
	e.explain(c.Command)
	return usage("there is no command %q; ordo help lists them", strings.Join(c.Command, " "))
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

// usageError is a command line that can be read and makes no sense.
type usageError struct{ error }

func (usageError) ExitCode() int { return exitUsage }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }
