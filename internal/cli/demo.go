package cli

import (
	"io"
	"os"

	"ordo/internal/demo"
)

type demoCmd struct {
	Dir       string `default:"./ordo-demo" help:"Folder of the demo, ./ordo-demo when left out." placeholder:"DIR"`
	Listen    string `help:"A loopback HOST:PORT; the first free port from 127.0.0.1:8080 when left out." placeholder:"HOST:PORT"`
	DB        string `name:"db" help:"postgres://… instead of an SQLite file in the folder; the database must be empty." placeholder:"URL"`
	Fresh     bool   `help:"Start over: remove what an earlier demo made in the folder."`
	NoTrickle bool   `help:"No new orders after the replay."`
	Exit      bool   `help:"Stop after the summary."`
}

func (c *demoCmd) Run(e *env) error {
	return demo.Run(e.ctx, demo.Options{
		Dir: c.Dir, Listen: c.Listen, DB: c.DB, Fresh: c.Fresh, NoTrickle: c.NoTrickle, Exit: c.Exit,
		Version: e.version, Out: e.out, Live: isTerminal(e.out),
	})
}

// isTerminal also takes /dev/null for one, where it does not matter.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
