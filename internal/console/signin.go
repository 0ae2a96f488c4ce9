package console

import (
	"net/http"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/pages"
)

const (
	signInPath   = Root + "/sign-in"
	signOutPath  = Root + "/sign-out"
	passwordPath = Root + "/profile/password"
)

func signInRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: signInPath, Open: true, handle: showSignIn},
		{Method: http.MethodPost, Path: signInPath, Open: true, handle: signIn},
		{Method: http.MethodPost, Path: signOutPath, Open: true, handle: signOut},
	}
}

// signInPage is what the sign-in page shows. Held are the fields of a form that was sent after its session had ended:
// they come along, so that nothing typed is lost.
type signInPage struct {
	Email, Next, Error string
	NeedCode           bool
	Held               []held
	HeldFor            string
	Elsewhere          string // name of the server that people can sign in at; "" for none
}

type held struct{ Name, Value string }

// next is where a person wanted to go: a path of the console, or its home.
func next(path string) string {
	if !strings.HasPrefix(path, Root+"/") || strings.ContainsAny(path, "\\\r\n") || strings.HasPrefix(path, signInPath) || strings.HasPrefix(path, signOutPath) {
		return Root + "/"
	}
	return path
}

func showSignIn(v *visit) error {
	if v.person != nil {
		v.redirect(next(v.r.URL.Query().Get("next")))
		return nil
	}
	return v.signInPage(http.StatusOK, signInPage{Next: next(v.r.URL.Query().Get("next"))})
}

func (v *visit) signInPage(code int, p signInPage) error {
	if v.s.oidc != nil {
		p.Elsewhere = v.s.oidc.Name
	}
	return v.page(code, "signin", "Sign in", "", p)
}

// signInFirst asks who it is, and goes on afterwards where the person was.
func (v *visit) signInFirst() error {
	if v.r.Method != http.MethodPost {
		v.redirect(signInPath + "?" + query("next", v.r.URL.RequestURI()).Encode())
		return nil
	}
	form, err := v.parse()
	if err != nil {
		return err
	}
	p := signInPage{Next: next(v.r.URL.Path), HeldFor: v.r.URL.Path, Error: v.t("Your session has ended. Sign in, and what you typed is sent.")}
	for name, values := range form {
		for _, value := range values {
			if !strings.Contains(name, "password") {
				p.Held = append(p.Held, held{name, value})
			}
		}
	}
	v.ended = true
	return v.signInPage(http.StatusUnauthorized, p)
}

// Sign-ins are bounded by address, over all users: who has one list of passwords must not try it on everybody.
const (
	triesPerWindow = 30
	triesWindow    = 5 * time.Minute
)

// tooManyTries notes a try to sign in, and says what to do where the address has none left.
func (v *visit) tooManyTries() string {
	if v.s.api.Limit(v.w.Header(), "sign-in", v.r.RemoteAddr, triesPerWindow, triesWindow) == nil {
		return ""
	}
	v.s.log.Warn("access refused", "code", "rate_limited", "path", v.r.URL.Path, "remote", v.r.RemoteAddr)
	return v.t("There were too many tries from here. Wait five minutes.")
}

// heldPrefix marks fields that are kept for another form.
const heldPrefix = "held."

func signIn(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	p := signInPage{Email: form.Get("email"), Next: next(form.Get("next")), HeldFor: form.Get("held_for")}
	for name, values := range form {
		if name, ok := strings.CutPrefix(name, heldPrefix); ok {
			for _, value := range values {
				p.Held = append(p.Held, held{name, value})
			}
		}
	}
	if p.Error = v.tooManyTries(); p.Error != "" {
		return v.signInPage(http.StatusTooManyRequests, p)
	}
	person, err := v.s.app.SignIn(v.ctx(), app.SignIn{
		Email: form.Get("email"), Password: form.Get("password"), Code: strings.TrimSpace(form.Get("code")), Agent: v.r.UserAgent(), Address: host(v.r.RemoteAddr),
	})
	if e := errs.As(err); e != nil && e.Class == errs.Unauthenticated {
		p.NeedCode = e.Code == app.ErrNeedCode.Code || form.Has("code")
		p.Error = v.t(pages.Sentence(e.Detail))
		v.s.log.Warn("sign-in refused", "code", e.Code, "remote", v.r.RemoteAddr, "request_id", v.w.Header().Get("X-Request-Id"))
		return v.signInPage(http.StatusUnauthorized, p)
	}
	if err != nil {
		return err
	}
	if v.welcome(person); len(p.Held) > 0 && p.HeldFor == next(p.HeldFor) {
		return v.page(http.StatusOK, "held", "Continue", "", p)
	}
	v.redirect(p.Next)
	return nil
}

// welcome gives the browser the session of who signed in.
func (v *visit) welcome(person *app.Person) {
	v.s.log.Info("signed in", "user", person.User.ID, "remote", v.r.RemoteAddr)
	v.setCookie(person.Token)
	v.person = person
}

func host(addr string) string {
	if i := strings.LastIndexByte(addr, ':'); i > 0 {
		return strings.Trim(addr[:i], "[]")
	}
	return addr
}

func signOut(v *visit) error {
	if v.person != nil {
		if err := v.s.app.SignOut(v.ctx(), v.person); err != nil {
			return err
		}
	}
	v.setCookie("")
	v.redirect(signInPath)
	return nil
}
