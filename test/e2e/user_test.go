package e2e

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestFirstUser makes the first user by the command line, on both ways to a password, and signs in with it.
func TestFirstUser(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "ordo.db")
	made := ordo(t, options{}, "user", "add", "--db", db, "--email", "ada@example.com", "--name", "Ada Lovelace")
	found := regexp.MustCompile(`shown this once: (\S+)`).FindStringSubmatch(made.out)
	if made.code != 0 || found == nil {
		t.Fatalf("%d %s %s", made.code, made.out, made.errOut)
	}
	if again := ordo(t, options{}, "user", "add", "--db", db, "--email", "Ada@example.com", "--name", "Ada"); again.code != 1 || !strings.Contains(again.errOut, "another user has this mail address") {
		t.Errorf("%d %s", again.code, again.errOut)
	}
	if nobody := ordo(t, options{}, "user", "add", "--db", db, "--email", "b@example.com", "--name", "B", "--role", "king"); nobody.code != 1 || !strings.Contains(nobody.errOut, `no role "king"`) {
		t.Errorf("%d %s", nobody.code, nobody.errOut)
	}
	p := start(t, options{db: db})
	if beside := ordo(t, options{}, "user", "add", "--db", db, "--email", "c@example.com", "--name", "C"); beside.code != 1 || !strings.Contains(beside.errOut, "POST /v1/users") {
		t.Errorf("%d %s", beside.code, beside.errOut)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: time.Minute}
	res, err := browser.PostForm(p.url+"/console/sign-in", url.Values{"email": {"ada@example.com"}, "password": {found[1]}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.Path != "/console/profile/password" {
		t.Errorf("%d at %s", res.StatusCode, res.Request.URL)
	}
	p.terminate(10 * time.Second)
}
