package console

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/pages"
	"ordo/internal/people"
)

var (
	undoForm  = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)"><input type="hidden" name="_key".*?</form>`)
	undoField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
)

// undo sends the form that a page offers to take back what was done.
func (b *browser) undo(page answer) answer {
	form := undoForm.FindStringSubmatch(page.body)
	if form == nil || !strings.Contains(form[0], "Undo") {
		return answer{body: "nothing to undo"}
	}
	var pairs []string
	for _, m := range undoField.FindAllStringSubmatch(form[0], -1) {
		pairs = append(pairs, html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return b.post(html.UnescapeString(form[1]), pairs...)
}

// TestUndo takes back a hold and tags, of one order and of many, and nothing that somebody else changed since.
func TestUndo(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("mia@example.com", "manager")
		b := f.browser()
		b.signIn("mia@example.com").is(t, 303)
		f.world()
		ids := []string{number0(f.ordered("Ada").ID), number0(f.ordered("Bea").ID)}
		at := "/console/orders/" + ids[0]
		tags := func(want ...string) {
			t.Helper()
			for i, w := range want {
				if got := strings.Join(f.now(ids[i]).Tags, ","); got != w {
					t.Errorf("order %d has the tags %q, not %q", i, got, w)
				}
			}
		}
		open := func(id string) (n int) {
			for _, h := range f.now(id).Holds {
				if h.Status == "open" {
					n++
				}
			}
			return n
		}

		b.post(at+"/hold", "_key", pages.NewKey(), "type", "manual_review").is(t, 303, at)
		page := b.get(at).is(t, 200, "The hold was placed.", "Undo")
		b.undo(page).is(t, 303, at)
		if b.get(at).is(t, 200, "The hold was lifted."); open(ids[0]) != 0 {
			t.Error("the hold is still there")
		}
		mia := &visit{person: &app.Person{User: &people.User{Meta: doc.Meta{ID: "usr_mia"}}}}
		after := &api.Order{Holds: []api.Hold{
			{ID: "hld_1", Type: "other", Status: "open", PlacedBy: "usr_mia"},
			{ID: "hld_2", Type: "other", Status: "open", PlacedBy: "usr_ben"},
			{ID: "hld_3", Type: "other", Status: "open", PlacedBy: "usr_mia"},
			{ID: "hld_4", Type: "manual_review", Status: "open", PlacedBy: "system"},
		}}
		if id := mia.placed(&api.Order{Holds: after.Holds[:1]}, after, "other"); id != "hld_3" { // others held it meanwhile
			t.Errorf("%s is taken for the hold that was placed", id)
		}
		if id := mia.placed(&api.Order{Holds: after.Holds[:3]}, after, "manual_review"); id != "" {
			t.Errorf("%s of somebody else is taken for the hold that was placed", id)
		}
		f.call("setTags", slots("id", ids[0]), `{"tags":["old"]}`, nil)
		b.post(at+"/tags", "_key", pages.NewKey(), "tags", "old, new").is(t, 303, at)
		page = b.get(at).is(t, 200, "Undo")
		b.undo(page).is(t, 303, at)
		tags("old")
		b.post(at+"/tags", "_key", pages.NewKey(), "tags", "newer").is(t, 303, at)
		page = b.get(at).is(t, 200, "Undo")
		b.undo(page)
		tags("old")
		f.call("setTags", slots("id", ids[0]), `{"tags":["Hull, York"]}`, nil)
		b.post(at+"/tags", "_key", pages.NewKey(), "tags", "newer").is(t, 303, at)
		b.undo(b.get(at)).is(t, 303, at)
		if got := f.now(ids[0]).Tags; len(got) != 1 { // a tag may have a comma
			t.Errorf("%q", got)
		}
		b.post(at+"/tags", "_key", pages.NewKey(), "tags", "newer, newest").is(t, 303, at)
		page = b.get(at).is(t, 200, "Undo")
		f.call("setTags", slots("id", ids[0]), `{"tags":["old","meanwhile"]}`, nil)
		b.undo(page).is(t, 409, "Somebody changed this while you were typing")
		tags("meanwhile,old", "")

		chosen := []string{"ids", ids[0], "ids", ids[1], "_step", "do"}
		page = b.post("/console/orders/many/tag", append(slices.Clone(chosen), "_key", pages.NewKey(), "tags", "old, sale")...).is(t, 200, "2 done", "Undo")
		tags("meanwhile,old,sale", "old,sale")
		b.undo(page).is(t, 200, "2 done", "Untagged.")
		tags("meanwhile,old", "")
		page = b.post("/console/orders/many/tag", append(slices.Clone(chosen), "_key", pages.NewKey(), "tags", "late")...).is(t, 200, "2 done", "Undo")
		f.call("setTags", slots("id", ids[1]), `{"tags":["late","seen"]}`, nil)
		b.undo(page).is(t, 200, "1 done", "Somebody changed the order meanwhile.")
		tags("meanwhile,old", "late,seen")
		b.post("/console/orders/many/untag", append(slices.Clone(chosen), "_key", pages.NewKey(), "tags", "seen")...).is(t, 200, "2 done", "It has none of them.")
		tags("meanwhile,old", "late")

		page = b.post("/console/orders/many/hold", append(slices.Clone(chosen), "_key", pages.NewKey(), "type", "manual_review")...).is(t, 200, "2 done", "Undo")
		f.call("placeHold", slots("id", ids[1]), `{"type":"other"}`, nil)
		b.undo(page).is(t, 200, "2 done", "1 lifted.")
		if open(ids[0]) != 0 || open(ids[1]) != 1 {
			t.Errorf("%d and %d holds are open", open(ids[0]), open(ids[1]))
		}
	})
}
