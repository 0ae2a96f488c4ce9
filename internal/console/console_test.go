package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/database"
	"ordo/internal/micros"
	"ordo/internal/pages"
	"ordo/internal/people"
	"ordo/internal/pgtest"
	provider "ordo/internal/provider/payment"
	"ordo/internal/store"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the OpenID Connect server of the tests logs there
	pgtest.Main(m)
}

const password = "four warm copper kettles"

// fixture is the console of a server on one engine.
type fixture struct {
	t     testing.TB
	app   *app.App
	api   *api.Server
	url   string
	log   *storetest.Log
	after atomic.Int64 // how far the clock is ahead
}

func each(t *testing.T, f func(t *testing.T, f *fixture)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) { f(t, start(t, url)) })
}

func start(t *testing.T, url string) *fixture {
	t.Helper()
	return startWith(t, url, func(string) OIDC { return OIDC{} })
}

// startWith is start with another server to sign in at, which is told where this one is.
func startWith(t *testing.T, url string, elsewhere func(url string) OIDC) *fixture {
	t.Helper()
	f := &fixture{t: t, log: &storetest.Log{}}
	db, err := database.Open(t.Context(), url, 16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	settings := app.DefaultSettings
	settings.Clock = func() micros.Time { return micros.Of(time.Now()).Add(time.Duration(f.after.Load())) }
	log := slog.New(slog.NewTextHandler(f.log, nil))
	f.app = app.New(db, settings, map[string]provider.Provider{}, log)
	operations := api.New(f.app, api.Options{Log: log, Version: "test"})
	f.api = operations
	done := make(chan struct{})
	srv := httptest.NewUnstartedServer(operations)
	f.url = "http://" + srv.Listener.Addr().String()
	pages, err := New(f.app, operations, Options{Log: log, Done: done, OIDC: elsewhere(f.url)})
	if err != nil {
		t.Fatal(err)
	}
	f.api = operations
	operations.Pages(Root, pages)
	if err := f.app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		f.app.Close(ctx)
	})
	srv.Start()
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(done) })
	return f
}

// user makes a user with a role.
func (f *fixture) user(email string, roles ...string) *people.User {
	f.t.Helper()
	out := f.app.CreateUser(f.t.Context(), people.User{Email: email, Name: "Somebody", Roles: roles}, password, work.Meta{Actor: app.BootstrapActor})
	if out.Err != nil {
		f.t.Fatal(out.Err)
	}
	return out.Value.(app.NewUser).User
}

// newUser makes a user with a first password.
func (f *fixture) newUser(u people.User) (first string) {
	f.t.Helper()
	out := f.app.CreateUser(f.t.Context(), u, "", work.Meta{Actor: app.BootstrapActor})
	if out.Err != nil {
		f.t.Fatal(out.Err)
	}
	return out.Value.(app.NewUser).Password
}

// browser keeps cookies, and shows where it was sent instead of going there.
type browser struct {
	f    *fixture
	http *http.Client
}

