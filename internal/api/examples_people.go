package api

import "maps"

const exUserID = "usr_01kas8rz0hefgtq4ty8f7zm6dk"

var (
	exUser = User{
		ID: ref(exUserID), Version: 1, Email: "ada@example.com", Name: "Ada Lovelace", Roles: []string{"customer_service"}, Channels: []string{}, Language: "en",
		TimeZone: "Europe/London", Active: true, MustChange: true, CreatedAt: exTime,
	}
	exRole    = Role{Code: "refunds", Version: 1, Name: "Refunds", Scopes: []string{"orders:read", "payments:write"}}
	exNewUser = SaveUser{Email: exUser.Email, Name: exUser.Name, Roles: exUser.Roles, Language: "en", TimeZone: exUser.TimeZone}
)

// exUserShown is a user with the first password.
func exUserShown() User {
	u := exUser
	u.Password = "k7pq-2mxa-wd3n-6tzr"
	return u
}

func init() {
	fresh := exNewUser
	fresh.Email = "someone@example.com"
	maps.Copy(examples, map[string]example{
		"createUser":    {exNewUser, exUserShown()},
		"putUser":       {fresh, exUser},
		"getUser":       {nil, exUser},
		"listUsers":     {nil, List[User]{Data: []User{exUser}}},
		"resetPassword": {nil, exUserShown()},
		"signOutUser":   {nil, exUser},
		"putRole":       {PutRole{Name: exRole.Name, Scopes: exRole.Scopes}, exRole},
		"getRole":       {nil, exRole},
		"listRoles":     {nil, List[Role]{Data: []Role{exRole}}},
	})
	listed := lookup{name: "USER", path: "/v1/users?limit=1", prefix: "usr"}
	maps.Copy(lookups, map[string][]lookup{
		"putUser": {listed}, "getUser": {listed}, "resetPassword": {listed}, "signOutUser": {listed},
	})
	maps.Copy(abouts, map[string]string{
		"User": "A person who signs in to the console.", "SaveUser": "What an administrator says of a user.",
		"Role": "A set of scopes for people.", "PutRole": "A role, whole.",
	})
}
