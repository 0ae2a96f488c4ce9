package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"ordo/internal/people"
	"ordo/internal/server"
)

type userCmd struct {
	Add userAddCmd `cmd:"" help:"Make a user of the console; the first one in production."`
}

type userAddCmd struct {
	settings
	Email string   `required:"" help:"Mail address to sign in with." placeholder:"MAIL"`
	Name  string   `required:"" help:"Name, as colleagues see it." placeholder:"NAME"`
	Role  []string `default:"owner" help:"Code of a role: owner, manager, customer_service, warehouse, analyst, developer, or one of your own." placeholder:"CODE"`
	Stdin bool     `name:"password-stdin" help:"Read the password from standard input; a fresh one is made and printed when left out."`
}

func newUserCmd() userCmd { return userCmd{Add: userAddCmd{settings: newSettings()}} }

// Help is shown by ordo help user add.
func (*userAddCmd) Help() string {
	return "The database is the one that serve would use (--db). On SQLite no server may have it open; beside a server, users are made in its console or by POST /v1/users."
}

func (c *userAddCmd) Run(e *env) error {
	cfg, _, err := c.load(e)
	if err != nil {
		return err
	}
	password := ""
	if c.Stdin {
		b, err := io.ReadAll(io.LimitReader(e.in, 4096))
		if err != nil {
			return err
		}
		if password = strings.TrimRight(string(b), "\r\n"); password == "" {
			return usage("there is no password on standard input")
		}
	}
	made, err := server.AddUser(e.ctx, cfg, people.User{Email: c.Email, Name: c.Name, Roles: c.Role}, password, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s may sign in at /console as %s\n", made.User.Name, made.User.Email)
	if !c.Stdin {
		fmt.Fprintf(e.out, "first password, shown this once: %s\n", made.Password)
	}
	return nil
}
