package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The server is killed while it imports, twice: the import goes on where it stopped, and no row happens twice.
func TestKillWhileImporting(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		p := serve(t, db)
		p.stock(t, 4, plenty)
		var file strings.Builder
		file.WriteString("sku,location,delta,reason\n")
		const rows = 3000
		location := p.positions(t, sku(0))[0].Location
		for n := range rows {
			fmt.Fprintf(&file, "%s,%s,1,found\n", sku(n%4), location)
		}
		var i struct {
			ID, Status         string
			Rows, Done, Failed int64
		}
		read := func() string {
			p.do(t, 200, "GET", "/v1/imports/"+i.ID, nil).decode(t, &i)
			return i.Status
		}
		r, err := http.NewRequest("POST", p.url+"/v1/imports?kind=stock", strings.NewReader(file.String()))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Authorization": "Bearer " + key, "Idempotency-Key": freshKey(), "Content-Type": "text/csv"} {
			r.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		var page struct{ Data []struct{ ID string } }
		p.do(t, 200, "GET", "/v1/imports", nil).decode(t, &page)
		i.ID = page.Data[0].ID
		for round := range 2 {
			at := int64(500 + 1000*round)
			eventually(t, time.Minute, "rows are done", func() bool { return read() == "running" && i.Done >= at })
			p.kill()
			p = serve(t, db)
			if read() != "running" || i.Done < at {
				t.Errorf("after the kill it is %s with %d of %d rows: it proves nothing", i.Status, i.Done, at)
			}
		}
		eventually(t, 2*time.Minute, "the import is done", func() bool { return read() == "done" })
		if i.Rows != rows || i.Done != rows || i.Failed != 0 {
			t.Errorf("%+v", i)
		}
		for n := range 4 {
			if got := p.positions(t, sku(n))[0].OnHand; got != plenty+rows/4 {
				t.Errorf("%s: %d on hand, want %d", sku(n), got, plenty+rows/4)
			}
		}
		p.terminate(20 * time.Second)
		verify(t, db)
	})
}
