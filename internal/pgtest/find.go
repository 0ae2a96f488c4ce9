package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// serverGlobs are the directories where packagers put the server binaries,
// which are usually not in PATH.
var serverGlobs = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // Red Hat and kin, from the PostgreSQL project
	"/usr/libexec/postgresql*",  // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	"/opt/homebrew/opt/postgresql/bin",
	"/usr/local/opt/postgresql/bin",
	"/usr/local/pgsql/bin", // built from source
}

// finder looks for PostgreSQL's binaries. Tests give it other places to look.
type finder struct {
	path  string   // as in $PATH
	globs []string // tried after path, newest version first
}

func systemFinder() finder { return finder{path: os.Getenv("PATH"), globs: serverGlobs} }

// binaries returns the directory that holds postgres and initdb.
func (f finder) binaries() (string, error) {
	dirs := filepath.SplitList(f.path)
	for _, glob := range f.globs {
		found, err := filepath.Glob(glob)
		if err != nil {
			return "", err
		}
		slices.SortFunc(found, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		// A PATH directory often holds links only, and maybe not to both.
		real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err != nil {
			continue
		}
		dir = filepath.Dir(real)
		if executable(real) && executable(filepath.Join(dir, "initdb")) {
			return dir, nil
		}
	}
	return "", &missingError{finder: f}
}

// tool finds a program such as apt-get in the finder's path.
func (f finder) tool(name string) string {
	for _, dir := range filepath.SplitList(f.path) {
		if file := filepath.Join(dir, name); executable(file) {
			return file
		}
	}
	return ""
}

func executable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// majorVersion finds the 17 in /usr/lib/postgresql/17/bin, postgresql@17 or 17.2 (Debian 17.2-1).
func majorVersion(dir string) int {
	for part := range strings.SplitSeq(dir, string(filepath.Separator)) {
		digits := part[strings.IndexFunc(part+"0", isDigit):]
		if end := strings.IndexFunc(digits, func(r rune) bool { return !isDigit(r) }); end >= 0 {
			digits = digits[:end]
		}
		if n, err := strconv.Atoi(digits); err == nil {
			return n
		}
	}
	return 0
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// missingError says that there is no server on this machine, and what to run.
type missingError struct{ finder finder }

const aptInstall = "apt-get update && apt-get install -y --no-install-recommends postgresql"

func (e *missingError) Error() string {
	install := "see https://www.postgresql.org/download/"
	switch {
	case e.finder.tool("apt-get") != "" && os.Geteuid() == 0:
		install = aptInstall
	case e.finder.tool("apt-get") != "":
		install = "sudo sh -c '" + aptInstall + "'"
	case e.finder.tool("dnf") != "":
		install = "sudo dnf install -y postgresql-server"
	case e.finder.tool("apk") != "":
		install = "apk add postgresql"
	case e.finder.tool("pacman") != "":
		install = "sudo pacman -S --noconfirm postgresql"
	case e.finder.tool("brew") != "":
		install = "brew install postgresql@17"
	}
	return fmt.Sprintf(`the tests need a PostgreSQL server, and this machine has none
(looked for postgres and initdb in PATH and in %s).
Install one:
    %s
or name one on which you may create databases:
    export %s=postgres://user:password@127.0.0.1:5432/postgres`,
		strings.Join(e.finder.globs, ", "), install, EnvURL)
}

// Installed makes sure that this machine has the server binaries and returns
// their directory. Where they are missing, the user is root and there is an
// apt-get, it installs them and writes to log what it does.
func Installed(ctx context.Context, log io.Writer) (string, error) {
	return systemFinder().installed(ctx, log, os.Geteuid() == 0, createClusterDir)
}

// createClusterDir is where Debian's packages look for settings that say what
// the installation of a server does beyond unpacking.
const createClusterDir = "/etc/postgresql-common/createcluster.d"

func (f finder) installed(ctx context.Context, log io.Writer, root bool, confDir string) (string, error) {
	dir, err := f.binaries()
	apt := f.tool("apt-get")
	var missing *missingError
	if !errors.As(err, &missing) || !root || apt == "" {
		return dir, err
	}
	fmt.Fprintln(log, "pgtest: no PostgreSQL server binaries on this machine; installing them with")
	fmt.Fprintln(log, "pgtest:     "+aptInstall)
	// Installing must neither create nor start a cluster of the machine's own.
	if err := os.MkdirAll(confDir, 0o755); err != nil {
		return "", err
	}
	conf := filepath.Join(confDir, "ordo-tests.conf")
	if err := os.WriteFile(conf, []byte("create_main_cluster = false\n"), 0o644); err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(conf) }()
	for _, args := range [][]string{
		{"update"},
		{"install", "-y", "--no-install-recommends", "postgresql"},
	} {
		// Another installation may be under way: wait for its lock.
		cmd := exec.CommandContext(ctx, apt, append([]string{"-q", "-o", "DPkg::Lock::Timeout=300"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		cmd.Stdout, cmd.Stderr = log, log
		// Killed outright it would leave packages half installed.
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("apt-get %s: %w\n%w", args[0], err, missing)
		}
	}
	return f.binaries()
}
