package api

import (
	"net/http"
	"slices"

	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/people"
	"ordo/internal/work"
)

// User is a person who signs in to the console.
type User struct {
	ID         *string  `json:"id" doc:"null in a dry run" example:"usr_01kas8rz0hefgtq4ty8f7zm6d7"`
	Version    int64    `json:"version"`
	Email      string   `json:"email" example:"ada@example.com"`
	Name       string   `json:"name" example:"Ada Lovelace"`
	Roles      []string `json:"roles" doc:"codes of roles" example:"[\"customer_service\"]"`
	Channels   []string `json:"channels" doc:"sales channels that the person sees; empty: all"`
	Language   string   `json:"language,omitzero" enum:"en,de" doc:"of pages; without it the browser's"`
	TimeZone   string   `json:"time_zone,omitzero" doc:"IANA name; without it UTC" example:"Europe/London"`
	Location   string   `json:"location,omitzero" doc:"code of the location where the person works"`
	Active     bool     `json:"active" doc:"false: cannot sign in"`
	Codes      bool     `json:"one_time_codes" doc:"signs in with a second factor"`
	MustChange bool     `json:"must_change_password"`
	Password   string   `json:"password,omitzero" doc:"the first one, shown once; a replay does not show it"`
	CreatedAt  string   `json:"created_at" format:"date-time"`
}

// SaveUser is what an administrator says of a user.
type SaveUser struct {
	Email    string   `json:"email" minLength:"3" maxLength:"200" format:"email" doc:"to sign in with; unique"`
	Name     string   `json:"name" minLength:"1" maxLength:"200"`
	Roles    []string `json:"roles" minItems:"1" maxItems:"20" doc:"codes of roles; they may give no scope that who sends this does not have"`
	Channels []string `json:"channels,omitzero" maxItems:"100" doc:"that the person sees; empty: all"`
	Language string   `json:"language,omitzero" enum:"en,de"`
	TimeZone string   `json:"time_zone,omitzero" maxLength:"64" example:"Europe/London"`
	Location string   `json:"location,omitzero" maxLength:"64"`
	Active   *bool    `json:"active,omitzero" doc:"true when left out; false signs the person out everywhere"`
}

// Role is a set of scopes for people.
type Role struct {
	Code     string   `json:"code" example:"customer_service"`
	Version  int64    `json:"version"`
	Name     string   `json:"name"`
	About    string   `json:"about,omitzero"`
	Scopes   []string `json:"scopes" doc:"as those of API keys; * is everything"`
	Discount int64    `json:"discount_percent" doc:"of an order, which its people may give without orders:price"`
}

// PutRole is the body of PUT /v1/roles/{code}.
type PutRole struct {
	Name     string   `json:"name" minLength:"1" maxLength:"200"`
	About    string   `json:"about,omitzero" maxLength:"1000"`
	Scopes   []string `json:"scopes" maxItems:"100" doc:"as those of API keys; only such as who sends this has"`
	Discount int64    `json:"discount_percent,omitzero" minimum:"0" maximum:"100"`
}

func userJSON(u *people.User) User {
	return User{
		ID: orNull(u.ID), Version: u.Version, Email: u.Email, Name: u.Name, Roles: append([]string{}, u.Roles...), Channels: append([]string{}, u.Channels...),
		Language: u.Language, TimeZone: u.TimeZone, Location: u.Location, Active: u.Active, Codes: u.TOTP != "", MustChange: u.MustChange, CreatedAt: u.CreatedAt.String(),
	}
}

func roleJSON(r *people.Role) Role {
	return Role{r.ID, r.Version, r.Name, r.About, append([]string{}, r.Scopes...), r.Discount}
}

// userIn reads the body and checks that nothing is given that who sends it does not have.
func (c *call) userIn() (u people.User, err error) {
	var in SaveUser
	if err := c.shared(&in); err != nil {
		return u, err
	}
	for _, code := range in.Roles {
		r, err := c.s.app.Role(c.r.Context(), code)
		if errs.ClassOf(err) == errs.NotFound {
			continue // the command says so, with all else that is wrong
		}
		if err != nil {
			return u, away(err)
		}
		if err := c.gives(r.Scopes); err != nil {
			return u, err
		}
	}
	u = people.User{Email: in.Email, Name: in.Name, Roles: in.Roles, Channels: in.Channels, Language: in.Language, TimeZone: in.TimeZone, Location: in.Location, Active: true}
	if in.Active != nil {
		u.Active = *in.Active
	}
	return u, nil
}