func (f *fixture) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{f, &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(r *http.Request) answer {
	b.f.t.Helper()
	res, err := b.http.Do(r)
	if err != nil {
		b.f.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.f.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

func (b *browser) get(path string) answer {
	b.f.t.Helper()
	r, err := http.NewRequestWithContext(b.f.t.Context(), http.MethodGet, b.f.url+path, nil)
	if err != nil {
		b.f.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, pairs ...string) answer {
	b.f.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(b.f.t.Context(), http.MethodPost, b.f.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.f.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.f.url)
	return b.do(r)
}

func (b *browser) signIn(email string) answer {
	b.f.t.Helper()
	return b.post("/console/sign-in", "email", email, "password", password)
}

func (a answer) is(t testing.TB, status int, says ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%d, not %d: %.400s", a.status, status, a.body)
	}
	for _, s := range says {
		if !strings.Contains(a.body+a.header.Get("Location"), s) {
			t.Errorf("%q is not said: %.1200s", s, a.body)
		}
	}
	return a
}

func (b *browser) cookie() string {
	u, _ := url.Parse(b.f.url)
	for _, c := range b.http.Jar.Cookies(u) {
		if c.Name == cookieName {
			return c.Value
		}
	}
	return ""
}

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("grace@example.com", "manager")
		b := f.browser()
		b.get("/console/orders?status=open").is(t, 303, "/console/sign-in?next=%2Fconsole%2Forders%3Fstatus%3Dopen")
		// Unknown, wrong and missing look the same.
		unknown := b.post("/console/sign-in", "email", "nobody@example.com", "password", password).is(t, 401)
		wrong := b.post("/console/sign-in", "email", "grace@example.com", "password", "something else").is(t, 401, "do not fit together")
		if strings.ReplaceAll(unknown.body, "nobody@", "grace@") != wrong.body {
			t.Error("an unknown account is answered otherwise than a wrong password")
		}
		got := b.post("/console/sign-in", "email", "Grace@Example.com", "password", password, "next", "/console/orders").is(t, 303)
		if got.header.Get("Location") != "/console/orders" {
			t.Error(got.header)
		}
		c := got.header.Get("Set-Cookie")
		for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(c, want) {
				t.Errorf("the cookie lacks %s: %s", want, c)
			}
		}
		page := b.get("/console/orders").is(t, 200, "There are no orders yet")
		if p := page.header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Error(p)
		}
		for _, evil := range []string{"https://evil.example", "//evil.example/console/", "/console/../v1", "/docs", "/console/\\evil"} {
			if got := next(evil); got != "/console/" && !strings.HasPrefix(got, "/console/") {
				t.Errorf("%q leads to %q", evil, got)
			}
		}
		b.post("/console/sign-out").is(t, 303)
		b.get("/console/orders").is(t, 303, "sign-in")
		if log := f.log.String(); strings.Contains(log, password) || strings.Contains(log, "something else") {
			t.Error("a password is in the log")
		}
	})
}

func TestLockout(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("grace@example.com", "manager")
		b := f.browser()
		for range 5 {
			b.post("/console/sign-in", "email", "grace@example.com", "password", "wrong wrong wrong").is(t, 401)
		}
		b.signIn("grace@example.com").is(t, 401) // the right one, too
		f.after.Store(int64(2 * time.Minute))
		b.signIn("grace@example.com").is(t, 303)
		// One address tries many accounts.
		f.tried(func() answer {
			return b.post("/console/sign-in", "email", "nobody@example.com", "password", "x")
		})
		b.signIn("grace@example.com").is(t, 429, "too many tries")
	})
}

// tried tries until there are no tries left. They come back one by one, so that a slow test has more of them.
func (f *fixture) tried(try func() answer) {
	f.t.Helper()
	for range 4 * triesPerWindow {
		if try().status == http.StatusTooManyRequests {
			return
		}
	}
	f.t.Fatal("there is no bound")
}

// TestTriesAtOnce guesses side by side: each guess counts, and no more are looked at than one after the other.
func TestTriesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := f.user("grace@example.com", "manager")
		var wg sync.WaitGroup
		for range 24 {
			wg.Go(func() {
				if p, err := f.app.SignIn(t.Context(), app.SignIn{Email: u.Email, Password: "wrong wrong wrong"}); p != nil || err == nil {
					t.Error("a wrong password was taken")
				}
			})
		}
		wg.Wait()
		var failures int64
		if err := f.app.DB.Query(t.Context(), func(r store.Row) error { return r.Scan(&failures) }, "SELECT failures FROM sign_ins WHERE id = $1", u.ID); err != nil || failures != 5 {
			t.Errorf("%d tries were counted, %v", failures, err)
		}
	})
}

