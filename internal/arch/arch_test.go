package arch

import "testing"

// A layer is a set of packages under internal/, each with all that is below
// it (store stands for store/sqlite too). A package may import packages of
// lower layers and, unless the layer is apart, of its own.
type layer struct {
	name  string
	has   []string
	apart bool // never import each other
	pure  bool // no IO, no clock, no chance: see impureStd, clockCalls, pureModules
}

// layers, from the bottom up. Test files are free; cmd/, test/ and other
// folders outside internal/ stand above all of it.
var layers = []layer{
	{name: "value types", pure: true, has: []string{
		"address", "doc", "errs", "expr", "hours", "ids", "jsonx", "micros", "money", "words",
	}},
	{name: "domains", pure: true, apart: true, has: []string{
		"bulk", "catalog", "customer", "fulfillment", "inventory", "mail", "order", "payment",
		"people", "returns", "savedreport", "service", "shipping", "sourcing", "storecredit", "stuck", "webhook", "workflow",
	}},
	{name: "work and storage", has: []string{"jobs", "journal", "store", "work"}},
	{name: "application", has: []string{"app", "facts", "paper", "project", "provider", "report", "sheet"}},
	{name: "surfaces", has: []string{
		"api", "channel", "connect", "console", "pages", "portal", "storefront", "verify",
	}},
	{name: "wiring", has: []string{
		"bench", "cli", "config", "database", "demo", "drive", "server", "torture",
		"retail", // real trading days: for bench, demo and tests
	}},
}

// helpers serve tests: no other package imports them outside its test files.
var helpers = []string{"arch", "pagetest", "pgtest", "storetest"}

// impureStd are the packages of the standard library that pure packages may
// not import. A name stands for what is below it too, except for pureStd.
var impureStd = []string{
	"context", "crypto/rand", "database", "log", "math/rand", "net", "os", "plugin",
	"runtime", "syscall", "testing",
}

// pureStd are exceptions from impureStd: parsers.
var pureStd = []string{"net/mail", "net/netip", "net/url"}

// clockCalls are the functions of package time that read or run a clock.
var clockCalls = []string{
	"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until",
}

// pureModules are the modules of others that pure packages may import,
// because all they do is compute. A name stands for what is below it too.
var pureModules = []string{
	"cel.dev/cel-go",
	"github.com/biter777/countries",
	"github.com/cockroachdb/apd",
	"github.com/go-json-experiment/json",
	"github.com/google/uuid",
	"github.com/nyaruka/phonenumbers",
	"github.com/rickar/cal",
	"golang.org/x/crypto/argon2",
	"golang.org/x/text",
}

// exceptions: "package imports package" and why that is all right.
var exceptions = map[string]string{}

// maxLines is where a file is asking to be two.
const maxLines = 600

func TestImportsPointDownward(t *testing.T) { report(t, load(t).imports()) }
func TestPureCodeReadsNoClock(t *testing.T) { report(t, load(t).clocks()) }
func TestFilesStaySmall(t *testing.T)       { report(t, load(t).lengths()) }
func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	report(t, load(t).comments())
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}
