package console

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"ordo/internal/app"
	"ordo/internal/people"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

// elsewhere is an OpenID Connect server of its own, with people.
type elsewhere struct {
	url   string
	users map[string]*storage.User
}

func (e *elsewhere) GetUserByID(id string) *storage.User         { return e.users[id] }
func (e *elsewhere) GetUserByUsername(name string) *storage.User { return e.users[name] }
func (e *elsewhere) ExampleClientID() string                     { return "none" }

const (
	clientID     = "ordo"
	clientSecret = "a secret between two servers"
)

// startElsewhere starts the server once it is known where it sends people back to.
func startElsewhere(t *testing.T, emails map[string]bool, start func(issuer string) (back string)) *elsewhere {
	t.Helper()
	e := &elsewhere{users: map[string]*storage.User{}}
	for email, verified := range emails {
		e.users[email] = &storage.User{ID: email, Username: email, Password: password, FirstName: "Grace", LastName: "Hopper", Email: email, EmailVerified: verified}
	}
	srv := httptest.NewUnstartedServer(nil)
	e.url = "http://" + srv.Listener.Addr().(*net.TCPAddr).String()
	back := start(e.url)
	storage.RegisterClients(storage.WebClient(clientID+back, clientSecret, back))
	srv.Config.Handler = exampleop.SetupServer(e.url, storage.NewStorage(e), nil, false)
	srv.Start()
	t.Cleanup(srv.Close)
	return e
}

// follow goes where an answer sends, to any server, until it shows a page.
func (b *browser) follow(a answer, from string) (answer, string) {
	b.f.t.Helper()
	for range 10 {
		to := a.header.Get("Location")
		if to == "" {
			break
		}
		base, err := url.Parse(from)
		if err != nil {
			b.f.t.Fatal(err)
		}
		next, err := base.Parse(to)
		if err != nil {
			b.f.t.Fatal(err)
		}
		from = next.String()
		r, err := http.NewRequestWithContext(b.f.t.Context(), http.MethodGet, from, nil)
		if err != nil {
			b.f.t.Fatal(err)
		}
		a = b.do(r)
	}
	return a, from
}

var loginID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// elsewhere signs in at the other server, and comes back. It returns the page that is shown then, and the address with
// which the other server sent the browser back.
func (b *browser) elsewhere(e *elsewhere, email string) (answer, string) {
	b.f.t.Helper()
	form, _ := b.follow(b.get(elsewherePath+"?next=/console/orders").is(b.f.t, 303, e.url), b.f.url)
	m := loginID.FindStringSubmatch(form.body)
	if m == nil {
		b.f.t.Fatalf("no form to sign in elsewhere: %d %s", form.status, form.body)
	}
	r, err := http.NewRequestWithContext(b.f.t.Context(), http.MethodPost, e.url+"/login/username", strings.NewReader(url.Values{"id": {m[1]}, "username": {email}, "password": {password}}.Encode()))
	if err != nil {
		b.f.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, from := b.do(r), e.url
	for a.header.Get("Location") != "" && !strings.HasPrefix(a.header.Get("Location"), b.f.url) {
		at, err := url.Parse(from)
		if err != nil {
			b.f.t.Fatal(err)
		}
		if at, err = at.Parse(a.header.Get("Location")); err != nil {
			b.f.t.Fatal(err)
		}
		if r, err = http.NewRequestWithContext(b.f.t.Context(), http.MethodGet, at.String(), nil); err != nil {
			b.f.t.Fatal(err)
		}
		a, from = b.do(r), at.String()
	}
	back := a.header.Get("Location")
	if !strings.HasPrefix(back, b.f.url+backPath) {
		b.f.t.Fatalf("nobody was sent back: %d %s", a.status, a.body)
	}
	return b.get(strings.TrimPrefix(back, b.f.url)), strings.TrimPrefix(back, b.f.url)
}

// eachElsewhere is each with another server to sign in at.
func eachElsewhere(t *testing.T, role string, emails map[string]bool, f func(t *testing.T, f *fixture, e *elsewhere)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, db string) {
		var fx *fixture
		e := startElsewhere(t, emails, func(issuer string) string {
			fx = startWith(t, db, func(url string) OIDC {
				return OIDC{Issuer: issuer, ClientID: clientID + url + backPath, Secret: clientSecret, Name: "Example Login", Role: role}
			})
			return fx.url + backPath
		})
		f(t, fx, e)
	})
}

