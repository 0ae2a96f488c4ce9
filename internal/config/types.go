package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ordo/internal/stuck"
)

// Type says which values a setting can have. check returns the value in its one written form, or says what is
// allowed; it never repeats the value, which may be a secret.
type Type struct {
	Name  string // as it stands in the help: HOST:PORT
	check func(string) (string, error)
}

var (
	databaseURL     = Type{"URL", checkDatabase}
	address         = Type{"HOST:PORT", checkAddress}
	optionalAddress = Type{"HOST:PORT", optional(checkAddress)}
	secretKey       = Type{"KEY", optional(checkKey)}
	publicURL       = Type{"URL", optional(checkPublic)}
	mailAddress     = Type{"ADDRESS", optional(checkMail)}
	hostName        = Type{"HOST", optional(checkHost)}
	anyText         = Type{"TEXT", optional(checkText)}
)

func optional(check func(string) (string, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		if s == "" {
			return "", nil
		}
		return check(s)
	}
}

func checkDatabase(s string) (string, error) {
	const forms = "give sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/NAME"
	if file, ok := strings.CutPrefix(s, "sqlite:"); ok {
		file = strings.TrimPrefix(file, "//")
		if file == "" || strings.HasPrefix(file, ":memory:") {
			return "", errors.New("sqlite: needs the name of a file, such as sqlite:./ordo.db")
		}
		return s, nil
	}
	if !strings.HasPrefix(s, "postgres://") && !strings.HasPrefix(s, "postgresql://") {
		return "", errors.New(forms)
	}
	// What url.Parse says may repeat the password.
	if _, err := url.Parse(s); err != nil {
		return "", errors.New("the URL cannot be read; " + forms + ", with %-escapes for special characters in the password")
	}
	return s, nil
}

func checkAddress(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil || n < 0 || n > 65535 {
		return "", errors.New("give HOST:PORT, such as 127.0.0.1:8080, or :8080 for all addresses of the machine")
	}
	return s, nil
}

// checkKey: what is at either end of a header is trimmed on the way, so no key begins or ends with a space.
func checkKey(s string) (string, error) {
	n := utf8.RuneCountInString(s)
	unprintable := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if n < 16 || n > 200 || strings.ContainsFunc(s, unprintable) || strings.TrimSpace(s) != s {
		return "", fmt.Errorf("give 16 to 200 printable characters, no space at either end (it has %d); for example the output of: openssl rand -hex 20", n)
	}
	return s, nil
}

// checkPublic: what customers are sent to is an address alone; a path in front of Ordo's may stand there.
func checkPublic(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("give an absolute http or https URL without user, query and fragment, such as https://orders.example.com")
	}
	return strings.TrimRight(s, "/"), nil
}

func checkMail(s string) (string, error) {
	if p, err := mail.ParseAddress(s); err != nil || p.Address != s {
		return "", errors.New("give a mail address, such as shop@example.com")
	}
	return s, nil
}

func checkHost(s string) (string, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '/' || r > unicode.MaxASCII }) || strings.Contains(s, ":") && net.ParseIP(s) == nil {
		return "", errors.New("give the name or the address of a machine, without a port, such as mail.example.com")
	}
	return s, nil
}

func checkText(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", errors.New("give text without control characters")
	}
	return s, nil
}

func choice(values ...string) Type {
	return Type{strings.Join(values, "|"), func(s string) (string, error) {
		if v := strings.ToLower(s); slices.Contains(values, v) {
			return v, nil
		}
		return "", fmt.Errorf("give one of %s", strings.Join(values, ", "))
	}}
}

func duration(least, most time.Duration) Type {
	return Type{"DURATION", func(s string) (string, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < least || d > most {
			return "", fmt.Errorf("give a duration from %s to %s, such as 90s, 5m or 1h30m", short(least), short(most))
		}
		return short(d), nil
	}}
}

// short writes 10m0s as 10m.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// checkWaits reads waits by what is waited for.
func checkWaits(s string) (string, error) {
	p, err := stuck.ParsePatience(s)
	return p.String(), err
}

// number allows one special value beside the range.
func number(special, least, most int) Type {
	return Type{"NUMBER", func(s string) (string, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n != special && (n < least || n > most) {
			return "", fmt.Errorf("give %d, or a number from %d to %d", special, least, most)
		}
		return strconv.Itoa(n), nil
	}}
}

func asNumber(s string) any { n, _ := strconv.Atoi(s); return n }

// set checks a value and puts it where it belongs.
func (s *Setting) set(c *Config, text string) error {
	v, err := s.Type.check(text)
	if err != nil {
		return err
	}
	switch p := s.field(c).(type) {
	case *string:
		*p = v
	case *int:
		*p, err = strconv.Atoi(v)
	case *time.Duration:
		*p, err = time.ParseDuration(v)
	case *slog.Level:
		err = p.UnmarshalText([]byte(v))
	default:
		err = fmt.Errorf("config: %s has a field of type %T", s.Name, p)
	}
	return err
}

// hidden stands for what is not shown.
const hidden = "(hidden)"

func hideAll(s string) string {
	if s == "" {
		return ""
	}
	return hidden
}

// HidePassword returns a database URL that may be shown: without its password, wherever in it that stands.
func HidePassword(db string) string {
	if strings.HasPrefix(db, "sqlite:") {
		return db
	}
	u, q, ok := splitURL(db)
	if !ok {
		return hidden
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "xxxxx")
	}
	for name := range q {
		if isPassword(name) {
			q.Set(name, "xxxxx")
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// withoutPassword returns a database URL to which a password can be added, and whether it had one.
func withoutPassword(db string) (string, bool) {
	if strings.HasPrefix(db, "sqlite:") {
		return db, false
	}
	u, q, ok := splitURL(db)
	if !ok {
		return "", true
	}
	_, had := u.User.Password()
	if had {
		u.User = url.User(u.User.Username())
	}
	for name := range q {
		if isPassword(name) {
			had = true
			q.Del(name)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), had
}

func splitURL(db string) (*url.URL, url.Values, bool) {
	u, err := url.Parse(db)
	if err != nil {
		return nil, nil, false
	}
	q, err := url.ParseQuery(u.RawQuery)
	return u, q, err == nil
}

// isPassword: libpq takes passwords as parameters too (password, sslpassword).
func isPassword(name string) bool { return strings.Contains(strings.ToLower(name), "password") }
