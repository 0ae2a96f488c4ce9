package console

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/pages"
)

// What was just done can be undone where that is safe: a hold that was placed is lifted, tags that were set are as they were
// before. Undoing is the ordinary form, filled in, for the version that was made: after somebody else's change it is refused.

// undo is a form that takes something back.
type undo struct {
	Path   string     `json:"path"`
	Fields url.Values `json:"fields"`
	Key    string     `json:"-"`
}

// flashed is what a page says once about what was done before.
type flashed struct {
	Text string `json:"text"`
	Undo *undo  `json:"undo,omitzero"`
}

// maxFlash bounds the cookie.
const maxFlash = 2000

// flash is shown on the next page, once.
func (v *visit) flash(text string) { v.flashUndo(text, nil) }

// flashUndo is flash with a way back; nil for none.
func (v *visit) flashUndo(text string, u *undo) {
	value := base64.RawURLEncoding.EncodeToString(jsonx.Marshal(flashed{text, u}))
	if len(value) > maxFlash {
		value = base64.RawURLEncoding.EncodeToString(jsonx.Marshal(flashed{Text: text}))
	}
	http.SetCookie(v.w, &http.Cookie{Name: "ordo_flash", Value: value, Path: Root + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 60, Secure: pages.TLS(v.r)})
}

func (v *visit) takeFlash() (out flashed) {
	c, err := v.r.Cookie("ordo_flash")
	if err != nil || v.r.Method != http.MethodGet {
		return out
	}
	http.SetCookie(v.w, &http.Cookie{Name: "ordo_flash", Path: Root + "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: pages.TLS(v.r)})
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(text) > maxFlash || jsonx.Unmarshal(text, &out) != nil {
		return flashed{}
	}
	if out.Undo != nil {
		if !strings.HasPrefix(out.Undo.Path, Root+"/") {
			return flashed{Text: out.Text}
		}
		out.Undo.Key = pages.NewKey()
	}
	return out
}

// placed is the hold that the person's request placed: the newest of theirs and of its type that an order had not; "" for
// none. Others may have held the order meanwhile.
func (v *visit) placed(before, after *api.Order, kind string) string {
	for _, h := range slices.Backward(after.Holds) {
		had := slices.ContainsFunc(before.Holds, func(x api.Hold) bool { return x.ID == h.ID })
		if !had && h.Status == order.HoldOpen && h.Type == kind && h.PlacedBy == v.person.User.ID {
			return h.ID
		}
	}
	return ""
}

// undoHold lifts the hold that was placed.
func (v *visit) undoHold(o *api.Order) func([]byte) *undo {
	return func(answer []byte) *undo {
		var after api.Order
		if jsonx.Unmarshal(answer, &after) != nil {
			return nil
		}
		id := v.placed(o, &after, v.r.FormValue("type"))
		if id == "" {
			return nil
		}
		return &undo{Path: Root + "/orders/" + number0(o.ID) + "/holds/" + id + "/lift", Fields: url.Values{"_version": {strconv.FormatInt(after.Version, 10)}}}
	}
}

// exactTags has tags one by one: they may contain the commas that separate them in the field for people.
const exactTags = "_tags"

// undoTags gives an order the tags that it had.
func undoTags(o *api.Order) func([]byte) *undo {
	return func(answer []byte) *undo {
		var after api.Order
		if jsonx.Unmarshal(answer, &after) != nil || slices.Equal(o.Tags, after.Tags) {
			return nil
		}
		return &undo{Path: Root + "/orders/" + number0(o.ID) + "/tags", Fields: url.Values{
			"_version": {strconv.FormatInt(after.Version, 10)}, "tags": {strings.Join(o.Tags, ", ")}, exactTags: o.Tags,
		}}
	}
}

// undone notes what takes back what was done to one of many orders.
func (c manyDo) undone(name string, value ...string) {
	if id := number0(c.order.ID); !slices.Contains(c.back["ids"], id) {
		c.back.Add("ids", id)
	}
	c.back[name] = append(c.back[name], value...)
}
