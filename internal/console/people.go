package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/people"
)

func peopleRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: Root + "/users", Scope: "users:read", handle: listUsers},
		{Method: http.MethodGet, Path: Root + "/roles", Scope: "users:read", handle: listRoles},
	}
}

func peopleActions() []action {
	return []action{
		{path: "/users/new", op: "createUser", title: "New user", verb: "Make the user", begin: newUserForm},
		{path: "/users/{id}/edit", op: "putUser", title: "Change user", verb: "Save", begin: userForm},
		{path: "/users/{id}/reset-password", op: "resetPassword", title: "Fresh password", verb: "Set a fresh password", danger: true, begin: resetForm},
		{path: "/users/{id}/sign-out", op: "signOutUser", title: "Sign out everywhere", verb: "Sign out", danger: true, begin: signOutForm},
		{path: "/roles/{code}/edit", op: "putRole", title: "Role", verb: "Save", begin: roleForm},
	}
}

type usersPage struct {
	Users []api.User
	Roles map[string]string
}

func listUsers(v *visit) error {
	var users api.List[api.User]
	if err := v.get("listUsers", nil, query("limit", "1000"), &users); err != nil {
		return err
	}
	roles, err := v.roles()
	if err != nil {
		return err
	}
	p := usersPage{users.Data, map[string]string{}}
	for _, r := range roles {
		p.Roles[r.Code] = r.Name
	}
	return v.page(http.StatusOK, "users", "Users", "usr", p)
}

func (v *visit) roles() ([]api.Role, error) {
	var roles api.List[api.Role]
	err := v.get("listRoles", nil, query("limit", "1000"), &roles)
	return roles.Data, err
}

// rolesPage is the matrix of roles and scopes, by area.
type rolesPage struct {
	Roles []api.Role
	Areas []area
}

// area is a group of scopes that begin alike.
type area struct {
	Name   string
	Scopes []string
}

func areas() []area {
	var out []area
	for _, s := range app.Scopes {
		name, _, ok := strings.Cut(s, ":")
		if !ok {
			continue
		}
		i := slices.IndexFunc(out, func(a area) bool { return a.Name == name })
		if i < 0 {
			out = append(out, area{Name: name})
			i = len(out) - 1
		}
		out[i].Scopes = append(out[i].Scopes, s)
	}
	return out
}

func listRoles(v *visit) error {
	roles, err := v.roles()
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "roles", "Roles", "", rolesPage{roles, areas()})
}

// userFields are those of a user's form.
func userFields(v *visit, u *api.User) ([]field, error) {
	roles, err := v.roles()
	if err != nil {
		return nil, err
	}
	choose := field{Name: "roles", Label: "Roles", Kind: "choices", Required: true}
	for _, r := range roles {
		choose.Options = append(choose.Options, option{Value: r.Code, Text: v.t(r.Name), On: slices.Contains(u.Roles, r.Code)})
	}
	return []field{
		{Name: "name", Label: "Name", Kind: "text", Value: u.Name, Required: true},
		{Name: "email", Label: "Mail address", Kind: "email", Value: u.Email, Required: true, Help: "To sign in with."},
		choose,
		{Name: "channels", Label: "Sales channels", Kind: "list", Value: strings.Join(u.Channels, ", "), Help: "Codes, separated by commas. Empty: all of them."},
		{Name: "location", Label: "Works at", Kind: "text", Value: u.Location, Help: "Code of a location."},
		{Name: "language", Label: "Language", Kind: "select", Options: v.optionsOf(people.Languages, u.Language)},
		{Name: "time_zone", Label: "Time zone", Kind: "text", Value: u.TimeZone, Help: "Such as Europe/Berlin. Empty: UTC."},
	}, nil
}

func newUserForm(v *visit) (*subject, error) {
	fields, err := userFields(v, &api.User{Active: true})
	s := &subject{name: v.t("Users"), back: Root + "/users", fields: fields, about: v.t("The first password is shown once, after this form. It has to be changed at the first sign-in.")}
	s.once = passwordShown(s)
	return s, err
}

func passwordShown(s *subject) func([]byte) (string, any, error) {
	return func(answer []byte) (string, any, error) {
		var u api.User
		err := jsonx.Unmarshal(answer, &u)
		about := "Give it to " + u.Name + " in person. It is shown this once, and has to be changed at the first sign-in."
		if u.Password == "" {
			about = "This form was sent before: the password was shown then. Set a fresh one if nobody has it."
		}
		return "secret", secretPage{"Password", about, u.Password, s.back}, err
	}
}

// userSubject begins the forms of a user.
func userSubject(v *visit) (*subject, *api.User, error) {
	var u api.User
	id := v.r.PathValue("id")
	if err := v.get("getUser", slots("id", id), nil, &u); err != nil {
		return nil, nil, err
	}
	return &subject{name: u.Name, slots: slots("id", id), version: u.Version, back: Root + "/users"}, &u, nil
}

func userForm(v *visit) (*subject, error) {
	s, u, err := userSubject(v)
	if err != nil {
		return nil, err
	}
	if s.fields, err = userFields(v, u); err != nil {
		return nil, err
	}
	on := ""
	if u.Active {
		on = "true"
	}
	s.fields = append(s.fields, field{Name: "active", Label: "May sign in", Kind: "select", Options: []option{{Value: "true", Text: v.t("Yes"), On: on != ""}, {Value: "false", Text: v.t("No"), On: on == ""}}, Value: on})
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}

func resetForm(v *visit) (*subject, error) {
	s, u, err := userSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("%s is signed out everywhere and gets a fresh password, which has to be changed. One-time codes are off afterwards.", u.Name)
	s.once = passwordShown(s)
	return s, nil
}

func signOutForm(v *visit) (*subject, error) {
	s, u, err := userSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("All browsers of %s have to sign in again.", u.Name)
	s.done = func([]byte) string { return v.t("Done.") }
	return s, nil
}

func roleForm(v *visit) (*subject, error) {
	code := v.r.PathValue("code")
	var r api.Role
	s := &subject{name: v.t("Roles"), back: Root + "/roles"}
	if code == newCode {
		if err := v.freshCode(s, s.back, func(code string) error { return v.get("getRole", slots("code", code), nil, nil) }); err != nil {
			return nil, err
		}
		s.next = nil
	} else {
		if err := v.get("getRole", slots("code", code), nil, &r); err != nil {
			return nil, err
		}
		s.name, s.version, s.slots = r.Name, r.Version, slots("code", code)
		if code == people.Owner {
			s.no = v.t("Owners may do everything. This role cannot be changed, so that somebody always may.")
		}
	}
	choose := field{Name: "scopes", Label: "May do", Kind: "choices"}
	for _, a := range areas() {
		for _, scope := range a.Scopes {
			choose.Options = append(choose.Options, option{Value: scope, Text: scope, On: slices.Contains(r.Scopes, scope)})
		}
	}
	s.fields = append(s.fields,
		field{Name: "name", Label: "Name", Kind: "text", Value: r.Name, Required: true},
		field{Name: "about", Label: "For whom", Kind: "text", Value: r.About},
		field{Name: "discount_percent", Label: "Discount that may be given, percent", Kind: "number", Value: strconv.FormatInt(r.Discount, 10)},
		choose)
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}