// gives checks that scopes which are given to somebody are had.
func (c *call) gives(scopes []string) error {
	i := slices.IndexFunc(scopes, func(s string) bool { return !c.key.Allows(s) })
	if i < 0 {
		return nil
	}
	return c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "nobody can give scopes that they do not have; %s is missing", errs.Clip(scopes[i])).With("scope", scopes[i]))
}

func createUser(c *call) error {
	u, err := c.userIn()
	if err != nil {
		return err
	}
	view := func(n app.NewUser) User {
		out := userJSON(n.User)
		if c.dryRun() {
			out.ID = nil
		}
		return out
	}
	return c.withPassword(http.StatusCreated, view,
		func(m work.Meta) work.Outcome { return c.s.app.CreateUser(c.r.Context(), u, "", m) },
		func(m work.Meta) (any, error) { return c.s.app.TryCreateUser(c.r.Context(), u, m) })
}

// withPassword answers with a password that no stored answer has.
func (c *call) withPassword(code int, view func(app.NewUser) User, submit func(work.Meta) work.Outcome, dry func(work.Meta) (any, error)) error {
	return c.run(func(m work.Meta) work.Outcome {
		out := submit(m)
		if n, ok := out.Value.(app.NewUser); ok && out.Err == nil && !out.Replayed {
			shown := rendered(code, func(n app.NewUser) User {
				v := view(n)
				v.Password = n.Password
				return v
			})(n)
			out.Answer = &shown
		}
		return out
	}, dry, rendered(code, view))
}

func (c *call) userID() (string, error) { return c.sharedID("usr", "user") }

func putUser(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	u, err := c.userIn()
	if err != nil {
		return err
	}
	if err := c.mayManage(id); err != nil {
		return err
	}
	m, err := c.meta(nil)
	if err != nil {
		return err
	}
	u.Meta = doc.Meta{ID: id}
	saved, err := c.s.app.SaveUser(c.r.Context(), u, m)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, userJSON(saved))
}

// mayManage refuses to touch a user who may do more than who asks: a password that is set anew is a way in.
func (c *call) mayManage(id string) error {
	u, err := c.s.app.User(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	access, err := c.s.app.Grants(c.r.Context(), u)
	if err != nil {
		return away(err)
	}
	return c.gives(access.Scopes)
}

func getUser(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	return read(c, id, c.s.app.User, userJSON)
}

func listUsers(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	return list(c, c.s.app.ListUsers, userJSON, func(u *people.User) string { return u.ID })
}

func resetPassword(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	if err := c.mayManage(id); err != nil {
		return err
	}
	return c.withPassword(http.StatusOK, func(n app.NewUser) User { return userJSON(n.User) },
		func(m work.Meta) work.Outcome { return c.s.app.ResetPassword(c.r.Context(), id, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryResetPassword(c.r.Context(), id, m) })
}

func signOutUser(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	if err := c.mayManage(id); err != nil {
		return err
	}
	return c.run(func(m work.Meta) work.Outcome { return c.s.app.SignOutEverywhere(c.r.Context(), id, m) },
		func(m work.Meta) (any, error) { return c.s.app.TrySignOutEverywhere(c.r.Context(), id, m) },
		rendered(http.StatusOK, userJSON))
}

func putRole(c *call) error {
	var in PutRole
	if err := c.shared(&in); err != nil {
		return err
	}
	code := c.r.PathValue("code")
	old, err := c.s.app.Role(c.r.Context(), code)
	if err != nil && errs.ClassOf(err) != errs.NotFound {
		return away(err)
	}
	for _, scopes := range [][]string{in.Scopes, scopesOf(old)} {
		known := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(app.Scopes, s) })
		if err := c.gives(known); err != nil {
			return err
		}
	}
	r := &people.Role{Meta: doc.Meta{ID: code}, Name: in.Name, About: in.About, Scopes: in.Scopes, Discount: in.Discount}
	return save(c, r, c.s.app.SaveRole, roleJSON)
}

func scopesOf(r *people.Role) []string {
	if r == nil {
		return nil
	}
	return r.Scopes
}

func getRole(c *call) error { return read(c, c.r.PathValue("code"), c.s.app.Role, roleJSON) }

func listRoles(c *call) error {
	return list(c, c.s.app.ListRoles, roleJSON, func(r *people.Role) string { return r.ID })
}
