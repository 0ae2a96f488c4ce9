// Package expr compiles and evaluates the conditions that users write: CEL over typed facts.
//
// What lives here: a vocabulary (which facts there are, from a Go struct), compiling with everything that is wrong at
// once, evaluation within a budget, and the explanation of a decision: which part of the condition and which facts
// made it so. What does not: what the facts mean and what follows from a decision; the domains know that.
// The one idea: a condition is compiled against the types of the facts, so a misspelled fact is found when the
// condition is saved and not when the first order meets it.
package expr

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Limits of one condition. The cost is counted in CEL's units: about one per operation and per ten characters compared.
const (
	MaxText   = 2_000
	costLimit = 200_000
	maxNested = 50
)

// Vocabulary is the facts that a condition may speak of: each field of F, a struct, is one variable under its JSON
// name, and a field's own fields are found the same way.
type Vocabulary[F any] struct {
	env    *cel.Env
	fields map[string]int // variable -> field of F

	mu       sync.Mutex
	compiled map[string]*Condition[F]
}

// NewVocabulary makes the vocabulary of F. It panics when F is not a struct of structs: that is a defect.
func NewVocabulary[F any]() *Vocabulary[F] {
	v := &Vocabulary[F]{fields: map[string]int{}, compiled: map[string]*Condition[F]{}}
	opts := []cel.EnvOption{
		cel.ParserExpressionSizeLimit(MaxText * utf8.UTFMax), cel.ParserRecursionLimit(maxNested), cel.DefaultUTCTimeZone(true),
	}
	t := reflect.TypeFor[F]()
	args := []any{types.ParseStructTag("json")}
	for i := range t.NumField() {
		f := t.Field(i)
		v.fields[jsonName(f)] = i
		args = append(args, f.Type) // and with it the types of its fields
		opts = append(opts, cel.Variable(jsonName(f), cel.ObjectType(f.Type.String())))
	}
	opts = append([]cel.EnvOption{native(args)}, opts...)
	var err error
	if v.env, err = cel.NewEnv(opts...); err != nil {
		panic("expr: " + err.Error())
	}
	return v
}

// native declares Go types.
func native(args []any) cel.EnvOption {
	return func(env *cel.Env) (*cel.Env, error) {
		p, a, err := types.ComposeTypes(env.CELTypeProvider(), env.CELTypeAdapter(), args...)
		if err != nil {
			return nil, err
		}
		if env, err = cel.CustomTypeAdapter(a)(env); err != nil {
			return nil, err
		}
		return cel.CustomTypeProvider(p)(env)
	}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		panic("expr: field " + f.Name + " has no JSON name")
	}
	return name
}

// maxCompiled bounds what is kept: rules are few, but whoever tries conditions can try very many.
const maxCompiled = 1_000

// Compile checks a condition and returns it ready to be evaluated. The same text is compiled once.
func (v *Vocabulary[F]) Compile(text string) (*Condition[F], error) {
	v.mu.Lock()
	c := v.compiled[text]
	v.mu.Unlock()
	if c != nil {
		return c, nil
	}
	c, err := v.compile(text)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.compiled) >= maxCompiled {
		clear(v.compiled)
	}
	v.compiled[text] = c
	return c, nil
}

func (v *Vocabulary[F]) compile(text string) (*Condition[F], error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("the condition is empty")
	}
	if utf8.RuneCountInString(text) > MaxText {
		return nil, fmt.Errorf("a condition has at most %d characters", MaxText)
	}
	tree, issues := v.env.Compile(text)
	if issues.Err() != nil {
		var all []string
		for _, e := range issues.Errors() {
			where := ""
			if e.Location.Line() > 0 {
				where = fmt.Sprintf("line %d, column %d: ", e.Location.Line(), e.Location.Column()+1)
			}
			all = append(all, where+e.Message)
		}
		return nil, errors.New(strings.Join(all, "; "))
	}
	if tree.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("a condition is true or false, this is a %s", tree.OutputType())
	}
	program, err := v.env.Program(tree, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptTrackState))
	if err != nil {
		return nil, err
	}
	c := &Condition[F]{Text: text, voc: v, tree: tree.NativeRep(), program: program}
	names := map[string]bool{}
	v.paths(c.tree.Expr(), nil, names)
	c.Facts = slices.Sorted(maps.Keys(names))
	return c, nil
}

// Names lists all facts that a condition may name, "order.total" and the like.
func (v *Vocabulary[F]) Names() []string {
	var out []string
	t := reflect.TypeFor[F]()
	for name, i := range v.fields {
		inner := t.Field(i).Type
		for j := range inner.NumField() {
			out = append(out, name+"."+jsonName(inner.Field(j)))
		}
	}
	slices.Sort(out)
	return out
}

// paths collects the facts that an expression names; bound are the variables of the comprehensions around it.
func (v *Vocabulary[F]) paths(e ast.Expr, bound []string, found map[string]bool) {
	if p := v.path(e, bound); p != "" {
		found[p] = true
		return
	}
	if e.Kind() == ast.ComprehensionKind {
		c := e.AsComprehension()
		v.paths(c.IterRange(), bound, found)
		inner := append(slices.Clone(bound), c.IterVar(), c.IterVar2(), c.AccuVar())
		for _, part := range []ast.Expr{c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()} {
			v.paths(part, inner, found)
		}
		return
	}
	for _, child := range children(e) {
		v.paths(child, bound, found)
	}
}

// path is the fact that an expression is, or "".
func (v *Vocabulary[F]) path(e ast.Expr, bound []string) string {
	switch e.Kind() {
	case ast.IdentKind:
		if _, ok := v.fields[e.AsIdent()]; ok && !slices.Contains(bound, e.AsIdent()) {
			return e.AsIdent()
		}
	case ast.SelectKind:
		if inner := v.path(e.AsSelect().Operand(), bound); inner != "" {
			return inner + "." + e.AsSelect().FieldName()
		}
	}
	return ""
}

func children(e ast.Expr) (out []ast.Expr) {
	switch e.Kind() {
	case ast.CallKind:
		c := e.AsCall()
		if c.IsMemberFunction() {
			out = append(out, c.Target())
		}
		return append(out, c.Args()...)
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			out = append(out, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		for _, f := range e.AsStruct().Fields() {
			out = append(out, f.AsStructField().Value())
		}
	}
	return out
}
