package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"ordo/internal/config"
	"ordo/internal/database"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/verify"
)

// verifyCmd checks a database, also beside a running server.
type verifyCmd struct {
	DB         string `name:"db" help:"sqlite:FILE or postgres://…; without it ORDO_DB, ordo.yaml, then sqlite:./ordo.db."`
	ExpectHead string `placeholder:"SEQ:HASH" help:"A head that was printed before: the journal must still contain it."`
	Sandbox    bool   `help:"Also compare with the sandbox payment provider's and the sandbox carrier's own stores."`
	JSON       bool   `name:"json" help:"Print the report as JSON."`
}

// exitError ends the process with a code. Its text is printed unless it is empty.
type exitError struct {
	code int
	text string
}

func (e exitError) Error() string { return e.text }
func (e exitError) ExitCode() int { return e.code }

// connectTimeout bounds the wait for a database that does not answer.
const connectTimeout = 5 * time.Second

// Run exits with 0 when everything is right, 1 when something is broken, 2 when it could not check.
func (c *verifyCmd) Run(e *env) error {
	rep, err := c.check(e)
	if err != nil {
		return exitError{2, "cannot verify: " + err.Error()}
	}
	if c.JSON {
		enc := json.NewEncoder(e.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(rep)
	} else {
		err = rep.Write(e.out)
	}
	if err != nil {
		return exitError{2, "cannot write the report: " + err.Error()}
	}
	if !rep.OK {
		return exitError{1, "the data is not right; the report names the rows"}
	}
	return nil
}

func (c *verifyCmd) check(e *env) (*verify.Report, error) {
	url, err := c.database(e)
	if err != nil {
		return nil, err
	}
	o := verify.Options{Progress: progress(e.errOut)}
	if c.ExpectHead != "" {
		head, err := verify.ParseHead(c.ExpectHead)
		if err != nil {
			return nil, fmt.Errorf("--expect-head: %w", err)
		}
		o.Expect = &head
	}
	ctx, cancel := context.WithTimeout(e.ctx, connectTimeout)
	defer cancel()
	db, err := database.OpenReadOnly(ctx, url)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if c.Sandbox {
		done, err := o.OpenSandboxes(ctx, url)
		if errors.Is(err, sandbox.ErrNoStore) {
			return nil, fmt.Errorf("--sandbox: %w", err)
		}
		if err != nil {
			return nil, err
		}
		defer done()
	}
	if o.Progress != nil {
		defer fmt.Fprint(e.errOut, clearLine)
	}
	return verify.Run(e.ctx, db, o)
}

// database is the one that serve would use here: flag, ORDO_DB, ordo.yaml, ./ordo.db.
func (c *verifyCmd) database(e *env) (string, error) {
	given := map[string]string{}
	if c.DB != "" {
		given["db"] = c.DB
	}
	cfg, _, err := config.Load(config.Sources{Flags: given, Environ: e.environ})
	return cfg.DB, err
}

// clearLine empties the line that progress writes over.
const clearLine = "\r\x1b[K"

// progress shows how far a long run is, on a terminal only: one line that is written over, twice a second, from the
// second second on.
func progress(w io.Writer) func(stage string, done, total int64) {
	if !isTerminal(w) {
		return nil
	}
	next := time.Now().Add(2 * time.Second)
	return func(stage string, done, total int64) {
		if now := time.Now(); now.After(next) {
			next = now.Add(500 * time.Millisecond)
			fmt.Fprintf(w, clearLine+"%s: %d of %d", stage, done, max(done, total))
		}
	}
}