// TestTriesWithASession guesses the password in an open browser.
func TestTriesWithASession(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("grace@example.com", "manager")
		b := f.browser()
		b.signIn("grace@example.com").is(t, 303)
		secret := secretInPage.FindStringSubmatch(b.get("/console/profile/codes").is(t, 200).body)[1]
		change := func(old string) answer {
			return b.post(passwordPath, "old_password", old, "new_password", "another good one", "again_password", "another good one")
		}
		off := func(password string) answer { return b.post("/console/profile/codes/off", "password", password) }
		for range 3 {
			change("wrong wrong wrong").is(t, 422, "not your password")
		}
		on := func(secret, password string) answer {
			code, err := people.Code(secret, people.Step(f.app.Settings.Clock()))
			if err != nil {
				t.Fatal(err)
			}
			return b.post("/console/profile/codes", "secret", secret, "code", code, "password", password)
		}
		on(secret, "wrong wrong wrong").is(t, 422, "not your password")
		off("wrong wrong wrong").is(t, 422, "not your password")
		change(password).is(t, 422, "too many tries")
		off(password).is(t, 422, "too many tries")
		f.after.Store(int64(2 * time.Minute))
		off("wrong wrong wrong").is(t, 422, "not your password")
		on(secret, password).is(t, 422, "too many tries")
		f.after.Store(int64(time.Hour))
		on(secret, password).is(t, 200)
		// Codes of another device do not replace those of the first one.
		on(app.NewTOTP(), password).is(t, 422, "turn them off first")
		off(password).is(t, 303)
		change(password).is(t, 303)
	})
}

func TestSession(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		u := f.user("grace@example.com", "manager")
		b := f.browser()
		b.signIn("grace@example.com").is(t, 303)
		old := b.cookie()
		f.after.Store(int64(31 * time.Minute))
		f.app.SignOutEverywhere(t.Context(), "usr_nobody", work.Meta{Actor: "system"}) // empties the cache of this node, and nothing else
		b.get("/console/profile").is(t, 200, "This browser")
		fresh := b.cookie()
		if fresh == old || len(fresh) != 43 {
			t.Fatalf("the token was not rotated: %q", fresh)
		}
		for name, after := range map[string]time.Duration{"within its grace": 31 * time.Minute, "after it": 33 * time.Minute} {
			f.after.Store(int64(after))
			f.app.SignOutEverywhere(t.Context(), "usr_nobody", work.Meta{Actor: "system"})
			p, err := f.app.PersonOf(t.Context(), old)
			if err != nil || (p != nil) != (name == "within its grace") {
				t.Errorf("the old token %s: %v %v", name, p, err)
			}
		}
		b.get("/console/profile").is(t, 200)
		f.after.Store(int64(33*time.Minute + 9*time.Hour))
		f.app.SignOutEverywhere(t.Context(), "usr_nobody", work.Meta{Actor: "system"})
		b.get("/console/profile").is(t, 303, "sign-in")
		// Another browser ends by a sign-out everywhere, at once.
		other := f.browser()
		other.signIn("grace@example.com").is(t, 303)
		if out := f.app.SignOutEverywhere(t.Context(), u.ID, work.Meta{Actor: "system"}); out.Err != nil {
			t.Fatal(out.Err)
		}
		other.get("/console/profile").is(t, 303, "sign-in")
		b.get("/console/profile").is(t, 303, "sign-in")
		sessions, err := f.app.Sessions(t.Context(), u.ID, 10)
		if err != nil || len(sessions) != 3 { // two tokens of the first sign-in, one of the second
			t.Errorf("%d sessions are on record, %v", len(sessions), err)
		}
	})
}

func TestPasswordChange(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		first := f.newUser(people.User{Email: "new@example.com", Name: "New", Roles: []string{"manager"}})
		b, other := f.browser(), f.browser()
		for _, x := range []*browser{b, other} {
			x.post("/console/sign-in", "email", "new@example.com", "password", first).is(t, 303)
		}
		b.get("/console/orders").is(t, 303, passwordPath)
		change := func(old, fresh, again string) answer {
			return b.post(passwordPath, "old_password", old, "new_password", fresh, "again_password", again)
		}
		change("not it", password, password).is(t, 422, "not your password")
		change(first, "short", "short").is(t, 422, "12 to 200 characters")
		change(first, password, password+"!").is(t, 422, "not the same")
		change(first, first, first).is(t, 422, "another one")
		change(first, password, password).is(t, 303, "/console/")
		b.get("/console/orders").is(t, 200)
		other.get("/console/orders").is(t, 303, "sign-in")
		b.signIn("new@example.com")
		other.post("/console/sign-in", "email", "new@example.com", "password", first).is(t, 401)
	})
}

