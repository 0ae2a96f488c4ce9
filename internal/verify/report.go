package verify

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"ordo/internal/journal"
)

// Report is what was checked and what was found.
type Report struct {
	Database string   `json:"database"`
	Head     string   `json:"head"` // SEQ:HASH, for --expect-head
	Checks   []Result `json:"checks"`
	OK       bool     `json:"ok"`
	Rows     int64    `json:"rows"` // tested, over all checks
	Seconds  float64  `json:"seconds"`
}

// Result is what one check found. Findings are the first ones, in the order of the data.
type Result struct {
	Check    string    `json:"check"`
	Rule     string    `json:"rule"`
	Says     string    `json:"says"`
	Rows     int64     `json:"rows"`
	Broken   int64     `json:"broken"`
	Warnings int64     `json:"warnings"`
	Waiting  int64     `json:"waiting"` // becomes right by itself
	Findings []Finding `json:"findings,omitzero"`
	Warned   []Finding `json:"warned,omitzero"`
}

// Finding is one row and what is wrong with it.
type Finding struct {
	Row  string `json:"row"`
	Text string `json:"text"`
}

func (v *run) report(info string, took time.Duration) *Report {
	rep := &Report{Database: info, Head: FormatHead(v.last), OK: true, Seconds: took.Seconds()}
	for i := range checks {
		c, r := &checks[i], &v.total.results[i]
		if !c.applies(v) {
			continue
		}
		rep.OK = rep.OK && r.broken == 0
		rep.Rows += r.rows
		rep.Checks = append(rep.Checks, Result{
			Check: c.name, Rule: c.rule, Says: c.says, Rows: r.rows, Broken: r.broken, Warnings: r.warnings, Waiting: r.waiting,
			Findings: findings(r.findings), Warned: findings(r.warned),
		})
	}
	return rep
}

func findings(in []finding) []Finding {
	var out []Finding
	for _, f := range in {
		out = append(out, Finding{f.row, f.text})
	}
	return out
}

// Write prints the report: a table of the checks, then the first broken row of each kind, then the head.
func (rep *Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s %-14s %12s  %s\n", "check", "rule", "rows", "result")
	var broken, warned int64
	for _, c := range rep.Checks {
		fmt.Fprintf(&b, "%-22s %-14s %12s  %s\n", c.Check, c.Rule, thousands(c.Rows), c.result())
		broken += c.Broken
		warned += c.Warnings
	}
	for _, c := range rep.Checks {
		if c.Broken > 0 {
			fmt.Fprintf(&b, "\n%s: %s\n  %s broken%s\n  %s %s\n", c.Check, c.Says, count(c.Broken, "row"), first(c.Broken), c.Findings[0].Row, c.Findings[0].Text)
		}
		if c.Warnings > 0 {
			fmt.Fprintf(&b, "\n%s: %s\n  %s to look at%s\n  %s %s\n", c.Check, c.Says, count(c.Warnings, "row"), first(c.Warnings), c.Warned[0].Row, c.Warned[0].Text)
		}
	}
	fmt.Fprintf(&b, "\n%s, %s tests on %s in %.1f s: ", count(int64(len(rep.Checks)), "check"), thousands(rep.Rows), rep.Database, rep.Seconds)
	if rep.OK {
		b.WriteString("everything is right\n")
	} else {
		fmt.Fprintf(&b, "%s broken\n", count(broken, "row"))
	}
	fmt.Fprintf(&b, "head %s\n", rep.Head)
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Result) result() string {
	var parts []string
	if c.Broken > 0 {
		parts = append(parts, thousands(c.Broken)+" BROKEN")
	}
	if c.Warnings > 0 {
		parts = append(parts, count(c.Warnings, "warning"))
	}
	if c.Broken == 0 {
		parts = append([]string{"ok"}, parts...)
	}
	if c.Waiting > 0 {
		parts = append(parts, thousands(c.Waiting)+" on the way")
	}
	return strings.Join(parts, ", ")
}

func first(n int64) string {
	if n == 1 {
		return ":"
	}
	return ", the first:"
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// thousands renders 1234567 as 1,234,567.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// FormatHead renders a head as SEQ:HASH.
func FormatHead(h journal.Head) string { return fmt.Sprintf("%d:%x", h.Seq, h.Hash) }

// ParseHead reads what FormatHead wrote.
func ParseHead(s string) (journal.Head, error) {
	seq, hash, ok := strings.Cut(strings.TrimSpace(s), ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	b, herr := hex.DecodeString(hash)
	if !ok || err != nil || herr != nil || n < 0 || n > 0 && len(b) != 32 || n == 0 && len(b) != 0 {
		return journal.Head{}, errors.New("a head is SEQ:HASH as verify prints it: a number, a colon and 64 hexadecimal digits")
	}
	return journal.Head{Seq: n, Hash: b}, nil
}
