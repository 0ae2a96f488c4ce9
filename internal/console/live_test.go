package console

import (
	"bufio"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestLive: a page hears of what was committed after it was made, also before it listened, and goes on where it was cut.
func TestLive(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("mia@example.com", "manager")
		b := f.browser()
		b.signIn("mia@example.com").is(t, 303)
		f.world()
		id := number0(f.ordered("Ada").ID)
		at := regexp.MustCompile(`data-at="([0-9]+)"`).FindStringSubmatch(b.get("/console/orders/"+id).is(t, 200).body)[1]
		f.call("addNote", slots("id", id), `{"text":"Written meanwhile"}`, nil)
		heard, last := b.hears(t, id, at, "")
		if heard != id {
			t.Errorf("heard of %q", heard)
		}
		f.call("addNote", slots("id", id), `{"text":"Written while nobody listened"}`, nil)
		if heard, _ = b.hears(t, id, at, last); heard != id {
			t.Errorf("heard of %q after it was cut off", heard)
		}
		if heard, _ = b.hears(t, "ful_other", at, ""); heard != "" {
			t.Errorf("heard of %q, which the page is not about", heard)
		}
	})
}

// hears listens until something changed, or a while, and tells what, with the id of what it heard last.
func (b *browser) hears(t *testing.T, of, after, last string) (about, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.f.url+"/console/live?of="+of+"&after="+after, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", last)
	res, err := b.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = rest
		}
		if rest, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return rest, id
		}
		if lines.Text() == "" { // the first page of events had nothing
			return "", id
		}
	}
	return "", id
}
