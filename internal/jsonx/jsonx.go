// Package jsonx reads JSON from outside strictly and writes JSON fast.
//
// What lives here: the options that every decoder of outside input shares, and the translation of decoder errors
// into answers with a JSON pointer. What does not: rules about values, which belong to the domains.
// The one idea: what two readers could understand differently (duplicate names, unknown fields, broken Unicode,
// trailing data) is refused, so that the request we act on is the request that was meant.
package jsonx

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/errs"
)

// MaxDepth is how deep objects and arrays of a request may nest.
const MaxDepth = 32

var strict = json.JoinOptions(json.RejectUnknownMembers(true))

// Marshal renders v compactly. It panics only if v can never be rendered (a defect).
func Marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("jsonx: " + err.Error())
	}
	return b
}

// Unmarshal reads what Ordo itself wrote: unknown fields (of a newer version) are ignored.
func Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// Decode reads the body of a request into v, or answers what is wrong with it and where.
// Syntax, encoding and depth are Malformed; fields that are unknown or of the wrong type are Invalid.
func Decode(body []byte, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return errs.New(errs.Malformed, "malformed_json", "the body is empty; send a JSON object")
	}
	if !utf8.Valid(body) {
		return errs.New(errs.Malformed, "malformed_json", "the body is not valid UTF-8")
	}
	if err := checkTokens(body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v, strict); err != nil {
		return translate(err)
	}
	return nil
}

// checkTokens walks the whole text once: syntax, duplicate names, lone surrogates (all by jsontext), depth, U+0000.
func checkTokens(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		tok, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return translate(err)
		}
		if d.StackDepth() > MaxDepth {
			return errs.New(errs.Malformed, "malformed_json", "objects and arrays nest deeper than %d levels", MaxDepth)
		}
		if tok.Kind() == '"' && strings.IndexByte(tok.String(), 0) >= 0 {
			return at(errs.New(errs.Malformed, "malformed_json", "text may not contain U+0000"), string(d.StackPointer()))
		}
		if d.StackDepth() == 0 && len(bytes.TrimSpace(body[d.InputOffset():])) > 0 {
			return errs.New(errs.Malformed, "malformed_json", "there is data after the JSON value")
		}
	}
}

func translate(err error) error {
	var syn *jsontext.SyntacticError
	if errors.As(err, &syn) {
		why := "the JSON is broken"
		switch {
		case errors.Is(syn.Err, jsontext.ErrDuplicateName):
			why = "a name stands twice in one object"
		case errors.Is(err, io.ErrUnexpectedEOF):
			why = "the JSON ends too early"
		}
		return at(errs.New(errs.Malformed, "malformed_json", "%s (byte %d)", why, syn.ByteOffset), string(syn.JSONPointer))
	}
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		var list errs.List
		switch {
		case errors.Is(sem.Err, json.ErrUnknownName):
			list.Add(string(sem.JSONPointer), "unknown_field", "there is no such field; check the spelling")
		case sem.GoType != nil:
			list.Add(string(sem.JSONPointer), "wrong_type", "the value is a %s, but %s is expected", kindName(sem.JSONKind), typeName(sem.GoType.Kind().String()))
		default:
			list.Add(string(sem.JSONPointer), "wrong_type", "the value cannot be read")
		}
		return list.Err()
	}
	return errs.New(errs.Malformed, "malformed_json", "the body cannot be read as JSON")
}

func at(e *errs.Error, pointer string) error {
	e.Problems = []errs.Problem{{Pointer: pointer, Code: e.Code, Detail: e.Detail}}
	return e
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '"':
		return "string"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	case '{':
		return "object"
	case '[':
		return "list"
	case 'n':
		return "null"
	}
	return "value"
}

func typeName(goKind string) string {
	switch {
	case strings.HasPrefix(goKind, "int"), strings.HasPrefix(goKind, "uint"):
		return "a whole number in range"
	case goKind == "string":
		return "a string"
	case goKind == "bool":
		return "true or false"
	case goKind == "slice":
		return "a list"
	}
	return "an object"
}

// Canonical returns the RFC 8785 form of a JSON text: the same for texts that mean the same.
func Canonical(body []byte) ([]byte, error) {
	v := jsontext.Value(bytes.Clone(body))
	if err := v.Canonicalize(); err != nil {
		return nil, translate(err)
	}
	return v, nil
}

// Number returns the whole number under a name of the outermost object, as text; "" when there is none. It stops
// where it finds it, which is early in the documents that Ordo renders.
func Number(body []byte, name string) string {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true)) // a Buffer is read in place
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for {
		t, err := d.ReadToken()
		if err != nil || t.Kind() != '"' {
			return ""
		}
		if t.String() != name {
			if d.SkipValue() != nil {
				return ""
			}
			continue
		}
		v, err := d.ReadValue()
		if err != nil || v.Kind() != '0' || bytes.ContainsAny(v, ".eE-") {
			return ""
		}
		return string(v)
	}
}
