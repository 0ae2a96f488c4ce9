package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"ordo/internal/errs"
)

// parse reads a file of one level: a line per setting.
func (l *loader) parse(path string, text []byte) {
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		l.wrong("%s", syntaxError(path, err))
		return
	}
	for i, d := range doc.Docs {
		switch body := d.Body.(type) {
		case nil: // only comments
		case *ast.MappingNode:
			if i > 0 {
				l.wrong("%s:%d: a second document begins here; the file has one", path, line(body))
				return
			}
			for _, v := range body.Values {
				l.entry(path, v)
			}
		case *ast.MappingValueNode:
			l.entry(path, body)
		case *ast.CommentGroupNode:
		default:
			l.wrong("%s:%d: a setting looks like this: listen: 127.0.0.1:8080", path, line(body))
		}
	}
}

func line(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}

// syntaxError leaves out the text around the error, which the parser likes to show: it may hold secrets.
func syntaxError(path string, err error) string {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &at) {
		return path + " is not YAML"
	}
	if t := at.GetToken(); t != nil && t.Position != nil {
		path = fmt.Sprintf("%s:%d", path, t.Position.Line)
	}
	return fmt.Sprintf("%s: %s", path, at.GetMessage())
}

func (l *loader) entry(path string, v *ast.MappingValueNode) {
	where := fmt.Sprintf("file %s:%d", path, line(v.Key))
	name := v.Key.GetToken().Value
	s := byName(name)
	if s == nil {
		l.wrong("%s: there is no setting %q%s", where, name, suggest(strings.ReplaceAll(name, "-", "_"), names()))
		return
	}
	text, ok := scalar(v.Value)
	if !ok {
		l.wrong("%s: %s needs one value; leave the line out for the default", where, name)
		return
	}
	l.found[name] = Value{s, text, where}
}

// scalar returns a value as it is written: 10 and "10" are the same here.
func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(v.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func byName(name string) *Setting {
	for i := range Settings {
		if Settings[i].Name == name {
			return &Settings[i]
		}
	}
	return nil
}

func names() (out []string) {
	for i := range Settings {
		out = append(out, Settings[i].Name)
	}
	return out
}

// suggest names the nearest of what is known, when it is near enough to be what was meant.
func suggest(name string, known []string) string {
	if best := errs.Nearest(name, known); best != "" {
		return "; did you mean " + best + "?"
	}
	return "; known: " + strings.Join(known, ", ")
}
