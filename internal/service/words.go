package service

import (
	"regexp"
	"slices"
	"strings"

	"ordo/internal/errs"
)

// Placeholders are what texts of agents and macros may leave to be filled in.
var Placeholders = []string{"{customer}", "{number}", "{case}", "{agent}"}

// placeholder is what looks like one: {word}, or what templates of mails have, {{.word}}.
var placeholder = regexp.MustCompile(`\{\{[^{}]{0,100}\}\}|\{[A-Za-z_.]{1,40}\}`)

// CheckWords adds to the list what a text leaves open and nobody fills in: the customer would read it as it stands.
func CheckWords(list *errs.List, at, text string) {
	for _, found := range placeholder.FindAllString(text, -1) {
		if !slices.Contains(Placeholders, found) {
			list.Add(at, "unknown_placeholder", "%s stands for nothing; there is %s", errs.Clip(found), strings.Join(Placeholders, ", "))
			return
		}
	}
}

// FillWords puts names into a text. Only Placeholders stand for anything: the text is an agent's, the names a customer's.
func FillWords(text, customer, number, caseNumber, agent string) string {
	if customer == "" {
		customer = "customer"
	}
	return strings.NewReplacer("{customer}", customer, "{number}", number, "{case}", caseNumber, "{agent}", agent).Replace(text)
}
