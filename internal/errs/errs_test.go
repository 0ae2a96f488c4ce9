package errs

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnythingElseIsInternal(t *testing.T) {
	for _, err := range []error{errors.New("secret"), fmt.Errorf("at %w", errors.New("secret")), nil} {
		if ClassOf(err) != Internal || CodeOf(err) != "internal" || As(err) != nil || Is(err, "internal") {
			t.Errorf("%v: %v %s", err, ClassOf(err), CodeOf(err))
		}
	}
}

func TestFoundInAChain(t *testing.T) {
	inner := New(Conflict, "insufficient_stock", "only %d of %s left", 2, "A")
	for _, err := range []error{inner, fmt.Errorf("place: %w", inner), errors.Join(errors.New("x"), inner)} {
		if As(err) != inner || ClassOf(err) != Conflict || CodeOf(err) != "insufficient_stock" || !Is(err, "insufficient_stock") || Is(err, "other") {
			t.Errorf("%v", err)
		}
	}
	if inner.Error() != "insufficient_stock: only 2 of A left" {
		t.Error(inner.Error())
	}
}

// Errors are package variables too (money.ErrTooLarge): adding facts must not change them.
func TestWithCopies(t *testing.T) {
	base := New(Conflict, "c", "d").With("a", 1)
	more := base.With("b", 2, "a", 3, "odd")
	if !reflect.DeepEqual(base.Fields, map[string]any{"a": 1}) || !reflect.DeepEqual(more.Fields, map[string]any{"a": 3, "b": 2}) {
		t.Errorf("%v, %v", base.Fields, more.Fields)
	}
	if more.Code != "c" || more.Detail != "d" || more.Class != Conflict {
		t.Errorf("%+v", more)
	}
}

func TestIllegalTransition(t *testing.T) {
	table := []string{"ship", "cancel"}
	e := IllegalTransition("the order", "open", "accept", table)
	if e.Class != Conflict || e.Code != "illegal_transition" || e.Detail != "the order is open and cannot accept; allowed now: cancel, ship" {
		t.Errorf("%+v", e)
	}
	if !reflect.DeepEqual(e.Fields, map[string]any{"state": "open", "allowed": []string{"cancel", "ship"}}) {
		t.Errorf("%v", e.Fields)
	}
	if !slices.Equal(table, []string{"ship", "cancel"}) {
		t.Error("the caller's table was sorted: requests that run at once would race")
	}
	e = IllegalTransition("the order", "canceled", "ship", nil)
	if list, ok := e.Fields["allowed"].([]string); !ok || list == nil || len(list) != 0 || !strings.HasSuffix(e.Detail, "nothing more can happen to it") {
		t.Errorf("%+v: allowed must be [] in JSON, not null", e)
	}
}

func TestUnknownRepeatsLittle(t *testing.T) {
	for n := range 90 {
		e := Unknown("order", strings.Repeat("x", n)+strings.Repeat("日", 500))
		if e.Class != NotFound || e.Code != "not_found" || len(e.Detail) > 120 || !utf8.ValidString(e.Detail) || strings.ContainsAny(e.Detail, "\\\uFFFD") {
			t.Errorf("%d: %s", n, e.Detail)
		}
	}
}

func TestClip(t *testing.T) {
	x := strings.Repeat("x", 80)
	bytes := strings.Repeat("\x80", 100) // no character starts anywhere
	for in, want := range map[string]string{
		"": "", "a": "a", x: x, x + "y": x + "…", x[:79] + "é": x[:79] + "…", x[:78] + "é": x[:78] + "é", x[:77] + "😀": x[:77] + "…",
	} {
		if got := Clip(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := Clip(bytes); len(got) > 83 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestList(t *testing.T) {
	var list List
	if !list.Empty() || list.Err() != nil {
		t.Error("an empty list is no error")
	}
	list.Add("/a", "required", "give %d", 1)
	if e := As(list.Err()); e.Class != Invalid || e.Code != "validation_failed" || e.Detail != "the request has 1 problem; see errors" {
		t.Errorf("%v", list.Err())
	}
	list.Add("/b/0", "too_long", "100%% of it")
	e := As(list.Err())
	if want := []Problem{{"/a", "required", "give 1"}, {"/b/0", "too_long", "100% of it"}}; !slices.Equal(e.Problems, want) {
		t.Errorf("%v", e.Problems)
	}
	if e.Error() != "validation_failed: the request has 2 problems; see errors (/a give 1; /b/0 100% of it)" {
		t.Error(e.Error())
	}
}

func TestJoin(t *testing.T) {
	finding := func(at string) error {
		var l List
		l.Add(at, "required", "give it")
		return l.Err()
	}
	a, b := finding("/a"), finding("/b")
	conflict, defect := New(Conflict, "c", "d"), errors.New("defect")
	for _, c := range []struct {
		name       string
		a, b, want error
	}{
		{"nothing", nil, nil, nil},
		{"first", a, nil, a},
		{"second", nil, b, b},
		{"a defect outweighs findings", a, defect, defect},
		{"also before them", defect, b, defect},
		{"another answer outweighs findings", a, conflict, conflict},
		{"also before them", conflict, b, conflict},
	} {
		if got := Join(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	both := As(Join(a, b))
	if both.Code != "validation_failed" || len(both.Problems) != 2 || both.Problems[0].Pointer != "/a" || both.Problems[1].Pointer != "/b" || len(As(a).Problems) != 1 {
		t.Errorf("%v", both)
	}
}
