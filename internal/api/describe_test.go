package api

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ordo/internal/catalog"
	"ordo/internal/fulfillment"
	"ordo/internal/inventory"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/workflow"
)

// TestDescriptionIsFresh holds docs/openapi.json to the code.
func TestDescriptionIsFresh(t *testing.T) {
	stored, err := os.ReadFile("../../docs/openapi.json")
	if err != nil || !bytes.Equal(stored, append(Description("dev"), '\n')) {
		t.Errorf("docs/openapi.json is not what the code describes: run make docs (%v)", err)
	}
	if !bytes.Equal(Description("x"), Description("x")) {
		t.Error("the description is another one each time")
	}
}

// TestEnumsAreDescribed holds the enums in struct tags to the lists that the rules go by.
func TestEnumsAreDescribed(t *testing.T) {
	for _, c := range []struct {
		schema, field string
		known         []string
	}{
		{"Order", "status", texts(order.Statuses)},
		{"Order", "payment_status", paymentStatuses},
		{"Order", "fulfillment_status", fulfillmentAxis},
		{"Fulfillment", "status", texts(fulfillment.Statuses)},
		{"CancelOrder", "reason", order.CancelReasons},
		{"Hold", "type", order.HoldTypeNames()},
		{"PlaceHold", "type", order.HoldTypeNames()},
		{"RuleHold", "type", order.HoldTypeNames()},
		{"HoldType", "type", order.HoldTypeNames()},
		{"PutRule", "on", workflow.Events},
		{"PutField", "type", catalog.FieldTypes},
		{"AdjustStock", "reason", inventory.AdjustmentReasons},
	} {
		var described []string
		for _, v := range contractEnum(t, c.schema, c.field) {
			described = append(described, v.(string))
		}
		if !slices.Equal(described, c.known) {
			t.Errorf("%s.%s: described %v, known %v", c.schema, c.field, described, c.known)
		}
	}
}

// TestExamplesAreAsDescribed validates every example against its schema, and its statuses against the rules.
func TestExamplesAreAsDescribed(t *testing.T) {
	for i := range routes {
		r := &routes[i]
		e, ok := examples[r.op]
		if !ok || (e.in == nil) != (r.in == nil) || reflect.TypeOf(e.out) != reflect.TypeOf(r.out) {
			t.Errorf("%s has no example, or one of another type", r.op)
			continue
		}
		if r.file != "" {
			continue
		}
		base := []string{"paths", r.path, strings.ToLower(r.method)}
		_, out := contract().at(append(base, "responses", itoa(int64(r.status)), "content", typeJSON, "schema")...)
		if err := contract().validate(jsonx.Marshal(e.out), out...); err != nil {
			t.Errorf("%s: %v", r.op, err)
		}
		if e.in != nil {
			if err := contract().validate(jsonx.Marshal(e.in), append(base, "requestBody", "content", typeJSON, "schema")...); err != nil {
				t.Errorf("%s: %v", r.op, err)
			}
			if err := jsonx.Decode(jsonx.Marshal(e.in), reflect.New(reflect.TypeOf(r.in)).Interface()); err != nil {
				t.Errorf("%s: %v", r.op, err)
			}
		}
	}
	all, _ := contract().at("components", "examples")
	if len(all) != len(problemKinds) {
		t.Errorf("%d examples of %d problems", len(all), len(problemKinds))
	}
	for code, x := range all {
		b, err := json.Marshal(x.(map[string]any)["value"])
		if err == nil {
			err = contract().validate(b, "components", "schemas", "Problem")
		}
		if err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// TestDescriptionIsWhole looks for what a reader would miss.
func TestDescriptionIsWhole(t *testing.T) {
	text := string(Description("test"))
	for _, m := range regexp.MustCompile(`"\$ref": "#/([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if part, _ := contract().at(strings.Split(m[1], "/")...); part == nil {
			t.Errorf("there is no %s", m[1])
		}
	}
	ops := map[string]bool{}
	for i := range routes {
		r := &routes[i]
		if ops[r.op] || (r.scope == "") != r.open || r.summary == "" || !slices.ContainsFunc(tags, func(g struct{ Name, About string }) bool { return g.Name == r.tag }) {
			t.Errorf("%s %s: name %q, scope %q, group %q", r.method, r.path, r.op, r.scope, r.tag)
		}
		ops[r.op] = true
		for _, code := range r.codes {
			if !slices.ContainsFunc(problemKinds, func(k problemKind) bool { return k.code == code }) {
				t.Errorf("%s names the code %q, which is not in the table", r.op, code)
			}
		}
		for _, p := range r.query {
			if p.detail == "" {
				t.Errorf("%s: nobody says what %s is", r.op, p.name)
			}
		}
	}
	for _, p := range pages {
		if part, _ := contract().at("paths", p.path, strings.ToLower(p.methods()[0])); (part == nil) != p.hidden {
			t.Errorf("%s", p.path)
		}
	}
	reg := registry()
	for name, s := range reg.Map() {
		if s.Description == "" && !strings.HasSuffix(name, "List") {
			t.Errorf("nobody says what %s is", name)
		}
	}
	for name := range abouts {
		if reg.Map()[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	if strings.Contains(text, "ordo/internal") || strings.Contains(text, "base64") {
		t.Error("the description shows how Go writes types")
	}
}

// TestCodesAreInTheTable finds every code that the sources give, and looks for it in the table.
func TestCodesAreInTheTable(t *testing.T) {
	known := func(code string) bool {
		return slices.ContainsFunc(problemKinds, func(k problemKind) bool { return k.code == code })
	}
	finding := func(code string) bool {
		return slices.ContainsFunc(findingKinds, func(k findingKind) bool { return k.Code == code })
	}
	for _, dir := range []string{".", "../app", "../order", "../catalog", "../address", "../inventory", "../fulfillment", "../payment", "../money", "../jsonx", "../work"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			if strings.HasPrefix(f.Name(), "sign_in") {
				continue // people are told these on pages; no operation answers so
			}
			src, err := os.ReadFile(dir + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`errs\.New\(errs\.\w+, "(\w+)"`).FindAllSubmatch(src, -1) {
				if code := string(m[1]); !known(code) && code != "invalid_rate" { // which becomes a finding
					t.Errorf("%s/%s: the code %s is not in the table", dir, f.Name(), code)
				}
			}
			for _, m := range regexp.MustCompile(`[lL]ist\.Add\([^"]*(?:"[^"]*"[^",]*)?, "(\w+)", `).FindAllSubmatch(src, -1) {
				if code := string(m[1]); !finding(code) {
					t.Errorf("%s/%s: the finding %s is not in the table", dir, f.Name(), code)
				}
			}
		}
	}
}
