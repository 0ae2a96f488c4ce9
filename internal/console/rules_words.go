package console

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/jsonx"
)

// How rules are read and typed by people: conditions taken apart, and examples as lines of text.

// clause is a part of a condition: what it says, and how it is written. Text is "" for what has no plain words.
type clause struct{ Text, Code string }

// clauses takes a condition apart: one of the alternatives has to be so, with all of its clauses.
func (v *visit) clauses(condition string) (out [][]clause) {
	for _, alternative := range splitTop(condition, "||") {
		var all []clause
		for _, code := range splitTop(alternative, "&&") {
			all = append(all, clause{v.clause(code), code})
		}
		out = append(out, all)
	}
	return out
}

// splitTop splits a condition at an operator, where no bracket and no text is open.
func splitTop(s, operator string) (out []string) {
	depth, quote, from := 0, byte(0), 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], operator):
			out = append(out, strings.TrimSpace(s[from:i]))
			from = i + len(operator)
		}
	}
	return append(out, strings.TrimSpace(s[from:]))
}

const factPath = `[a-z_]+(?:\.[a-z_0-9]+)+`

var (
	factClause    = regexp.MustCompile(`^(!?)\s*(` + factPath + `)$`)
	compareClause = regexp.MustCompile(`^(` + factPath + `)\s*(==|!=|>=|<=|>|<)\s*(.+)$`)
	plainValue    = regexp.MustCompile(`^(-?[0-9]+|"[^"\\]*"|true|false|` + factPath + `)$`)
	signs         = map[string]string{"==": "=", "!=": "≠", ">=": "≥", "<=": "≤", ">": ">", "<": "<"}
	minorUnits    = []string{"order.total", "order.items", "order.discount", "order.shipping", "payment.authorized", "payment.captured", "payment.due", "payment.unsecured"}
)

// clause says a simple comparison in plain words; "" for anything else.
func (v *visit) clause(code string) string {
	if m := factClause.FindStringSubmatch(code); m != nil {
		if m[1] != "" {
			return v.t("%s: no", v.word(m[2]))
		}
		return v.t("%s: yes", v.word(m[2]))
	}
	m := compareClause.FindStringSubmatch(code)
	if m == nil || !plainValue.MatchString(m[3]) {
		return ""
	}
	value := strings.Trim(m[3], `"`)
	switch n, err := strconv.ParseInt(value, 10, 64); {
	case err == nil:
		if value = v.number(n); n != 0 && slices.Contains(minorUnits, m[1]) {
			value = v.minor(n)
		}
	case value == "true":
		value = v.t("yes")
	case value == "false":
		value = v.t("no")
	case value == m[3]: // another fact
		value = v.word(value)
	}
	return v.word(m[1]) + " " + signs[m[2]] + " " + value
}

// ruleExample is an example of a rule of any kind. Its facts are the JSON of what conditions of that kind speak of.
type ruleExample struct {
	Name    string
	Facts   []byte
	Matches bool
}

// fact is one of an example: its name as conditions have it, and its value as JSON.
type fact struct{ Name, Value string }

// factsOf lists what stands in facts, by name.
func factsOf(facts []byte) (out []fact) {
	var tree map[string]any
	if jsonx.Unmarshal(facts, &tree) != nil {
		return nil
	}
	var walk func(at string, part any)
	walk = func(at string, part any) {
		if inner, ok := part.(map[string]any); ok {
			for name, p := range inner {
				walk(strings.TrimPrefix(at+"."+name, "."), p)
			}
			return
		}
		out = append(out, fact{at, string(jsonx.Marshal(part))})
	}
	walk("", tree)
	slices.SortFunc(out, func(a, b fact) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// exampleText writes examples as people type them: a line with the name and whether the rule matches, then a line for
// each fact, and an empty line between examples.
func (v *visit) exampleText(list []ruleExample) string {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		answer := "no"
		if e.Matches {
			answer = "yes"
		}
		fmt.Fprintf(&b, "%s: %s\n", e.Name, v.t(answer))
		for _, f := range factsOf(e.Facts) {
			fmt.Fprintf(&b, "%s = %s\n", f.Name, f.Value)
		}
	}
	return b.String()
}

// readExamples reads what exampleText writes. What cannot be read is told with its line.
func readExamples(text string) (out []ruleExample, err error) {
	var tree map[string]any
	end := func() {
		if tree != nil {
			out[len(out)-1].Facts = jsonx.Marshal(tree)
		}
		tree = nil
	}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			end()
		case tree == nil:
			at := strings.LastIndex(line, ":")
			answer := strings.ToLower(strings.TrimSpace(line[at+1:]))
			if at < 1 || !slices.Contains([]string{"yes", "no", "ja", "nein"}, answer) {
				return nil, fmt.Errorf("line %d: an example begins with its name and whether the rule matches, such as big first order: yes", i+1)
			}
			tree = map[string]any{}
			out = append(out, ruleExample{Name: strings.TrimSpace(line[:at]), Matches: answer == "yes" || answer == "ja"})
		default:
			name, value, ok := strings.Cut(line, "=")
			var v any
			if !ok || jsonx.Unmarshal([]byte(strings.TrimSpace(value)), &v) != nil {
				return nil, fmt.Errorf("line %d: give a fact and its value, such as order.total = 60000 or address.country = \"DE\"", i+1)
			}
			if !grow(tree, strings.Split(strings.TrimSpace(name), "."), v) {
				return nil, fmt.Errorf("line %d: %s stands there twice", i+1, strings.TrimSpace(name))
			}
		}
	}
	end()
	return out, nil
}

// grow puts a value into a tree. It reports whether the place was free.
func grow(tree map[string]any, at []string, value any) bool {
	if len(at) == 1 {
		_, taken := tree[at[0]]
		tree[at[0]] = value
		return !taken
	}
	inner, ok := tree[at[0]].(map[string]any)
	if !ok {
		if _, taken := tree[at[0]]; taken {
			return false
		}
		inner = map[string]any{}
		tree[at[0]] = inner
	}
	return grow(inner, at[1:], value)
}

// typedExamples hands on the examples of a form, to be read as those of a kind of rules. What is wrong with them is found
// at the field.
func typedExamples(text string, list *errs.List, take func(ruleExample) error) {
	read, err := readExamples(text)
	if err != nil {
		list.Add("/"+examplesField, "invalid_value", "%s", err)
		return
	}
	for _, e := range read {
		if err := take(e); err != nil {
			for name, text := range findingsOf(err) {
				list.Add("/"+examplesField, "invalid_value", "%s: %s: %s", errs.Clip(e.Name), name, text)
			}
		}
	}
}
