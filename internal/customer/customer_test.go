package customer

import (
	"slices"
	"testing"

	"ordo/internal/address"
	"ordo/internal/errs"
)

func TestClean(t *testing.T) {
	c := Customer{
		Email: " Grace@Example.com ", Name: "Grace Hopper", Phone: "020 7946 0018", Language: "en-GB", Tags: []string{"vip", "navy", "vip"},
		Addresses: []Address{{Label: "home", Default: true, Address: address.Address{Name: "Grace Hopper", Line1: "1 Main Street", City: "London", PostalCode: "N1 1AA", Country: "GB"}}},
	}
	var list errs.List
	if c.Clean(&list); list.Err() != nil {
		t.Fatal(list.Err())
	}
	if c.Email != "Grace@Example.com" || c.Phone != "+442079460018" || !slices.Equal(c.Tags, []string{"navy", "vip"}) {
		t.Errorf("%+v", c)
	}
	if got := c.Words(); !slices.Equal(got, []string{"grace", "hopper"}) {
		t.Errorf("%v", got)
	}
	public, personal := Split(&c)
	if public.Email != "" || public.Name != "" || public.Phone != "" || public.Addresses != nil || personal.Email != c.Email || public.Language != "en-GB" {
		t.Errorf("%+v %+v", public, personal)
	}
}

func TestWrong(t *testing.T) {
	for _, row := range []struct {
		c    Customer
		at   string
		code string
	}{
		{Customer{}, "/email", "required"},
		{Customer{Email: "nobody"}, "/email", "invalid_email"},
		{Customer{Phone: "12"}, "/phone", "invalid_phone"},
		{Customer{Phone: "020 7946 0018"}, "/phone", "invalid_phone"}, // of which country?
		{Customer{Email: "a@b.c", Language: "English"}, "/language", "invalid_code"},
		{Customer{Email: "a@b.c", Tags: []string{""}}, "/tags/0", "required"},
		{Customer{Email: "a@b.c", Addresses: []Address{{Address: address.Address{Country: "XX"}}}}, "/addresses/0/address/country", "invalid_country"},
		{Customer{Email: "a@b.c", Addresses: []Address{{Default: true, Address: address.Address{Country: "GB"}}, {Default: true, Address: address.Address{Country: "GB"}}}}, "/addresses/1/default", "duplicate"},
	} {
		var list errs.List
		row.c.Clean(&list)
		e := errs.As(list.Err())
		if e == nil || e.Problems[0].Pointer != row.at || e.Problems[0].Code != row.code {
			t.Errorf("%+v: %v", row.c, list.Err())
		}
	}
	if _, err := AddNote(&Customer{}, Note{Text: " "}); err == nil {
		t.Error("an empty note")
	}
}
