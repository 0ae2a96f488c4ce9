package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBinariesInPathAreTakenFirst(t *testing.T) {
	root := t.TempDir()
	program(t, root, "pg/9.6/bin/postgres", "pg/9.6/bin/initdb")
	program(t, root, "pg/17/bin/postgres", "pg/17/bin/initdb")
	program(t, root, "pg/18/bin/postgres") // a server without initdb is no use
	program(t, root, "mine/postgres", "mine/initdb")
	if err := os.MkdirAll(filepath.Join(root, "links"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../pg/9.6/bin/postgres", filepath.Join(root, "links/postgres")); err != nil {
		t.Fatal(err)
	}
	globs := []string{filepath.Join(root, "none-*"), filepath.Join(root, "pg/*/bin")}
	for _, tt := range []struct{ path, want string }{
		{"", "pg/17/bin"}, // the newest, by number
		{"none", "pg/17/bin"},
		{"mine", "mine"},
		{"links", "pg/9.6/bin"},
	} {
		f := finder{globs: globs}
		if tt.path != "" {
			f.path = filepath.Join(root, tt.path)
		}
		got, err := f.binaries()
		want, _ := filepath.EvalSymlinks(filepath.Join(root, tt.want))
		if err != nil || got != want {
			t.Errorf("PATH=%s: got %s, %v; want %s", tt.path, got, err, want)
		}
	}
}

func TestMissingBinariesNameTheCommand(t *testing.T) {
	for tool, want := range map[string]string{
		"apt-get": aptInstall,
		"dnf":     "\n    sudo dnf install -y postgresql-server\n",
		"brew":    "\n    brew install postgresql@17\n",
		"nothing": "https://www.postgresql.org/download/",
	} {
		root := t.TempDir()
		program(t, root, tool)
		_, err := finder{path: root, globs: []string{root + "/lib/*/bin"}}.binaries()
		if err == nil {
			t.Fatal("found a server")
		}
		for _, part := range []string{want, root + "/lib/*/bin", "export " + EnvURL + "=postgres://"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("with %s the message lacks %q:\n%v", tool, part, err)
			}
		}
	}
}

func TestInstall(t *testing.T) {
	const unpack = `
case "$*" in *install*)
	grep -q 'create_main_cluster = false' %[1]s/conf/*.conf || exit 9
	[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 8
	mkdir -p %[1]s/lib/17/bin
	for p in postgres initdb; do echo >%[1]s/lib/17/bin/$p; chmod +x %[1]s/lib/17/bin/$p; done
esac`
	for _, tt := range []struct {
		name, script string
		root         bool
		want         string // in the error; empty for success
	}{
		{"as root", unpack, true, ""},
		{"as another user", unpack, false, "the tests need a PostgreSQL server"},
		{"without a network", "exit 100", true, "apt-get update: exit status 100"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			f := finder{path: root, globs: []string{root + "/lib/*/bin"}}
			script := tt.script
			if strings.Contains(script, "%") {
				script = fmt.Sprintf(script, root)
			}
			program(t, root, "apt-get")
			if err := os.WriteFile(filepath.Join(root, "apt-get"), []byte("#!/bin/sh\nset -e\n"+script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			dir, err := f.installed(t.Context(), &log, tt.root, root+"/conf")
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), aptInstall) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || filepath.Base(filepath.Dir(dir)) != "17" {
				t.Fatalf("got %s, %v\n%s", dir, err, &log)
			}
			if !strings.Contains(log.String(), aptInstall) {
				t.Errorf("it does not say what it does: %s", &log)
			}
			if left, _ := filepath.Glob(root + "/conf/*"); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			// Once there, nothing is installed again.
			log.Reset()
			if _, err := f.installed(t.Context(), &log, true, root+"/conf"); err != nil || log.Len() != 0 {
				t.Errorf("again: %v, %s", err, &log)
			}
		})
	}
}

// program makes executable files.
func program(t *testing.T, root string, names ...string) {
	t.Helper()
	for _, name := range names {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