func TestSignInElsewhere(t *testing.T) {
	eachElsewhere(t, "", map[string]bool{"grace@example.com": true, "ada@example.com": false, "nobody@example.com": true}, func(t *testing.T, f *fixture, e *elsewhere) {
		u := f.user("Grace@Example.com", "manager")
		f.user("ada@example.com", "owner")
		b := f.browser()
		b.get(signInPath).is(t, 200, "Sign in with Example Login")
		got, used := b.elsewhere(e, "grace@example.com")
		got.is(t, 303, "/console/orders")
		b.get("/console/orders").is(t, 200)
		// The answer is good once, and in this browser only.
		b.get(used).is(t, 400, "was not begun in this browser")
		f.browser().get(used).is(t, 400, "was not begun in this browser")
		// The account is tied to the identity: another mail address there changes nothing here.
		e.users["grace@example.com"].Email = "moved@example.com"
		again := f.browser()
		got, _ = again.elsewhere(e, "grace@example.com")
		got.is(t, 303)
		// An address that is not checked, and one that is unknown here, sign nobody in.
		for email, says := range map[string]string{"ada@example.com": "does not vouch for your mail address", "nobody@example.com": "There is no account for nobody@example.com here"} {
			x := f.browser()
			got, _ = x.elsewhere(e, email)
			got.is(t, 401, says)
			x.get("/console/orders").is(t, 303, "sign-in")
		}
		// Somebody else there who got the address later does not get the account.
		e.users["nobody@example.com"].Email = "grace@example.com"
		got, _ = f.browser().elsewhere(e, "nobody@example.com")
		got.is(t, 401, "belongs to somebody else")
		user, err := f.app.User(t.Context(), u.ID)
		if err != nil || user.Subject != e.url+" grace@example.com" {
			t.Errorf("the account is tied to %q, %v", user.Subject, err)
		}
		// A disabled account stays shut.
		disabled := *user
		disabled.Active = false
		if _, err := f.app.SaveUser(t.Context(), disabled, work.Meta{Actor: app.BootstrapActor}); err != nil {
			t.Fatal(err)
		}
		b.get("/console/orders").is(t, 303, "sign-in")
		got, _ = b.elsewhere(e, "grace@example.com")
		got.is(t, 401, "is disabled")
		if log := f.log.String(); strings.Contains(log, clientSecret) || strings.Contains(log, "code=") && strings.Contains(log, used) {
			t.Error("a secret is in the log")
		}
	})
}

// TestNewPeopleElsewhere gives people who are new here a role, and no password.
func TestNewPeopleElsewhere(t *testing.T) {
	eachElsewhere(t, "analyst", map[string]bool{"new@example.com": true}, func(t *testing.T, f *fixture, e *elsewhere) {
		b := f.browser()
		got, _ := b.elsewhere(e, "new@example.com")
		got.is(t, 303)
		b.get(profilePath).is(t, 200, "have no password here")
		b.get("/console/users").is(t, 403)
		users, err := f.app.ListUsers(t.Context(), "", 10)
		if err != nil || len(users) != 1 || users[0].Name != "Grace Hopper" || users[0].Password != "" || users[0].Roles[0] != "analyst" {
			t.Errorf("%+v, %v", users, err)
		}
		f.browser().post(signInPath, "email", "new@example.com", "password", "").is(t, 401)
		got, _ = f.browser().elsewhere(e, "new@example.com") // the same user
		got.is(t, 303)
	})
}

// TestFirstPasswordElsewhere: who signs in elsewhere does not need the first password, and nobody can use it afterwards.
func TestFirstPasswordElsewhere(t *testing.T) {
	eachElsewhere(t, "", map[string]bool{"new@example.com": true}, func(t *testing.T, f *fixture, e *elsewhere) {
		first := f.newUser(people.User{Email: "new@example.com", Name: "New", Roles: []string{"manager"}})
		got, _ := f.browser().elsewhere(e, "new@example.com")
		got.is(t, 303)
		f.browser().post(signInPath, "email", "new@example.com", "password", first).is(t, 401)
	})
}

// TestElsewhereFails: what comes back is not what was asked for, or the other server is away.
func TestElsewhereFails(t *testing.T) {
	eachElsewhere(t, "", map[string]bool{"grace@example.com": true}, func(t *testing.T, f *fixture, e *elsewhere) {
		f.user("grace@example.com", "manager")
		b := f.browser()
		to, err := url.Parse(b.get(elsewherePath).is(t, 303).header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		q := to.Query()
		if q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || q.Get("state") == "" {
			t.Error(to)
		}
		b.get(backPath+"?error=access_denied&state="+q.Get("state")).is(t, 401, "Example Login did not sign you in.")
		state := func() string {
			to, err := url.Parse(b.get(elsewherePath).is(t, 303).header.Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			return to.Query().Get("state")
		}
		b.get(backPath+"?code=made-up&state="+state()).is(t, 401, "Begin it anew")
		state()
		b.get(backPath+"?code=made-up&state=of-somebody-else").is(t, 400)
		// A code that somebody else began to sign in with does not fit to the browser it is slipped to (RFC 7636).
		state()
		_, used := f.browser().elsewhere(e, "grace@example.com")
		b.get(backPath+"?code="+regexp.MustCompile(`code=([^&]+)`).FindStringSubmatch(used)[1]+"&state="+state()).is(t, 401, "Begin it anew")
		b.get("/console/orders").is(t, 303, "sign-in")
		f.tried(func() answer { return b.get(backPath) })
		b.get(backPath).is(t, 429, "too many tries")
	})
}

// TestWithoutElsewhere: nothing is offered that is not set up, and a server that is away is said to be.
func TestWithoutElsewhere(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		b := f.browser()
		if page := b.get(signInPath).is(t, 200); strings.Contains(page.body, "elsewhere") {
			t.Error(page.body)
		}
		b.get(elsewherePath).is(t, 404)
		b.get(backPath).is(t, 404)
	})
}

func TestElsewhereAway(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, db string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		f := startWith(t, db, func(string) OIDC { return OIDC{Issuer: "http://" + address, ClientID: "x", Name: "Example Login"} })
		f.browser().get(elsewherePath).is(t, 503, "sign in by password")
		// A form that was sent after its session ended stays, and can be sent after signing in in another tab.
		f.user("grace@example.com", "manager")
		b := f.browser()
		b.post("/console/profile", "name", "Typed", "time_zone", "UTC").is(t, 401, "Send what I typed", `name="name" value="Typed"`)
		b.signIn("grace@example.com")
		b.post("/console/profile", "name", "Typed", "time_zone", "UTC").is(t, 303)
	})
}
