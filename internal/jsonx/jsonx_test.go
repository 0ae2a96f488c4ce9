package jsonx

import (
	"strings"
	"testing"

	"ordo/internal/errs"
)

type sample struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
	Lines []struct {
		SKU string `json:"sku"`
	} `json:"lines"`
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ name, body, code, pointer, problem string }{
		{"empty", "", "malformed_json", "", ""},
		{"cut off", `{"name":"a"`, "malformed_json", "", ""},
		{"trailing", `{"name":"a"} {}`, "malformed_json", "", ""},
		{"duplicate", `{"name":"a","name":"b"}`, "malformed_json", "/name", "malformed_json"},
		{"nested duplicate", `{"lines":[{"sku":"a","sku":"b"}]}`, "malformed_json", "/lines/0/sku", "malformed_json"},
		{"bad utf8", "{\"name\":\"\xff\"}", "malformed_json", "", ""},
		{"lone surrogate", `{"name":"\ud800"}`, "malformed_json", "", ""},
		{"nul", `{"name":"a\u0000b"}`, "malformed_json", "/name", "malformed_json"},
		{"deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), "malformed_json", "", ""},
		{"unknown field", `{"name":"a","nmae":"b"}`, "validation_failed", "/nmae", "unknown_field"},
		{"unknown field in list", `{"lines":[{"sku":"a"},{"skuu":"a"}]}`, "validation_failed", "/lines/1/skuu", "unknown_field"},
		{"string for number", `{"count":"5"}`, "validation_failed", "/count", "wrong_type"},
		{"fraction", `{"count":1.5}`, "validation_failed", "/count", "wrong_type"},
		{"overflow", `{"count":99999999999999999999}`, "validation_failed", "/count", "wrong_type"},
		{"huge exponent", `{"count":1e400}`, "validation_failed", "/count", "wrong_type"},
		{"list for object", `[]`, "validation_failed", "", "wrong_type"},
	} {
		var v sample
		err := Decode([]byte(c.body), &v)
		e := errs.As(err)
		if e == nil {
			t.Errorf("%s: passes (%v)", c.name, err)
			continue
		}
		if e.Code != c.code {
			t.Errorf("%s: code %s, want %s", c.name, e.Code, c.code)
		}
		if c.problem != "" && (len(e.Problems) != 1 || e.Problems[0].Pointer != c.pointer || e.Problems[0].Code != c.problem) {
			t.Errorf("%s: problems %+v, want %s at %q", c.name, e.Problems, c.problem, c.pointer)
		}
	}
}

func TestDecodeTakes(t *testing.T) {
	var v sample
	if err := Decode([]byte(` {"name":"\\u0000 ä 😀 \ud83d\ude00","count":-3,"lines":[{"sku":"x"}]} `), &v); err != nil {
		t.Fatal(err)
	}
	if v.Name != `\u0000 ä 😀 😀` || v.Count != -3 || v.Lines[0].SKU != "x" {
		t.Errorf("read %+v", v)
	}
}

func TestCanonicalMeansTheSame(t *testing.T) {
	a, _ := Canonical([]byte(`{"b": 1.0, "a": "\u0041", "c": null}`))
	b, _ := Canonical([]byte("{\"a\":\"A\",\n\"c\":null,\"b\":1}"))
	c, _ := Canonical([]byte(`{"a":"A","b":1}`))
	if string(a) != string(b) || string(a) == string(c) {
		t.Errorf("a %s, b %s, c %s", a, b, c)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"name":"a","count":1,"lines":[{"sku":"b"}]}`))
	f.Add([]byte(`[[[["\ud800"]]]]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v sample
		if err := Decode(b, &v); err == nil {
			var again sample
			if err := Decode(Marshal(v), &again); err != nil {
				t.Fatalf("what was read cannot be read again: %v", err)
			}
		} else if errs.As(err) == nil {
			t.Fatalf("not an answer: %v", err)
		}
	})
}
