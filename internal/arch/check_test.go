package arch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "ordo"

// file is one Go file of the module.
type file struct {
	path      string // from the module's root, with slashes
	lines     int
	test      bool
	generated bool
	pkg       string // as its package clause says
	doc       string
	imports   []string
	clocks    []string // "line 7: time.Now"
}

func (f file) dir() string { return path.Dir(f.path) }

type tree []file

// load reads the module once for all tests.
func load(t *testing.T) tree {
	t.Helper()
	files, err := readModule()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var readModule = sync.OnceValues(func() (tree, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, err
	}
	var files tree
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		// Files come and go while tests of other packages run.
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			hidden := name != "." && (base[0] == '.' || base[0] == '_')
			if hidden || slices.Contains([]string{"testdata", "vendor", "bin", "node_modules"}, base) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || base[0] == '.' || base[0] == '_' {
			return nil
		}
		src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		f, err := read(name, src)
		files = append(files, f)
		return err
	})
	return files, err
})

// read parses one file, whatever its build constraints say.
func read(name string, src []byte) (file, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	f := file{
		path:      name,
		lines:     strings.Count(string(src), "\n"),
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(parsed),
		pkg:       parsed.Name.Name,
		doc:       parsed.Doc.Text(),
	}
	clock := "" // what the file calls package time
	for _, spec := range parsed.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, err
		}
		f.imports = append(f.imports, target)
		if target != "time" {
			continue
		}
		clock = "time"
		if spec.Name != nil {
			clock = spec.Name.Name
		}
		if clock == "." {
			f.clocks = append(f.clocks, fmt.Sprintf("line %d: import . %q", set.Position(spec.Pos()).Line, target))
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			x, ok := sel.X.(*ast.Ident)
			if ok && clock != "" && x.Name == clock && slices.Contains(clockCalls, sel.Sel.Name) {
				f.clocks = append(f.clocks, fmt.Sprintf("line %d: time.%s", set.Position(n.Pos()).Line, sel.Sel.Name))
			}
		}
		return true
	})
	return f, nil
}

// internalName gives "store" for internal/store/sqlite.
func internalName(dir string) (string, bool) {
	rest, ok := strings.CutPrefix(dir, "internal/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

// level is a package's place in layers, or -1.
func level(name string) int {
	return slices.IndexFunc(layers, func(l layer) bool { return slices.Contains(l.has, name) })
}

func (files tree) imports() []string {
	found := map[string]bool{} // a set: a package has many files
	for _, f := range files {
		name, internal := internalName(f.dir())
		if !internal || f.test {
			continue
		}
		at := level(name)
		if at < 0 && !slices.Contains(helpers, name) {
			found[fmt.Sprintf("internal/%s has no place: add it to the table layers (or helpers) in internal/arch/arch_test.go", name)] = true
			continue
		}
		for _, target := range f.imports {
			if exceptions[f.dir()+" imports "+target] != "" {
				continue
			}
			if why := objection(name, at, target); why != "" {
				found[fmt.Sprintf("%s imports %s: %s", f.dir(), target, why)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// objection says what is wrong with an import, if anything. Helpers have no
// level and may import all that is internal.
func objection(from string, at int, target string) string {
	own, ours := strings.CutPrefix(target, module+"/")
	switch {
	case target == module:
		return "the root is above internal/"
	case !ours:
		if at < 0 || !layers[at].pure {
			return ""
		}
		return impurity(at, target)
	}
	to, internal := internalName(own)
	below := level(to)
	switch {
	case !internal:
		return own + " is above internal/"
	case to == from, at < 0:
		return ""
	case slices.Contains(helpers, to):
		return "it is a helper of tests: import it in test files only"
	case below < 0:
		return "internal/" + to + " has no place: add it to the table layers in internal/arch/arch_test.go"
	case below > at:
		return fmt.Sprintf("%s (%s) stand above %s (%s)", to, layers[below].name, from, layers[at].name)
	case below == at && layers[at].apart:
		return layers[at].name + " never import each other: they meet in app"
	}
	return ""
}

func impurity(at int, target string) string {
	first, _, _ := strings.Cut(target, "/")
	foreign := strings.Contains(first, ".")
	switch {
	case foreign && !within(target, pureModules):
		return layers[at].name + " are pure: if this module does no IO, add it to pureModules in internal/arch/arch_test.go"
	case !foreign && within(target, impureStd) && !slices.Contains(pureStd, target):
		return layers[at].name + " are pure: no IO, no context, no chance; pass values in"
	}
	return ""
}

func within(target string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return target == n || strings.HasPrefix(target, n+"/") })
}

func (files tree) clocks() (problems []string) {
	for _, f := range files {
		name, internal := internalName(f.dir())
		at := level(name)
		if !internal || f.test || at < 0 || !layers[at].pure {
			continue
		}
		for _, c := range f.clocks {
			problems = append(problems, fmt.Sprintf("%s: %s: %s take the time as a parameter", f.path, c, layers[at].name))
		}
	}
	return problems
}

func (files tree) lengths() (problems []string) {
	for _, f := range files {
		if !f.generated && f.lines > maxLines {
			problems = append(problems, fmt.Sprintf("%s has %d lines, more than %d: it is asking to be two", f.path, f.lines, maxLines))
		}
	}
	return problems
}

// comments wants "Package x …" above the package clause of some file of every
// package; a command, or a folder of tests only, may begin as it likes.
func (files tree) comments() (problems []string) {
	type state struct{ code, commented bool }
	dirs := map[string]*state{}
	for _, f := range files {
		s := dirs[f.dir()]
		if s == nil {
			s = new(state)
			dirs[f.dir()] = s
		}
		s.code = s.code || !f.test
		free := f.pkg == "main" || f.test
		s.commented = s.commented || strings.HasPrefix(f.doc, "Package "+f.pkg+" ") || free && f.doc != ""
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		if s := dirs[dir]; !s.commented {
			what := "has no comment that begins \"Package " + path.Base(dir) + " …\""
			if !s.code {
				what = "has tests only and no package comment"
			}
			problems = append(problems, dir+" "+what+": say what lives here, what does not, and the one idea to know")
		}
	}
	return problems
}