var secretInPage = regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`)

func TestOneTimeCodes(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("grace@example.com", "manager")
		b := f.browser()
		b.signIn("grace@example.com")
		secret := secretInPage.FindStringSubmatch(b.get("/console/profile/codes").is(t, 200, "data:image/png").body)[1]
		code := func() string {
			c, err := people.Code(secret, people.Step(f.app.Settings.Clock()))
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		b.post("/console/profile/codes", "secret", secret, "code", "000000", "password", password).is(t, 422, "another code")
		page := b.post("/console/profile/codes", "secret", secret, "code", code(), "password", password).is(t, 200, "One-time codes are on.")
		recovery := regexp.MustCompile(`<li>([a-z2-7-]{14})</li>`).FindAllStringSubmatch(page.body, -1)
		if len(recovery) != people.RecoveryCodes {
			t.Fatal(page.body)
		}
		b.post("/console/sign-out")
		in := func(code string) answer {
			return b.post("/console/sign-in", "email", "grace@example.com", "password", password, "code", code)
		}
		b.signIn("grace@example.com").is(t, 401, `name="code"`)
		in(code()).is(t, 401) // it turned them on: used
		in("123").is(t, 401)
		f.after.Store(int64(time.Minute))
		in(code()).is(t, 303)
		b.post("/console/sign-out")
		in(recovery[0][1]).is(t, 303)
		b.post("/console/sign-out")
		in(recovery[0][1]).is(t, 401)
		in(recovery[1][1]).is(t, 303)
		b.post("/console/profile/codes/off", "password", "wrong").is(t, 422, "not your password")
		b.post("/console/profile/codes/off", "password", password).is(t, 303)
		b.post("/console/sign-out")
		b.signIn("grace@example.com").is(t, 303)
	})
}

// TestHeldForm loses the session between opening a form and sending it.
func TestHeldForm(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("grace@example.com", "manager")
		b := f.browser()
		page := b.post("/console/profile", "name", "Grace Brewster", "language", "en").is(t, 401, "Your session has ended", `name="held.name" value="Grace Brewster"`)
		if strings.Contains(page.body, "</nav>") {
			t.Error("somebody who is not signed in sees the navigation")
		}
		b.post("/console/sign-in", "email", "grace@example.com", "password", password, "held_for", "/console/profile", "held.name", "Grace Brewster", "held.language", "en").
			is(t, 200, "What you typed is still here", `name="name" value="Grace Brewster"`)
		b.post("/console/profile", "name", "Grace Brewster", "language", "de").is(t, 303)
		b.get("/console/profile").is(t, 200, "Grace Brewster", `lang="de"`)
	})
}

// TestOtherSites sends forms as another site would.
func TestOtherSites(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("grace@example.com", "manager")
		b := f.browser()
		b.signIn("grace@example.com")
		for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/console/profile", strings.NewReader("name=Mallory"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(name, value)
			b.do(r).is(t, 403)
		}
		b.get("/console/profile").is(t, 200, "Somebody")
	})
}

// TestPermissions walks every route as every shipped role: who lacks the scope is refused, nobody else is.
func TestPermissions(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		slot := regexp.MustCompile(`\{[a-z]+\}`)
		for _, role := range people.Shipped() {
			f.user(role.ID+"@example.com", role.ID)
			b := f.browser()
			b.signIn(role.ID+"@example.com").is(t, 303)
			access := &app.Access{Scopes: role.Scopes}
			for _, r := range Routes() {
				if r.Open || strings.HasSuffix(r.Path, "/live") || strings.HasSuffix(r.Path, "/sign-out-everywhere") {
					continue
				}
				path := slot.ReplaceAllString(strings.TrimSuffix(r.Path, "{$}"), "ord_00000000000000000000000000")
				var got answer
				if r.Method == http.MethodGet {
					got = b.get(path)
				} else {
					got = b.post(path)
				}
				refused := r.Scope != "" && !access.Allows(r.Scope)
				if (got.status == http.StatusForbidden) != refused {
					t.Errorf("%s %s as %s, who has %v: %d %.200s", r.Method, r.Path, role.ID, role.Scopes, got.status, got.body)
				}
				if got.status >= 500 {
					t.Errorf("%s %s as %s: %d", r.Method, r.Path, role.ID, got.status)
				}
			}
		}
	})
}

// TestRoutesHaveScopes holds every page to say what it needs, but those that are everybody's own.
func TestRoutesHaveScopes(t *testing.T) {
	own := []string{profilePath, Root + "/{$}", Root + "/find", Root + "/live"}
	for _, r := range Routes() {
		free := slices.ContainsFunc(own, func(p string) bool { return r.Path == p || strings.HasPrefix(r.Path, p+"/") }) || r.Path == settingsPath
		if r.Scope == "" && !r.Open && !free {
			t.Errorf("%s %s needs no scope", r.Method, r.Path)
		}
		if r.Scope != "" && !slices.Contains(app.Scopes, r.Scope) {
			t.Errorf("%s %s needs %q, which there is not", r.Method, r.Path, r.Scope)
		}
	}
}

func TestUsers(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		owner := f.user("owner@example.com", "owner")
		b := f.browser()
		b.signIn("owner@example.com")
		key := pages.NewKey()
		form := []string{"_key", key, "name", "Ada Lovelace", "email", "ada@example.com", "roles", "warehouse", "roles", "analyst", "language", "de"}
		page := b.post("/console/users/new", form...).is(t, 200, "Password", "shown this once")
		first := regexp.MustCompile(`id="secret">([a-z2-7-]{19})<`).FindStringSubmatch(page.body)
		if first == nil {
			t.Fatal(page.body)
		}
		again := b.post("/console/users/new", form...).is(t, 200, "was sent before")
		if strings.Contains(again.body, first[1]) {
			t.Error("a password is shown twice")
		}
		b.post("/console/users/new", "_key", pages.NewKey(), "name", "Other", "email", "ada@example.com", "roles", "analyst").is(t, 409, "Another user has this mail address", `value="Other"`)
		b.post("/console/users/new", "_key", pages.NewKey(), "name", "", "email", "x", "roles", "analyst").is(t, 422, "local@domain", `aria-invalid`)
		b.post("/console/users/"+owner.ID+"/edit", "_version", "1", "name", "Owner", "email", "owner@example.com", "roles", "analyst", "active", "true").is(t, 409, "last active owner")
		ada := f.browser()
		ada.post("/console/sign-in", "email", "ada@example.com", "password", first[1]).is(t, 303)
		ada.get("/console/").is(t, 303, passwordPath)
		ada.get(passwordPath).is(t, 200, `lang="de"`)
		users, err := f.app.ListUsers(t.Context(), "", 10)
		if err != nil || len(users) != 2 {
			t.Fatal(users, err)
		}
		id := users[1].ID
		b.post("/console/users/"+id+"/edit", "_version", "1", "name", "Ada Lovelace", "email", "ada@example.com", "roles", "warehouse", "active", "false").is(t, 303)
		ada.get(passwordPath).is(t, 303, "sign-in")
		b.post("/console/users/"+id+"/edit", "_version", "1", "name", "Ada", "email", "ada@example.com", "roles", "warehouse", "active", "true").is(t, 409, "Somebody changed this")
		// A manager may look, and change nobody.
		f.user("manager@example.com", "manager")
		m := f.browser()
		m.signIn("manager@example.com")
		m.get("/console/users").is(t, 200, "Ada Lovelace")
		m.post("/console/users/"+id+"/reset-password", "_key", pages.NewKey()).is(t, 403)
		b.post("/console/roles/_/edit", "_code", "packers", "name", "Packers", "scopes", "fulfillments:read", "scopes", "fulfillments:write").is(t, 303)
		b.post("/console/roles/_/edit", "_code", "packers", "name", "Other packers", "scopes", "orders:read").is(t, 422, "There is one with this code already")
		b.get("/console/roles").is(t, 200, "Packers")
		b.post("/console/roles/owner/edit", "name", "Owner", "scopes", "orders:read").is(t, 409, "cannot be changed")
	})
}

// TestWords holds the catalogs to the texts of pages.
