package expr

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
	"cel.dev/cel-go/parser"
)

// Condition is a compiled condition.
type Condition[F any] struct {
	Text  string
	Facts []string // that it names, sorted

	voc     *Vocabulary[F]
	tree    *ast.AST
	program cel.Program
}

// Fact is a value that a decision rests on. Of personal data only the name is told.
type Fact struct {
	Name  string `json:"name"`
	Value any    `json:"value,omitzero"`
}

// Part is a piece of a condition that decided: what it says, whether it was so, and the facts in it.
type Part struct {
	Text  string `json:"text"`
	Holds bool   `json:"holds"`
	Facts []Fact `json:"facts,omitzero"`
}

// String is the part in a sentence: `order.total >= 50000 is false (order.total = 1200)`.
func (p Part) String() string {
	facts := make([]string, len(p.Facts))
	for i, f := range p.Facts {
		facts[i] = fmt.Sprintf("%s = %v", f.Name, f.Value)
		if f.Value == nil {
			facts[i] = f.Name + " is not shown"
		}
		if s, ok := f.Value.(string); ok {
			facts[i] = fmt.Sprintf("%s = %q", f.Name, s)
		}
	}
	text := fmt.Sprintf("%s is %t", p.Text, p.Holds)
	if len(facts) == 0 {
		return text
	}
	return text + " (" + strings.Join(facts, ", ") + ")"
}

// Uses reports whether the condition names the variable or anything in it.
func (c *Condition[F]) Uses(variable string) bool {
	return slices.ContainsFunc(c.Facts, func(f string) bool { return f == variable || strings.HasPrefix(f, variable+".") })
}

// Holds evaluates the condition. An error means that it cannot be decided: division by zero, a key that a map lacks,
// or more work than the budget allows.
func (c *Condition[F]) Holds(facts *F) (bool, error) {
	holds, _, err := c.eval(facts)
	return holds, err
}

// Decide evaluates the condition and tells which of its parts decided.
func (c *Condition[F]) Decide(facts *F) (bool, []Part, error) {
	holds, state, err := c.eval(facts)
	if err != nil {
		return false, nil, err
	}
	return holds, c.deciders(c.tree.Expr(), facts, state), nil
}

func (c *Condition[F]) eval(facts *F) (bool, interpreter.EvalState, error) {
	out, details, err := c.program.Eval(&activation[F]{c.voc, facts})
	if err != nil {
		return false, nil, fmt.Errorf("the condition cannot be decided: %w", err)
	}
	return out == types.True, details.State(), nil
}

// deciders walks down to the smallest parts that made the value what it is: of `a && b` that is false the false one,
// of one that is true both.
func (c *Condition[F]) deciders(e ast.Expr, facts *F, state interpreter.EvalState) []Part {
	value, ok := state.Value(e.ID())
	if !ok {
		return nil // short-circuited: it did not count
	}
	holds := value == types.True
	if e.Kind() == ast.CallKind {
		call := e.AsCall()
		args := call.Args()
		switch call.FunctionName() {
		case operators.LogicalNot:
			return c.deciders(args[0], facts, state)
		case operators.Conditional:
			if cond, _ := state.Value(args[0].ID()); cond == types.True {
				return append(c.deciders(args[0], facts, state), c.deciders(args[1], facts, state)...)
			}
			return append(c.deciders(args[0], facts, state), c.deciders(args[2], facts, state)...)
		case operators.LogicalAnd, operators.LogicalOr:
			var out []Part
			for _, a := range args {
				if v, ok := state.Value(a.ID()); ok && (v == types.True) == holds {
					out = append(out, c.deciders(a, facts, state)...)
				}
			}
			return out
		}
	}
	return []Part{{Text: c.text(e), Holds: holds, Facts: c.facts(e, facts)}}
}

// text is the source of a part of the condition, in the normal form of the language.
func (c *Condition[F]) text(e ast.Expr) string {
	text, err := parser.Unparse(e, c.tree.SourceInfo())
	if err != nil {
		return c.Text
	}
	return text
}

func (c *Condition[F]) facts(e ast.Expr, facts *F) []Fact {
	names := map[string]bool{}
	c.voc.paths(e, nil, names)
	out := make([]Fact, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, Fact{name, valueOf(reflect.ValueOf(facts).Elem(), name)})
	}
	return out
}

// valueOf finds the value of a fact; nil where it is personal, or holds what is, and where a map lacks it. A long list
// is cut: a decision is stored with the order.
func valueOf(v reflect.Value, path string) any {
	const most = 20
	for name := range strings.SplitSeq(path, ".") {
		switch v.Kind() {
		case reflect.Struct:
			i := slices.IndexFunc(reflect.VisibleFields(v.Type()), func(f reflect.StructField) bool { return jsonName(f) == name })
			if i < 0 || v.Type().Field(i).Tag.Get("personal") == "true" {
				return nil
			}
			v = v.Field(i)
		case reflect.Map:
			if v = v.MapIndex(reflect.ValueOf(name)); !v.IsValid() {
				return nil
			}
			if v.Kind() == reflect.Interface {
				v = v.Elem()
			}
		default:
			return nil
		}
	}
	switch {
	case v.Kind() == reflect.Slice:
		return v.Slice(0, min(v.Len(), most)).Interface()
	case v.Kind() == reflect.Struct && v.Type().PkgPath() != "time" || v.Kind() == reflect.Map:
		return nil
	}
	return v.Interface()
}

// activation gives the fields of F to the interpreter.
type activation[F any] struct {
	voc   *Vocabulary[F]
	facts *F
}

func (a *activation[F]) ResolveName(name string) (any, bool) {
	i, ok := a.voc.fields[name]
	if !ok {
		return nil, false
	}
	return reflect.ValueOf(a.facts).Elem().Field(i).Addr().Interface(), true
}

func (a *activation[F]) Parent() interpreter.Activation { return nil }
