package config

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"
)

// WriteTable prints the settings for people.
func WriteTable(w io.Writer, values []Value) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SETTING\tVALUE\tFROM")
	for _, v := range values {
		text := v.Text
		if v.Hide != nil {
			text = v.Hide(text)
		}
		if text == "" {
			text = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", v.Name, text, v.Source)
	}
	return t.Flush()
}

// WriteYAML prints the settings as a file that can be used. What is secret stays a comment that says how to give it.
func WriteYAML(w io.Writer, values []Value) error {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "# %s (from %s)\n", v.Help, v.Source)
		text := v.Text
		if v.Name == "db" {
			var had bool
			if text, had = withoutPassword(text); had {
				b.WriteString("# The password is left out: add it here, or give it as PGPASSWORD.\n")
			}
		} else if v.Hide != nil {
			fmt.Fprintf(&b, "# %s: %s; give it as %s\n", v.Name, notEmpty(v.Hide(text)), v.Env)
			continue
		}
		var value any = text
		if v.plain != nil {
			value = v.plain(text)
		}
		line, err := yaml.Marshal(map[string]any{v.Name: value})
		if err != nil {
			return err
		}
		b.Write(line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func notEmpty(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}
