// Package people holds who works with Ordo: users, their roles, and what makes a sign-in good.
//
// What lives here: the documents, the rules of passwords, one-time codes, lockout and sessions. What does not: pages and
// cookies (console), the secrets of programs (app.APIKey), customers, who never sign in.
// The one idea: a role is a set of the same scopes that API keys have, so that there is one answer to who may do what.
package people

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/words"
)

// Limits of users and roles.
const (
	MaxName  = 200
	maxRoles = 20
)

// User is a person who signs in. The mail address is unique, compared folded.
type User struct {
	doc.Meta
	Email     string      `json:"email"`
	Name      string      `json:"name"`
	Roles     []string    `json:"roles"`
	Channels  []string    `json:"channels,omitzero"` // what the person sees; empty: all
	Language  string      `json:"language,omitzero"` // of pages: en or de; "": the browser's
	TimeZone  string      `json:"time_zone,omitzero"`
	Location  string      `json:"location,omitzero"` // where the person works: what warehouse pages begin with
	Active    bool        `json:"active"`
	CreatedAt micros.Time `json:"created_at"`

	Password   string      `json:"password,omitzero"` // encoded hash; "" for people who come by OIDC only
	PasswordAt micros.Time `json:"password_at,omitzero"`
	MustChange bool        `json:"must_change,omitzero"` // somebody else knows the password
	Subject    string      `json:"subject,omitzero"`     // issuer and subject of OIDC
	TOTP       string      `json:"totp,omitzero"`        // base32 secret of one-time codes; "" without
	Recovery   []string    `json:"recovery,omitzero"`    // SHA-256 of the codes that stand in for a lost device
	Epoch      int64       `json:"epoch"`                // sessions that were made under another one have ended
}

// Public is a user without what is personal or secret: what may be hashed into the journal for good.
type Public struct {
	ID         string   `json:"id"`
	Roles      []string `json:"roles"`
	Channels   []string `json:"channels,omitzero"`
	Active     bool     `json:"active"`
	TOTP       bool     `json:"totp"`
	MustChange bool     `json:"must_change,omitzero"`
	Epoch      int64    `json:"epoch"`
}

// Personal is what can be erased of a user's events.
type Personal struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

// Split parts a user for the journal. Neither part has the password's hash or the secret of one-time codes.
func (u *User) Split() (Public, Personal) {
	return Public{u.ID, u.Roles, u.Channels, u.Active, u.TOTP != "", u.MustChange, u.Epoch}, Personal{u.Email, u.Name}
}

// Languages are those that pages are written in.
var Languages = words.Languages

// Clean brings what was sent into the form that is stored, and adds to the list what is wrong with it. Roles, channels
// and locations are looked up by the caller.
func (u *User) Clean(list *errs.List) {
	u.Email, u.Name = strings.TrimSpace(u.Email), strings.TrimSpace(u.Name)
	if !address.ValidEmail(u.Email) {
		list.Add("/email", "invalid_email", "give a mail address of the form local@domain")
	}
	if u.Name == "" || utf8.RuneCountInString(u.Name) > MaxName {
		list.Add("/name", "required", "give a name of at most %d characters", MaxName)
	}
	if len(u.Roles) == 0 || len(u.Roles) > maxRoles {
		list.Add("/roles", "required", "give at least one role, at most %d", maxRoles)
	}
	slices.Sort(u.Roles)
	u.Roles = slices.Compact(u.Roles)
	if u.Language != "" {
		if _, err := language.Parse(u.Language); err != nil || !slices.Contains(Languages, u.Language) {
			list.Add("/language", "unknown_value", "give one of %s", strings.Join(Languages, ", "))
		}
	}
	if u.TimeZone != "" {
		if _, err := time.LoadLocation(u.TimeZone); err != nil || u.TimeZone == "Local" {
			list.Add("/time_zone", "unknown_value", "give a time zone such as Europe/Berlin")
		}
	}
}

