package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Sources are where settings come from.
type Sources struct {
	Flags   map[string]string // by name of the setting, only those given
	Environ []string          // NAME=value
	File    string            // given by --config; must exist
}

// Value is a setting as it is in effect.
type Value struct {
	*Setting
	Text   string
	Source string // default, flag --x, env ORDO_X, file ordo.yaml:3
}

// DefaultFile is read when it exists and no other file is named.
const DefaultFile = "ordo.yaml"

// fileEnv names the file where flags are unhandy.
const fileEnv = "ORDO_CONFIG"

// testEnv begins the names of variables that belong to the tests of Ordo.
const testEnv = "ORDO_TEST_"

// secretEnv begins the names of secrets that documents name, such as carriers' API keys.
const secretEnv = "ORDO_SECRET_"

// clients are variables that the guides tell people to set for curl: they are none of the server's.
var clients = []string{"ORDO_KEY", "ORDO_URL"}

// kubernetes sets variables of these names where a service is called ordo: they are not ours.
var kubernetes = regexp.MustCompile(`^ORDO_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// Error is a configuration that cannot be used. It is an error of usage: exit code 2.
type Error struct{ Problems []string }

func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0]
	}
	return "the configuration cannot be used:\n  " + strings.Join(e.Problems, "\n  ")
}

// ExitCode makes it an error of usage.
func (e *Error) ExitCode() int { return 2 }

// loader gathers values, and all that is wrong with them: an operator wants to hear of three mistakes at once.
type loader struct {
	found    map[string]Value // by name
	problems []string
}

// Load finds the value of every setting. Flags count more than the environment, and that more than the file.
func Load(src Sources) (Config, []Value, error) {
	l := &loader{found: map[string]Value{}}
	env := l.environment(src.Environ)
	l.file(src.File, env[fileEnv])
	values := make([]Value, 0, len(Settings))
	var c Config
	for i := range Settings {
		s := &Settings[i]
		v := Value{s, s.Default, "default"}
		if f, ok := l.found[s.Name]; ok {
			v = f
		}
		if text := env[s.Env]; text != "" {
			v = Value{s, text, "env " + s.Env}
		}
		if text, ok := src.Flags[s.Name]; ok {
			v = Value{s, text, "flag --" + s.Flag}
		}
		if err := s.set(&c, v.Text); err != nil {
			l.wrong("%s", v.refusal(err))
		}
		values = append(values, v)
	}
	if len(l.problems) > 0 {
		return Config{}, nil, &Error{l.problems}
	}
	return c, values, nil
}

// refusal says where a value came from, what it is (unless that is a secret) and what is allowed.
func (v Value) refusal(err error) string {
	where := v.Source
	if !strings.Contains(where, v.Flag) || v.Flag == "" {
		where += " (" + v.Name + ")"
	}
	if v.Hide != nil {
		return fmt.Sprintf("%s: this value cannot be used: %v", where, err)
	}
	return fmt.Sprintf("%s: %q cannot be used: %v", where, v.Text, err)
}

func (l *loader) wrong(format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// environment picks our variables. An empty one counts as not set: container tools pass on what nobody has set so.
func (l *loader) environment(environ []string) map[string]string {
	known := []string{fileEnv}
	for i := range Settings {
		known = append(known, Settings[i].Env)
	}
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "ORDO_") || strings.HasPrefix(name, testEnv) || strings.HasPrefix(name, secretEnv) || slices.Contains(clients, name) || kubernetes.MatchString(name) {
			continue
		}
		env[name] = value
		if !slices.Contains(known, name) {
			l.wrong("env %s: there is no such setting%s", name, suggest(name, known))
		}
	}
	return env
}

// file reads the file that the flag names, or the environment, or ./ordo.yaml if there is one.
func (l *loader) file(flag, env string) {
	path, source := flag, "--config"
	if path == "" {
		path, source = env, "env "+fileEnv
	}
	optional := path == ""
	if optional {
		path, source = DefaultFile, "file"
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && optional {
		return
	}
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		l.wrong("%s: %s cannot be read: %v", source, path, err)
		return
	}
	l.parse(path, text)
}
