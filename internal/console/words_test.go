package console

import (
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// spoken finds texts for people: in templates `t "…"`, in code v.t("…") and what stands in the tables of forms.
var spoken = []struct {
	glob string
	find *regexp.Regexp
}{
	{"templates/*.html", regexp.MustCompile(`\bt ("(?:[^"\\]|\\.)*")`)},
	{"*.go", regexp.MustCompile(`\.t\(("(?:[^"\\]|\\.)*")`)},
	{"*.go", regexp.MustCompile(`\b(?:Label|Help|Text|title|verb): *("(?:[^"\\]|\\.)+")`)},
	{"*.go", regexp.MustCompile(`v\.page\([^,]+, "[a-z]+", ("(?:[^"\\]|\\.)+"),`)},
	{"*.go", regexp.MustCompile(`(?:state|amount|amountField)\(("(?:[^"\\]|\\.)+"),`)},
}

func texts(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	root := os.DirFS(".")
	for _, s := range spoken {
		names, err := fs.Glob(root, s.glob)
		if err != nil || len(names) == 0 {
			t.Fatal(s.glob, err)
		}
		for _, name := range names {
			body, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			if regexp.MustCompile(`_test\.go$`).MatchString(name) {
				continue
			}
			for _, m := range s.find.FindAllStringSubmatch(string(body), -1) {
				text, err := strconv.Unquote(m[1])
				if err != nil {
					t.Fatal(name, m[1], err)
				}
				if text != "" {
					out[text] = true
				}
			}
		}
	}
	return out
}
