// Package customer holds who orders: contact, addresses, remarks.
//
// What lives here: the document and its checks. What does not: orders, which keep the name and address that they were
// placed with, and are matched to a customer by mail address; logging in.
// The one idea: a customer is never needed to place an order. The document gathers what is known beside the orders, and
// everything in it that is about a person can be erased.
package customer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"ordo/internal/address"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// Limits of a customer.
const (
	maxAddresses = 50
	maxLabel     = 50
	maxTags      = 50
	maxTag       = 64
	maxNotes     = 500
	maxNote      = 5_000
)

// Customer is a person or company that orders. Email is unique, compared folded; phone is E.164.
type Customer struct {
	doc.Meta
	Email     string      `json:"email,omitzero"`
	Name      string      `json:"name,omitzero"`
	Phone     string      `json:"phone,omitzero"`
	Language  string      `json:"language,omitzero"` // BCP 47, such as en or pt-BR
	Addresses []Address   `json:"addresses,omitzero"`
	Tags      []string    `json:"tags,omitzero"` // sorted, each once
	Notes     []Note      `json:"notes,omitzero"`
	CreatedAt micros.Time `json:"created_at"`
	ErasedAt  micros.Time `json:"erased_at,omitzero"` // what was personal is gone since then
}

// Address is one of a customer's addresses. At most one is the default.
type Address struct {
	Label   string          `json:"label,omitzero"`
	Default bool            `json:"default,omitzero"`
	Address address.Address `json:"address"`
}

// Note is a remark of a person about a customer.
type Note struct {
	ID   string      `json:"id"`
	At   micros.Time `json:"at"`
	By   string      `json:"by"`
	Text string      `json:"text"`
}

// Personal is what can be erased of a customer.
type Personal struct {
	Email     string    `json:"email,omitzero"`
	Name      string    `json:"name,omitzero"`
	Phone     string    `json:"phone,omitzero"`
	Addresses []Address `json:"addresses,omitzero"`
	Notes     []Note    `json:"notes,omitzero"`
}

// Erase takes all that is personal out of a customer.
func Erase(c *Customer, now micros.Time) *Customer {
	next, _ := Split(c)
	next.Language, next.Tags, next.ErasedAt = "", nil, now
	return &next
}

// Split parts a customer into what may be hashed into the journal for good, and what is personal.
func Split(c *Customer) (Customer, Personal) {
	public := *c
	public.Email, public.Name, public.Phone, public.Addresses, public.Notes = "", "", "", nil, nil
	return public, Personal{c.Email, c.Name, c.Phone, c.Addresses, c.Notes}
}

// language is the part of BCP 47 that people use.
var language = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$`)

// Clean brings what was sent into the form that is stored, and adds to the list what is wrong with it. A phone number
// without its country is one of the country of the default address, or of the only one.
func (c *Customer) Clean(list *errs.List) {
	c.Email, c.Name = strings.TrimSpace(c.Email), strings.TrimSpace(c.Name)
	if c.Email != "" && !address.ValidEmail(c.Email) {
		list.Add("/email", "invalid_email", "a mail address has the form local@domain")
	}
	if utf8.RuneCountInString(c.Name) > address.MaxText {
		list.Add("/name", "too_long", "at most %d characters", address.MaxText)
	}
	if c.Email == "" && c.Phone == "" {
		list.Add("/email", "required", "give a mail address or a phone number")
	}
	if c.Language != "" && !language.MatchString(c.Language) {
		list.Add("/language", "invalid_code", "give a language such as en or pt-BR")
	}
	c.cleanAddresses(list)
	if c.Phone != "" {
		var ok bool
		if c.Phone, ok = Phone(c.Phone, c.country()); !ok {
			list.Add("/phone", "invalid_phone", "give a phone number with its country, such as +44 20 7946 0018")
		}
	}
	c.cleanTags(list)
}

func (c *Customer) cleanAddresses(list *errs.List) {
	if len(c.Addresses) > maxAddresses {
		list.Add("/addresses", "too_many", "at most %d addresses", maxAddresses)
		return
	}
	first := -1
	for i := range c.Addresses {
		a, at := &c.Addresses[i], "/addresses/"+strconv.Itoa(i)
		a.Address.CheckForm(list, at+"/address")
		if utf8.RuneCountInString(a.Label) > maxLabel {
			list.Add(at+"/label", "too_long", "at most %d characters", maxLabel)
		}
		if a.Default && first >= 0 {
			list.Add(at+"/default", "duplicate", "address %d is the default already", first)
		}
		if a.Default {
			first = i
		}
	}
}

func (c *Customer) cleanTags(list *errs.List) {
	if len(c.Tags) > maxTags {
		list.Add("/tags", "too_many", "at most %d tags", maxTags)
		return
	}
	for i, t := range c.Tags {
		at := "/tags/" + strconv.Itoa(i)
		switch {
		case t == "":
			list.Add(at, "required", "give a tag, or leave it out")
		case utf8.RuneCountInString(t) > maxTag:
			list.Add(at, "too_long", "at most %d characters", maxTag)
		case strings.TrimSpace(t) != t || strings.ContainsFunc(t, func(r rune) bool { return !unicode.IsPrint(r) }):
			list.Add(at, "invalid_code", "printable characters only, and no space at the ends")
		}
	}
	c.Tags = slices.Compact(slices.Sorted(slices.Values(c.Tags)))
}

// country is where a phone number without one is.
func (c *Customer) country() string {
	for _, a := range c.Addresses {
		if a.Default || len(c.Addresses) == 1 {
			return a.Address.Country
		}
	}
	return ""
}

// Phone brings a phone number into E.164; country helps where the number does not say its own. Not ok for what cannot
// be a number there.
func Phone(number, country string) (string, bool) {
	if len(number) > 40 {
		return number, false
	}
	n, err := phonenumbers.Parse(number, country)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return number, false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// AddNote adds a remark.
func AddNote(c *Customer, n Note) (*Customer, error) {
	var list errs.List
	switch {
	case strings.TrimSpace(n.Text) == "":
		list.Add("/text", "required", "write something")
	case utf8.RuneCountInString(n.Text) > maxNote:
		list.Add("/text", "too_long", "at most %d characters", maxNote)
	case len(c.Notes) >= maxNotes:
		list.Add("/text", "too_many", "the customer has %d notes already, which is the limit", maxNotes)
	}
	if err := list.Err(); err != nil {
		return c, err
	}
	next := *c
	next.Notes = append(slices.Clone(c.Notes), n)
	return &next, nil
}

// Words are what a customer is found by: the parts of the name, in small letters, each once.
func (c *Customer) Words() []string {
	return doc.Words(c.Name)
}
