package console

import (
	"encoding/base64"
	"html/template"
	"image/png"
	"net/http"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/pages"
	"ordo/internal/people"
	"ordo/internal/work"
)

const profilePath = Root + "/profile"

func profileRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: profilePath, handle: showProfile},
		{Method: http.MethodPost, Path: profilePath, handle: saveProfile},
		{Method: http.MethodPost, Path: profilePath + "/sign-out-everywhere", handle: signOutEverywhere},
		{Method: http.MethodGet, Path: passwordPath, handle: showPassword},
		{Method: http.MethodPost, Path: passwordPath, handle: changePassword},
		{Method: http.MethodGet, Path: profilePath + "/codes", handle: showCodes},
		{Method: http.MethodPost, Path: profilePath + "/codes", handle: enableCodes},
		{Method: http.MethodPost, Path: profilePath + "/codes/off", handle: disableCodes},
	}
}

// meta is what comes with a command of the person's own account.
func (v *visit) meta() work.Meta {
	return work.Meta{Actor: v.person.User.ID, RequestID: v.w.Header().Get("X-Request-Id")}
}

type profilePage struct {
	User      *people.User
	Sessions  []*people.Session
	Current   string // id of this session
	Languages []string
	Problems  map[string]string
}

func showProfile(v *visit) error { return v.profile(http.StatusOK, v.person.User, nil) }

func (v *visit) profile(code int, u *people.User, problems map[string]string) error {
	sessions, err := v.s.app.Sessions(v.ctx(), u.ID, 20)
	if err != nil {
		return err
	}
	return v.page(code, "profile", "Your account", "", profilePage{u, sessions, v.person.Session.ID, people.Languages, problems})
}

func saveProfile(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	next := *v.person.User
	next.Name, next.Language, next.TimeZone = form.Get("name"), form.Get("language"), strings.TrimSpace(form.Get("time_zone"))
	_, err = v.s.app.SaveUser(v.ctx(), next, v.meta())
	if problems := pages.Findings(err); problems != nil {
		return v.profile(http.StatusUnprocessableEntity, &next, problems)
	}
	if err != nil {
		return err
	}
	v.flash(v.t("Saved."))
	v.redirect(profilePath)
	return nil
}

func signOutEverywhere(v *visit) error {
	if out := v.s.app.SignOutEverywhere(v.ctx(), v.person.User.ID, v.meta()); out.Err != nil {
		return out.Err
	}
	v.setCookie("")
	v.redirect(signInPath)
	return nil
}

type passwordPage struct {
	Must     bool
	Problems map[string]string
	Least    int
}

func showPassword(v *visit) error {
	return v.page(http.StatusOK, "password", "Change your password", "", passwordPage{v.person.User.MustChange, nil, people.MinPassword})
}

func changePassword(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	var person *app.Person
	if form.Get("new_password") != form.Get("again_password") {
		var list errs.List
		list.Add("/again", "mismatch", "this is not the same as above")
		err = list.Err()
	} else {
		person, err = v.s.app.ChangePassword(v.ctx(), v.person, form.Get("old_password"), form.Get("new_password"), v.meta())
	}
	if problems := pages.Findings(err); problems != nil {
		return v.page(http.StatusUnprocessableEntity, "password", "Change your password", "", passwordPage{v.person.User.MustChange, problems, people.MinPassword})
	}
	if err != nil {
		return err
	}
	v.setCookie(person.Token)
	v.flash(v.t("Your password is changed. Other browsers were signed out."))
	v.redirect(Root + "/")
	return nil
}

type codesPage struct {
	On       bool
	Left     int  // recovery codes
	Password bool // it is asked for
	Secret   string
	Picture  template.URL
	Recovery []string // shown once
	Problems map[string]string
}

func showCodes(v *visit) error {
	p := codesPage{On: v.person.User.TOTP != "", Left: len(v.person.User.Recovery)}
	if !p.On {
		p.Secret = app.NewTOTP()
	}
	return v.codes(http.StatusOK, p)
}

func (v *visit) codes(status int, p codesPage) error {
	p.Password = v.person.User.Password != ""
	if p.Secret != "" {
		picture, err := qrPicture(people.TOTPURI("Ordo", v.person.User.Email, p.Secret))
		if err != nil {
			return err
		}
		p.Picture = picture
	}
	return v.page(status, "codes", "One-time codes", "", p)
}

// qrPicture is a QR code as the address of a picture.
func qrPicture(text string) (template.URL, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	if code, err = barcode.Scale(code, 240, 240); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("data:image/png;base64,")
	w := base64.NewEncoder(base64.StdEncoding, &b)
	if err := png.Encode(w, code); err != nil {
		return "", err
	}
	err = w.Close()
	return template.URL(b.String()), err //nolint:gosec // made here
}

func enableCodes(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	codes, err := v.s.app.EnableTOTP(v.ctx(), v.person, form.Get("secret"), form.Get("code"), form.Get("password"), v.meta())
	if problems := pages.Findings(err); problems != nil {
		return v.codes(http.StatusUnprocessableEntity, codesPage{Secret: form.Get("secret"), Problems: problems})
	}
	if err != nil {
		return err
	}
	return v.codes(http.StatusOK, codesPage{On: true, Left: len(codes), Recovery: codes})
}

func disableCodes(v *visit) error {
	form, err := v.parse()
	if err != nil {
		return err
	}
	err = v.s.app.DisableTOTP(v.ctx(), v.person, form.Get("password"), v.meta())
	if problems := pages.Findings(err); problems != nil {
		return v.codes(http.StatusUnprocessableEntity, codesPage{On: true, Left: len(v.person.User.Recovery), Problems: problems})
	}
	if err != nil {
		return err
	}
	v.flash(v.t("One-time codes are off."))
	v.redirect(profilePath)
	return nil
}

// browserOf names the program that somebody signed in with, as people do: Firefox on Windows. What it does not know stays.
func browserOf(agent string) string {
	first := func(known ...string) string {
		for i := 0; i < len(known); i += 2 {
			if strings.Contains(agent, known[i]) {
				return known[i+1]
			}
		}
		return ""
	}
	program := first("Edg", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "FxiOS/", "Firefox", "Chrome/", "Chrome", "CriOS/", "Chrome", "Safari/", "Safari")
	system := first("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS X", "Mac", "CrOS", "ChromeOS", "Linux", "Linux")
	if program == "" || system == "" {
		return agent
	}
	return program + " · " + system
}
