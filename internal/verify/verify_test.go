package verify

import (
	"testing"

	"ordo/internal/storetest"
)

func TestClean(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		if rep := verified(t, url, Options{}); !rep.OK {
			t.Errorf("an empty database:\n%s", text(t, rep))
		}
		s.story()
		rep := verified(t, url, Options{})
		t.Logf("\n%s", text(t, rep))
		if !rep.OK {
			t.Error("not clean")
		}
		for _, c := range rep.Checks {
			if c.Rows == 0 && c.Check != "journal.expected" {
				t.Errorf("check %s looked at nothing", c.Check)
			}
		}
	})
}
