package verify_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"ordo/internal/cli"
	"ordo/internal/database"
	"ordo/internal/store"
	"ordo/internal/storetest"
	"ordo/internal/verify"
)

func ordo(t *testing.T, environ []string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(t.Context(), append([]string{"verify"}, args...), environ, &o, &e, "test")
	return code, o.String(), e.String()
}

func TestCommand(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		code, out, errOut := ordo(t, nil, "--db", url)
		if code != 0 || !strings.HasSuffix(out, "head 0:\n") || errOut != "" {
			t.Errorf("clean: %d\n%s%s", code, out, errOut)
		}
		if code, _, errOut := ordo(t, nil, "--db", url, "--sandbox"); code != 2 || !strings.Contains(errOut, "no store of the sandbox") {
			t.Errorf("a sandbox that was never used: %d %s", code, errOut)
		}
		if code, _, errOut := ordo(t, nil, "--db", url, "--expect-head", "7"); code != 2 || !strings.Contains(errOut, "SEQ:HASH") {
			t.Errorf("no head: %d %s", code, errOut)
		}
		code, out, _ = ordo(t, nil, "--db", url, "--expect-head", "7:"+strings.Repeat("ab", 32))
		if code != 1 || !strings.Contains(out, "journal 7 is expected and not there") {
			t.Errorf("a head that is not there: %d\n%s", code, out)
		}
		err := store.Write(t.Context(), db, func(tx store.Tx) error {
			return tx.Do(t.Context(), &store.Stmt{SQL: "INSERT INTO unique_keys (scope, value, owner) VALUES ('order_number', '7', 'ord_x')", Want: 1})
		})
		if err != nil {
			t.Fatal(err)
		}
		code, out, errOut = ordo(t, []string{"ORDO_DB=" + url}, "--json")
		var rep verify.Report
		if err := json.Unmarshal([]byte(out), &rep); err != nil || code != 1 || rep.OK || !strings.Contains(out, `"key order_number 7"`) || !strings.Contains(errOut, "not right") {
			t.Errorf("broken: %d, %v\n%s%s", code, err, out, errOut)
		}
	})
}

func TestCommandWithoutDatabase(t *testing.T) {
	t.Parallel() // waits for a server that may be starting
	none := filepath.Join(t.TempDir(), "none.db")
	for _, url := range []string{"sqlite:" + none, "mysql://x", "postgres://nobody:secret@127.0.0.1:1/none?connect_timeout=1"} {
		code, out, errOut := ordo(t, nil, "--db", url)
		if code != 2 || out != "" || !strings.HasPrefix(errOut, "ordo: cannot verify: ") || strings.Contains(errOut, "secret") {
			t.Errorf("%s: %d %s%s", url, code, out, errOut)
		}
	}
	if _, err := database.OpenReadOnly(t.Context(), "sqlite:"+none); err == nil {
		t.Error("verify made a database")
	}
}
