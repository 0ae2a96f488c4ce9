package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What the guides tell people to paste works: every block of shell lines with curl in the README and the pages of docs
// runs against a demo, page by page, and every request is answered with success. In a block that begins with ```sh
// refused the answers are refusals, and are only looked at for an answer.
func TestGuidesCanBePasted(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/guide/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append([]string{"../../README.md", "../../docs/api.md"}, pages...)
	url := demo(t)
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			blocks := shellBlocks(string(text))
			if len(blocks) == 0 {
				t.Skip("nothing to paste")
			}
			paste(t, url, blocks)
		})
	}
}

// demo starts a demo without its trickle and returns where it listens.
func demo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(binary, "demo", "--dir", filepath.Join(dir, "demo"), "--listen", "127.0.0.1:0", "--no-trickle")
	cmd.Dir = dir
	log := &output{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-done })
	where := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	var url string
	eventually(t, 10*time.Minute, "the demo serves", func() bool {
		select {
		case <-done:
			t.Fatalf("the demo ended:\n%s", log.String())
		default:
		}
		url = where.FindString(log.String())
		return url != "" && strings.Contains(log.String(), "curl")
	})
	return url
}

type shellBlock struct {
	line    int
	refused bool
	text    string
}

// shellBlocks returns the fenced blocks of shell lines that ask the demo something.
func shellBlocks(page string) (out []shellBlock) {
	var b *shellBlock
	for i, line := range strings.Split(page, "\n") {
		switch {
		case b == nil && (strings.HasPrefix(line, "```sh") || strings.HasPrefix(line, "```bash")):
			b = &shellBlock{line: i + 1, refused: strings.HasSuffix(line, " refused")}
		case b != nil && strings.HasPrefix(line, "```"):
			if strings.Contains(b.text, "curl ") || strings.Contains(b.text, "export ORDO") || strings.Contains(b.text, "/v1/") { // a page may wrap curl
				out = append(out, *b)
			}
			b = nil
		case b != nil && !strings.Contains(line, "timeout "): // streams that do not end by themselves
			b.text += line + "\n"
		}
	}
	return out
}

// paste runs the blocks in one shell, as people do with one terminal.
func paste(t *testing.T, url string, blocks []shellBlock) {
	t.Helper()
	var script strings.Builder
	script.WriteString("set -o pipefail\ncurl() { command curl --fail-with-body \"$@\"; }\ngo() { command go -C \"$SOURCE\" \"$@\"; }\n") // go runs in the source tree
	for _, b := range blocks {
		check := fmt.Sprintf(`trap 'echo "LINE %d: exit $? of: $BASH_COMMAND" >&2; exit 1' ERR`, b.line)
		if b.refused {
			check = "trap - ERR"
		}
		fmt.Fprintf(&script, "echo '--- block at line %d'\n%s\n%s\necho\n", b.line, check, b.text)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", strings.ReplaceAll(script.String(), "http://127.0.0.1:8080", url))
	cmd.Dir = t.TempDir()
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "ORDO="+url, "ORDO_KEY=ordo_sk_demo", "SOURCE="+source)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, bytes.TrimSpace(out))
	}
}

// Examples are read by people who do not know this project: they use the standard library and nothing else.
func TestExamplesNeedOnlyGo(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./examples/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := strings.Fields(string(out))
	for _, path := range found {
		if !strings.HasPrefix(path, "ordo/examples/") {
			t.Errorf("an example needs %s", path)
		}
	}
	if len(found) == 0 {
		t.Error("there are no examples")
	}
}