// Role is a set of scopes under a name. A shipped one can be changed like any other.
type Role struct {
	doc.Meta          // ID is the code
	Name     string   `json:"name"`
	About    string   `json:"about,omitzero"`
	Scopes   []string `json:"scopes"`
	Discount int64    `json:"discount_percent,omitzero"` // of an order, which its people may give without orders:price; whole percent
}

// Owner is the role that may do everything. It cannot be changed, so that somebody always may.
const Owner = "owner"

// code is the form of roles' codes.
var code = regexp.MustCompile(`^[a-z][a-z0-9_]{1,63}$`)

// Clean checks a role; scopes are those that exist.
func (r *Role) Clean(list *errs.List, scopes []string) {
	r.Name, r.About = strings.TrimSpace(r.Name), strings.TrimSpace(r.About)
	if !code.MatchString(r.ID) {
		list.Add("/code", "invalid_code", "a code has 2 to 64 characters: small letters, digits and _, and begins with a letter")
	}
	if r.Name == "" || utf8.RuneCountInString(r.Name) > MaxName {
		list.Add("/name", "required", "give a name of at most %d characters", MaxName)
	}
	if utf8.RuneCountInString(r.About) > 1000 {
		list.Add("/about", "too_long", "at most 1000 characters")
	}
	if r.Discount < 0 || r.Discount > 100 {
		list.Add("/discount_percent", "out_of_range", "give whole percent, from 0 to 100")
	}
	slices.Sort(r.Scopes)
	r.Scopes = slices.Compact(r.Scopes)
	for _, s := range r.Scopes {
		if !slices.Contains(scopes, s) {
			list.Add("/scopes", "unknown_value", "there is no scope %q; give some of %s", errs.Clip(s), strings.Join(scopes, ", "))
		}
	}
}

// Grants gathers what roles allow together: their scopes, sorted, and the largest discount.
func Grants(roles []*Role) (scopes []string, discount int64) {
	for _, r := range roles {
		scopes = append(scopes, r.Scopes...)
		discount = max(discount, r.Discount)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), discount
}

// Shipped are the roles of a new installation, in the order that pages list them.
func Shipped() []*Role {
	role := func(code, name, about string, discount int64, scopes string) *Role {
		return &Role{Meta: doc.Meta{ID: code}, Name: name, About: about, Discount: discount, Scopes: strings.Fields(scopes)}
	}
	return []*Role{
		role(Owner, "Owner", "Everything, also users and keys.", 100, "*"),
		role("manager", "Operations manager", "All of the daily business, rules and reports; no users, keys or jobs.", 100,
			`orders:read orders:write orders:price fulfillments:read fulfillments:write payments:write invoices:read invoices:write accounting:read stock:read stock:write
			returns:read returns:write returns:override catalog:read catalog:write shipping:read shipping:write events:read reports:read reports:write personal:read rules:read rules:write
			holds:write holds:risk holds:override customers:read customers:write cases:read cases:write service:read service:write mails:read mails:write webhooks:read imports:read imports:write
			exports:read exports:write users:read`),
		role("customer_service", "Customer service", "Orders by phone, changes, returns, cases and mails.", 10,
			`orders:read orders:write fulfillments:read payments:write invoices:read stock:read returns:read returns:write catalog:read shipping:read personal:read
			holds:write customers:read customers:write cases:read cases:write service:read mails:read mails:write`),
		role("warehouse", "Warehouse", "Release, pick, pack, ship, receive, count and inspect what comes back.", 0,
			`orders:read fulfillments:read fulfillments:write stock:read stock:write shipping:read shipping:write returns:read returns:write catalog:read`),
		role("analyst", "Analyst", "Reports, lists and exports; changes nothing.", 0,
			`orders:read fulfillments:read stock:read returns:read catalog:read shipping:read accounting:read reports:read reports:write exports:read exports:write`),
		role("developer", "Developer", "API keys, webhooks, imports, rules and the health of the system.", 0,
			`orders:read fulfillments:read stock:read catalog:read shipping:read events:read rules:read webhooks:read webhooks:write imports:read imports:write exports:read exports:write
			mails:read reports:read keys:manage jobs:manage`),
	}
}
