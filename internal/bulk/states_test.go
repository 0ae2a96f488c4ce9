package bulk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Every refused step says in English what state the file is in and what can be done.
func TestRefusals(t *testing.T) {
	for _, is := range Statuses {
		i := &Import{Status: is}
		for _, to := range []Status{Running, Canceled} {
			next, err := i.To(to, 1)
			if (err == nil) != (next != nil) {
				t.Errorf("%s to %s: %v, %v", is, to, next, err)
			}
			if e := errs.As(err); e != nil && (strings.ContainsAny(e.Detail, "_%") || !strings.HasPrefix(e.Detail, "the import "+words[is]+", so it cannot be ") || words[is] == "") {
				t.Errorf("%s to %s: %s", is, to, e.Detail)
			}
		}
		e := &Export{Status: is}
		if (e.Download() == nil) != (is == Done) {
			t.Errorf("%s: %v", is, e.Download())
		}
		if _, err := e.Cancel(1); (err == nil) != (is == Running) {
			t.Errorf("%s: %v", is, err)
		}
	}
	_, err := (&Import{Status: Validating}).To(Running, 1)
	if got := errs.As(err); got.Detail != "the import is being checked, so it cannot be started; what can be done now: cancel" || fmt.Sprint(got.Fields["allowed"]) != "[cancel]" {
		t.Error(err)
	}
}

// What waits ends after its time, and nothing else.
func TestExpired(t *testing.T) {
	now := micros.Time(0).Add(48 * time.Hour)
	for _, is := range Statuses {
		old, young := &Import{Status: is, CreatedAt: 1}, &Import{Status: is, CreatedAt: now.Add(-time.Hour)}
		if waits := is == Ready || is == HasErrors; (old.Expired(now, time.Hour) != "") != waits || young.Expired(now, time.Hour) != "" {
			t.Errorf("%s: %q, %q", is, old.Expired(now, time.Hour), young.Expired(now, time.Hour))
		}
	}
}
