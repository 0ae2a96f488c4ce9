package mail

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Names lists the mails that Ordo writes: those of notifications and the one of agents' replies.
func Names() []string { return append(slices.Clone(Notifications), CaseReply, OrderLink) }

// ReplyPrefix begins the names of templates that agents choose for their replies.
const ReplyPrefix = "reply_"

// Written reports whether a mail can be made of a template of that name: others would never be read.
func Written(name string) bool {
	return slices.Contains(Names(), name) || strings.HasPrefix(name, ReplyPrefix)
}

// What templates can call, beside what their language has, and the parts that they can use.
var (
	functionNames = slices.Sorted(maps.Keys(funcs("en")))
	partNames     = definedParts()
)

var define = regexp.MustCompile(`\{\{-? *define "([^"]*)"`)

func definedParts() (out []string) {
	for _, m := range define.FindAllStringSubmatch(partsOf("en", "txt"), -1) {
		out = append(out, m[1])
	}
	return out
}

// How the packages of templates say what is wrong, and what it means.
var (
	where       = regexp.MustCompile(`^(?:html/)?template: ?(?:mail)?:?(\d+)?(?::\d+)?:? ?`)
	execution   = regexp.MustCompile(`executing "[^"]*" at <([^>]*)>: (.*)$`)
	noEntry     = regexp.MustCompile(`no entry for key "([^"]*)"`)
	noFunction  = regexp.MustCompile(`function "([^"]*)" not defined`)
	noPart      = regexp.MustCompile(`(?:no template|template) "([^"]*)"(?: not defined)?`)
	withoutData = regexp.MustCompile(`nil (?:data|pointer)`)
)

// explain says in words what is wrong with a template: the line, what is unknown, and what there is. Data is what the
// template was tried on.
func explain(err error, data any) string {
	text := err.Error()
	line := ""
	if m := where.FindStringSubmatch(text); m != nil {
		if m[1] != "" {
			line = "line " + m[1] + ": "
		}
		text = strings.TrimPrefix(text, m[0])
	}
	at := ""
	if m := execution.FindStringSubmatch(text); m != nil {
		at, text = m[1], m[2]
	}
	switch {
	case withoutData.MatchString(text):
		return line + "this mail has nothing for " + at + "; ask first: {{if " + parent(at) + "}} … {{end}}"
	case noEntry.MatchString(text):
		name := noEntry.FindStringSubmatch(text)[1]
		return line + "there is no " + name + " in {{" + at + "}}; there is " + strings.Join(known(data, at, name), ", ")
	case noFunction.MatchString(text):
		return line + "there is no function " + noFunction.FindStringSubmatch(text)[1] + "; there is " + strings.Join(functionNames, ", ") + ", and those of Go's templates (if, range, with, index, len, printf, …)"
	case strings.Contains(text, "unexpected EOF"), strings.Contains(text, "unclosed action"):
		return line + "something is not closed: {{ needs }}, and if, range and with need {{end}}"
	case noPart.MatchString(text) && !strings.Contains(text, "calling"):
		return line + "there is no part " + noPart.FindStringSubmatch(text)[1] + "; there is " + strings.Join(partNames, ", ")
	case at != "":
		return line + "{{" + at + "}} cannot be written: " + text
	}
	return line + text
}

// parent is the path without its last name: ".shipment" of ".shipment.carrier".
func parent(path string) string {
	if i := strings.LastIndex(path, "."); i > 0 {
		return path[:i]
	}
	return path
}

// known lists the names that stand where one was looked for.
func known(data any, path, name string) []string {
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "."), ".") {
		m, ok := data.(map[string]any)
		if !ok || part == name {
			break
		}
		if next, ok := m[part]; ok {
			data = next
		}
	}
	if m, ok := data.(map[string]any); ok {
		return slices.Sorted(maps.Keys(m))
	}
	return []string{"nothing"}
}
