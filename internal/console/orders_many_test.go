package console

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"ordo/internal/api"
	"ordo/internal/pages"
)

// now reads an order.
func (f *fixture) now(id string) (o api.Order) {
	f.t.Helper()
	f.call("getOrder", slots("id", id), "", &o)
	return o
}

// TestManyOrders does to chosen orders what the bar of the list offers: each by itself, what is refused with its reason,
// and nothing twice however often a form is sent.
func TestManyOrders(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("mia@example.com", "manager")
		b := f.browser()
		b.signIn("mia@example.com").is(t, 303)
		f.world()
		var ids []string
		for _, name := range []string{"Ada", "Bea", "Cleo"} {
			ids = append(ids, number0(f.ordered(name).ID))
		}
		f.call("cancelOrder", slots("id", ids[2]), `{"reason":"other"}`, nil)
		chosen := []string{"ids", ids[0], "ids", ids[1], "ids", ids[2], "_list", "q=grace"}
		asked := "?ids=" + strings.Join(ids, "&ids=")
		b.get("/console/orders?customer=grace@example.com").is(t, 200, `formaction="/console/orders/many/hold"`, `name="ids" value="`+ids[0], `name="_list" value="customer=grace%40example.com"`)

		// What is possible is said before, and what is missing at its field.
		b.get("/console/orders/many/hold"+asked).is(t, 200, "2 orders · 1 stays as it is", "Hold 2 orders", "Not possible now: the order is canceled.")
		b.get("/console/orders/many/hold").is(t, 200, "No order was chosen")
		b.get("/console/orders/many/hold?ids="+ids[2]).is(t, 200, "This is possible for none of them.")
		b.get("/console/orders/many/hold?ids=ord_00000000000000000000000000").is(t, 200, "This is possible for none of them.", "ord_00000000000000000000000000")
		tooMany := ""
		for i := range mostChosen + 1 {
			tooMany += "&ids=" + strconv.Itoa(i)
		}
		b.get("/console/orders/many/hold?"+tooMany).is(t, 422, "at most 100 orders")
		b.post("/console/orders/many/hold", append(chosen, "_key", pages.NewKey(), "_step", "do")...).is(t, 422, `href="#f-type"`, "Hold 2 orders")

		key := pages.NewKey()
		for range 2 {
			b.post("/console/orders/many/hold", append(chosen, "_key", key, "_step", "do", "type", "manual_review", "note", "Look at them")...).is(t, 200,
				"2 done · 1 stays as it is", "Held.", `href="/console/orders?q=grace"`)
		}
		for i, want := range []int{1, 1, 0} {
			if o := f.now(ids[i]); len(o.Holds) != want || len(o.Notes) != want {
				t.Errorf("order %d has %d holds and %d notes", i, len(o.Holds), len(o.Notes))
			}
		}

		b.get("/console/").is(t, 200, `href="/console/orders?hold=manual_review"><strong>2</strong>Held: manual review`)
		b.get("/console/audit?subject="+url.QueryEscape("#"+number0(f.now(ids[0]).Number))).is(t, 303, "/console/audit?subject="+ids[0])

		// Only the holds that stood in the form are lifted.
		b.get("/console/orders/many/lift"+asked).is(t, 200, "2 orders", "Nothing holds it.", `<option value="manual_review"`)
		lift := append(chosen, "_key", pages.NewKey(), "_step", "do", "_type", "all", "_holds", f.now(ids[0]).Holds[0].ID, "_holds", f.now(ids[1]).Holds[0].ID)
		f.call("placeHold", slots("id", ids[0]), `{"type":"incorrect_address"}`, nil)
		for range 2 {
			b.post("/console/orders/many/lift", lift...).is(t, 200, "2 done · 1 stays as it is", "1 lifted.", "No such hold is open.")
		}
		if o := f.now(ids[0]); o.Holds[0].Status == "open" || o.Holds[1].Status != "open" {
			t.Errorf("holds after lifting: %+v", o.Holds)
		}
		f.call("liftHold", slots("id", ids[0], "hold", f.now(ids[0]).Holds[1].ID), `{}`, nil)

		f.call("setTags", slots("id", ids[0]), `{"tags":["old"]}`, nil)
		for _, says := range []string{"Tagged.", "It has them."} {
			b.post("/console/orders/many/tag", append(chosen, "_key", pages.NewKey(), "_step", "do", "tags", "sale, gift")...).is(t, 200, "3 done", says)
		}
		if o := f.now(ids[0]); strings.Join(o.Tags, ",") != "old,sale,gift" && len(o.Tags) != 3 {
			t.Error(o.Tags)
		}

		f.canceledTogether(b, ids)
		f.user("ana@example.com", "analyst")
		b = f.browser()
		b.signIn("ana@example.com").is(t, 303)
		if page := b.get("/console/orders").is(t, 200, "Ada"); strings.Contains(page.body, `name="ids"`) {
			t.Error("who may do nothing chooses nothing")
		}
	})
}

// canceledTogether previews and cancels; somebody changes one of the orders in between.
func (f *fixture) canceledTogether(b *browser, ids []string) {
	t := f.t
	t.Helper()
	at := "/console/orders/many/cancel"
	form := []string{"ids", ids[0], "ids", ids[1], "ids", ids[2], "reason", "customer", "_key", pages.NewKey()}
	for _, id := range ids {
		form = append(form, "_version."+id, strconv.FormatInt(f.now(id).Version, 10))
	}
	preview := b.post(at, append(form, "_step", "preview")...).is(t, 200, "2 orders · 1 stays as it is", "Status: ", "→ Canceled", "MUG: units back in stock: 1", "Cancel 2 orders")
	if strings.Contains(preview.body, `name="ids" value="`+ids[2]) || f.now(ids[0]).Status == "canceled" {
		t.Error("the preview did it, or goes on with what was refused")
	}
	f.call("setTags", slots("id", ids[1]), `{"tags":["meanwhile"]}`, nil)
	for range 2 {
		b.post(at, append(form, "_step", "do")...).is(t, 200, "1 done · 2 stay as they are", "Canceled.", "Somebody changed the order meanwhile.")
	}
	if a, c := f.now(ids[0]), f.now(ids[1]); a.Status != "canceled" || c.Status == "canceled" {
		t.Errorf("after canceling: %s and %s", a.Status, c.Status)
	}
}
