package cli

import (
	"fmt"
	"time"

	"ordo/internal/bench"
)

type benchCmd struct {
	Place          benchPlaceCmd     `cmd:"" help:"Place orders over HTTP and measure."`
	Lifecycle      benchLifecycleCmd `cmd:"" help:"Bring orders from the basket to the door over HTTP and measure."`
	Read           benchReadCmd      `cmd:"" help:"Read pages of the console and measure."`
	SQLiteBaseline benchSQLiteCmd    `cmd:"" name:"sqlite-baseline" help:"Insert the rows of an order in a bare loop, to compare with."`
}

type benchPlaceCmd struct {
	DB       string  `help:"sqlite:FILE or postgres://…; is kept, and may be used again" placeholder:"URL"`
	Spread   bool    `xor:"kind" help:"All SKUs at random (the default)."`
	Hot      bool    `xor:"kind" help:"One SKU in every order, the others at random."`
	Clients  int     `default:"128" help:"Buyers that order again as soon as they are answered."`
	Seconds  float64 `default:"10" help:"How long to measure, after a second of warm-up."`
	Lines    int     `default:"3" help:"Lines per order."`
	SKUs     int     `name:"skus" default:"10000" help:"Products to choose from."`
	Provider string  `default:"manual" enum:"manual,sandbox" help:"Payment provider: manual or sandbox."`
	JSON     bool    `name:"json" help:"One line of JSON instead of a table."`
	NoVerify bool    `help:"Do not verify the database afterwards."`
	URL      string  `name:"url" help:"Load a running server (http://HOST:PORT) instead of a fresh one." placeholder:"URL"`
	Key      string  `help:"API key with all scopes for --url."`
}

func (c *benchPlaceCmd) Run(e *env) error { return c.run(e, false) }

func (c *benchPlaceCmd) run(e *env, lifecycle bool) error {
	o := bench.Options{
		Lifecycle: lifecycle,
		DB:        c.DB, URL: c.URL, Key: c.Key, Hot: c.Hot, Clients: c.Clients, Seconds: c.Seconds, WarmUp: time.Second, Lines: c.Lines, SKUs: c.SKUs, Provider: c.Provider, Verify: !c.NoVerify,
		Progress: func(format string, args ...any) { fmt.Fprintf(e.errOut, "bench: "+format+"\n", args...) },
	}
	res, err := bench.Place(e.ctx, o)
	if res == nil {
		return err
	}
	write := res.Table
	if c.JSON {
		write = res.JSON
	}
	if werr := write(e.out); err == nil {
		err = werr
	}
	return err
}

// benchLifecycleCmd measures place, authorize, release, accept, pick, pack, ship, capture and deliver.
type benchLifecycleCmd struct {
	DB       string  `required:"" help:"sqlite:FILE or postgres://…; is kept, and may be used again" placeholder:"URL"`
	Clients  int     `default:"64" help:"Clients, each of which takes one order after the other to the door."`
	Seconds  float64 `default:"10" help:"How long to measure, after a second of warm-up."`
	Lines    int     `default:"3" help:"Lines per order."`
	SKUs     int     `name:"skus" default:"10000" help:"Products to choose from."`
	JSON     bool    `name:"json" help:"One line of JSON instead of a table."`
	NoVerify bool    `help:"Do not verify the database afterwards."`
}

func (c *benchLifecycleCmd) Run(e *env) error {
	place := benchPlaceCmd{DB: c.DB, Clients: c.Clients, Seconds: c.Seconds, Lines: c.Lines, SKUs: c.SKUs, Provider: "sandbox", JSON: c.JSON, NoVerify: c.NoVerify}
	return place.run(e, true)
}

// benchReadCmd measures how long pages take where many orders are stored, nearly all of them delivered.
type benchReadCmd struct {
	DB     string `required:"" help:"sqlite:FILE or postgres://…; is kept, and may be used again" placeholder:"URL"`
	Orders int64  `default:"100000" help:"Orders that are stored at least; missing ones are placed first, and 93 of 100 paid, shipped and delivered."`
	Rounds int    `default:"20" help:"How often each page is read."`
	SKUs   int    `name:"skus" default:"2000" help:"Products to choose from."`
	JSON   bool   `name:"json" help:"One line of JSON instead of a table."`
}

func (c *benchReadCmd) Run(e *env) error {
	res, err := bench.Read(e.ctx, bench.ReadOptions{
		DB: c.DB, Orders: c.Orders, Rounds: c.Rounds, SKUs: c.SKUs, Progress: func(format string, args ...any) { fmt.Fprintf(e.errOut, "bench: "+format+"\n", args...) },
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return res.JSON(e.out)
	}
	return res.Table(e.out)
}

type benchSQLiteCmd struct {
	DB      string  `required:"" help:"sqlite:FILE; is made, and must not hold anything." placeholder:"sqlite:FILE"`
	Seconds float64 `default:"10" help:"How long to measure."`
	JSON    bool    `name:"json" help:"One line of JSON instead of text."`
}

func (c *benchSQLiteCmd) Run(e *env) error {
	res, err := bench.SQLiteBaseline(e.ctx, bench.BaselineOptions{DB: c.DB, Seconds: c.Seconds})
	if err != nil {
		return err
	}
	if c.JSON {
		return res.JSON(e.out)
	}
	return res.Text(e.out)
}
