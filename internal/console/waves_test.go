package console

import (
	"regexp"
	"strings"
	"testing"

	"ordo/internal/pages"
)

var waveIDs = regexp.MustCompile(`name="ids" value="([^"]*)"`)

// TestWave builds a wave, looks at what it comes to, releases it and prints its one pick list.
func TestWave(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("wilma@example.com", "warehouse")
		b := f.browser()
		b.signIn("wilma@example.com").is(t, 303)
		f.world()
		b.get("/console/fulfillment/wave").is(t, 200, "HULL", "YORK", `type="datetime-local"`)
		b.get("/console/fulfillment/wave?location=HULL").is(t, 200, "Nothing waits at HULL that is like this.")
		first, one := f.paid(`[{"sku":"MUG","quantity":3}]`)
		second, two := f.paid(`[{"sku":"MUG","quantity":2},{"sku":"LAMP/S","quantity":1}]`)
		third, three := f.paid(`[{"sku":"LAMP/S","quantity":1}]`)
		f.call("placeHold", slots("id", number0(third.ID)), `{"type":"manual_review"}`, nil)

		b.get("/console/fulfillment?location=HULL").is(t, 200, "#"+number0(first.Number), "/console/fulfillment/wave?location=HULL")
		page := b.get("/console/fulfillment/wave?location=HULL&limit=50").is(t, 200, "#"+number0(first.Number), "#"+number0(second.Number), "<strong>2</strong>", "<strong>3</strong>", "<strong>6</strong>", "Held, not in it", "Release 2 fulfillment orders")
		if ids := waveIDs.FindStringSubmatch(page.body)[1]; ids != one+","+two {
			t.Errorf("the wave has %s", ids)
		}
		b.get("/console/fulfillment/wave?location=HULL&lines=multi").is(t, 200, "Release 1 fulfillment order", "#"+number0(second.Number))
		b.get("/console/fulfillment/wave?location=HULL&limit=1").is(t, 200, "More would fit the filters.")
		b.get("/console/fulfillment/wave?location=HULL&before=2020-01-01T10:00").is(t, 200, "Nothing waits at HULL")
		if page := b.get("/console/fulfillment/wave?location=HULL&before=noon").is(t, 200, "This is no time that can be read."); waveIDs.MatchString(page.body) {
			t.Error("a wave is offered without the cut-off that was meant")
		}
		b.get("/console/fulfillment/wave?location=NOWHERE").is(t, 404)

		key := pages.NewKey()
		to := ""
		for range 2 { // sent twice it is released once, and the answer is the same
			to = b.post("/console/fulfillment/wave", "_key", key, "ids", one+","+two+","+three).is(t, 303, "/console/fulfillment/wave/picks?ids="+one+","+two).header.Get("Location")
		}
		b.get(to).is(t, 200, "2 released. 1 not:", "0 of 6 units picked", "#"+number0(first.Number), "2 × MUG, 1 × LAMP/S", "/console/fulfillment/wave/pick-list?ids="+one)
		pdf := b.get("/console/fulfillment/wave/pick-list?ids="+one+","+two).is(t, 200, "%PDF")
		if pdf.header.Get("Content-Type") != "application/pdf" || !strings.Contains(pdf.header.Get("Content-Disposition"), "pick-list-hull.pdf") {
			t.Error(pdf.header)
		}
		b.post("/console/fulfillment/wave", "_key", pages.NewKey(), "ids", one).is(t, 303, "/console/fulfillment/wave")
		b.post("/console/fulfillment/wave", "_key", pages.NewKey(), "ids", "").is(t, 422)
		for _, id := range []string{one, two} {
			f.call("pickFulfillment", slots("id", id), `{}`, nil)
		}
		b.get(to).is(t, 200, "6 of 6 units picked", "Nothing is left to pick.")
		b.get("/console/fulfillment/wave/pick-list?ids="+one).is(t, 409)
		b.get("/console/fulfillment/wave/picks?ids=").is(t, 200, "Nothing was released.")
		f.user("ana@example.com", "analyst")
		reader := f.browser()
		reader.signIn("ana@example.com").is(t, 303)
		reader.get("/console/fulfillment").is(t, 200, "it needs fulfillments:write")
		reader.get("/console/fulfillment/wave").is(t, 403)
	})
}
