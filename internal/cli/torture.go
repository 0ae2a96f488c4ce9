package cli

import (
	"fmt"
	"time"

	"ordo/internal/torture"
)

type tortureCmd struct {
	DB       string        `name:"db" required:"" help:"sqlite:FILE or postgres://…; is kept, and may be used again." placeholder:"URL"`
	For      time.Duration `default:"1m" help:"How long buyers and staff work while the server is killed again and again."`
	Rounds   int           `help:"Kill the server at least as often, however long that takes."`
	Clients  int           `default:"24" help:"Buyers and staff that work at once."`
	Drill    []string      `help:"Run only these drills (D1,D5); without it all of them." placeholder:"NAME"`
	NoDrills bool          `help:"Leave the drills out."`
	Seed     uint64        `help:"Repeat the choices of an earlier run; moments differ all the same."`
}

func (c *tortureCmd) Help() string {
	return "Starts a server on the database, runs the failure drills, then lets buyers and staff work with a payment provider that " +
		"misbehaves while the server is killed (kill -9) at random moments. Afterwards everything that was acknowledged must be there once, " +
		"nothing sold or charged twice, and verify clean. Exits 0 when all of it held."
}

func (c *tortureCmd) Run(e *env) error {
	o := torture.Options{
		DB: c.DB, For: c.For, Rounds: c.Rounds, Clients: c.Clients, Drills: c.Drill, NoDrills: c.NoDrills, Seed: c.Seed,
		Progress: func(format string, args ...any) { fmt.Fprintf(e.errOut, "torture: "+format+"\n", args...) },
	}
	rep, err := torture.Run(e.ctx, o)
	if rep != nil {
		if werr := rep.Write(e.out); err == nil {
			err = werr
		}
	}
	if err == nil && !rep.OK() {
		err = exitError{1, "something did not hold; the report says what"}
	}
	return err
}
