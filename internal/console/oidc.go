package console

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// OIDC says at what OpenID Connect server people may sign in; without an issuer at none.
type OIDC struct {
	Issuer, ClientID, Secret string
	Name                     string // on the button
	Role                     string // of people who are new here; "": they are refused
	TrustEmail               bool   // its mail addresses are checked, although it does not say so
	PublicURL                string // of this server; "": as the browser has it
}

const (
	elsewherePath = signInPath + "/elsewhere"
	backPath      = signInPath + "/back" // what the other server has to know as redirect URI

	oidcCookie  = "ordo_elsewhere"
	oidcWithin  = 10 * time.Minute // from leaving to coming back
	oidcTimeout = 10 * time.Second // of each question to the other server
)

func oidcRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: elsewherePath, Open: true, handle: signInElsewhere},
		{Method: http.MethodGet, Path: backPath, Open: true, handle: backFromElsewhere},
	}
}

// oidcLogin asks the other server for its addresses and keys when somebody first signs in there, so that it may be away
// while this one starts.
type oidcLogin struct {
	OIDC
	ctx context.Context //nolint:containedctx // of the client that fetches keys later on, which the library takes by a context

	mu       sync.Mutex
	provider *oidc.Provider
}

func newOIDC(o OIDC) *oidcLogin {
	return &oidcLogin{OIDC: o, ctx: oidc.ClientContext(context.Background(), &http.Client{Timeout: oidcTimeout})}
}

var errElsewhereAway = errs.New(errs.Unavailable, "sign_in_server_away", "the server that signs people in does not answer as it should; try again in a minute, or sign in by password")

func (o *oidcLogin) found() (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		p, err := oidc.NewProvider(o.ctx, o.Issuer)
		if err != nil {
			return nil, err
		}
		o.provider = p
	}
	return o.provider, nil
}

// config is how the other server is asked for a visit.
func (o *oidcLogin) config(v *visit, p *oidc.Provider) *oauth2.Config {
	base := o.PublicURL
	if base == "" {
		scheme := "http://"
		if pages.TLS(v.r) {
			scheme = "https://"
		}
		base = scheme + v.r.Host
	}
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.Secret, Endpoint: p.Endpoint(), RedirectURL: base + backPath, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// leaving is what the browser keeps while it is at the other server. It ties the way back to the way there: State and
// Nonce to this browser (OpenID Connect Core 1.0, 3.1.2.1 and 15.5.2), Verifier the code to this server (RFC 7636).
type leaving struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Next     string `json:"next"`
}

// leave keeps or, with nil, forgets what was kept.
func (v *visit) leave(l *leaving) {
	c := &http.Cookie{Name: oidcCookie, Path: signInPath, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: pages.TLS(v.r), MaxAge: -1}
	if l != nil {
		c.Value, c.MaxAge = base64.RawURLEncoding.EncodeToString(jsonx.Marshal(l)), int(oidcWithin/time.Second)
	}
	http.SetCookie(v.w, c)
}

func (v *visit) left() (l leaving, ok bool) {
	c, err := v.r.Cookie(oidcCookie)
	if err != nil {
		return l, false
	}
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	return l, err == nil && jsonx.Unmarshal(text, &l) == nil && l.State != "" && l.Nonce != "" && l.Verifier != ""
}

// signInElsewhere sends the browser to the other server.
func signInElsewhere(v *visit) error {
	if v.s.oidc == nil {
		return errNoPage
	}
	p, err := v.s.oidc.found()
	if err != nil {
		v.s.log.Error("the server that signs people in does not answer", "issuer", v.s.oidc.Issuer, "err", err)
		return errElsewhereAway
	}
	l := &leaving{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), Next: next(v.r.URL.Query().Get("next"))}
	v.leave(l)
	v.redirect(v.s.oidc.config(v, p).AuthCodeURL(l.State, oidc.Nonce(l.Nonce), oauth2.S256ChallengeOption(l.Verifier)))
	return nil
}

// backFromElsewhere signs in whom the other server sends back.
func backFromElsewhere(v *visit) error {
	if v.s.oidc == nil {
		return errNoPage
	}
	l, ok := v.left()
	v.leave(nil)
	refuse := func(code int, text string) error {
		return v.signInPage(code, signInPage{Next: next(l.Next), Error: text})
	}
	if text := v.tooManyTries(); text != "" {
		return refuse(http.StatusTooManyRequests, text)
	}
	tooLate := v.t("This sign-in was not begun in this browser, or too long ago. Begin it anew.")
	q := v.r.URL.Query()
	if !ok || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(l.State)) != 1 {
		return refuse(http.StatusBadRequest, tooLate)
	}
	if e := q.Get("error"); e != "" {
		v.s.log.Warn("sign-in refused", "code", "refused_elsewhere", "error", errs.Clip(e), "remote", v.r.RemoteAddr)
		return refuse(http.StatusUnauthorized, v.t("%s did not sign you in.", v.s.oidc.Name))
	}
	id, err := v.s.oidc.identity(v, q.Get("code"), l)
	if e := (*oauth2.RetrieveError)(nil); errors.As(err, &e) && e.ErrorCode == "invalid_grant" { // used, too old, or of another sign-in (RFC 6749, 5.2)
		return refuse(http.StatusUnauthorized, tooLate)
	}
	if err != nil {
		v.s.log.Error("sign-in elsewhere failed", "issuer", v.s.oidc.Issuer, "err", err)
		return errElsewhereAway
	}
	person, err := v.s.app.SignInElsewhere(v.ctx(), id, v.s.oidc.Role, v.r.UserAgent(), host(v.r.RemoteAddr))
	if e := errs.As(err); e != nil && (e.Class == errs.Unauthenticated || e.Class == errs.Conflict) {
		v.s.log.Warn("sign-in refused", "code", e.Code, "remote", v.r.RemoteAddr)
		return refuse(http.StatusUnauthorized, v.t(pages.Sentence(e.Detail)))
	}
	if err != nil {
		return err
	}
	v.welcome(person)
	v.redirect(next(l.Next))
	return nil
}

// claims are what is read of a person.
type claims struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Name     string `json:"name"`
}

// identity trades a code for who it is. What the server says comes over its own connection and is signed; whom the
// signed part does not describe is asked for.
func (o *oidcLogin) identity(v *visit, code string, l leaving) (id app.Identity, err error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(v.ctx(), &http.Client{Timeout: oidcTimeout}), 2*oidcTimeout)
	defer cancel()
	p, err := o.found()
	if err != nil {
		return id, err
	}
	tokens, err := o.config(v, p).Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	if err != nil {
		return id, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := p.Verifier(&oidc.Config{ClientID: o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return id, err
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(l.Nonce)) != 1 {
		return id, errs.New(errs.Unauthenticated, "wrong_nonce", "the token was made for another sign-in")
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return id, err
	}
	if c.Email == "" {
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return id, err
		}
		if info.Subject != token.Subject { // Core 1.0, 5.3.2
			return id, errs.New(errs.Unauthenticated, "wrong_subject", "the token is about somebody else than the answer to it")
		}
		c.Email, c.Verified = info.Email, info.EmailVerified
		if err := info.Claims(&struct {
			Name *string `json:"name"`
		}{&c.Name}); err != nil {
			return id, err
		}
	}
	return app.Identity{Issuer: token.Issuer, Subject: token.Subject, Email: strings.TrimSpace(c.Email), Name: strings.TrimSpace(c.Name), Verified: c.Verified || o.TrustEmail}, nil
}
