package api

import (
	"maps"
	"net/http"

	"ordo/internal/address"
	"ordo/internal/errs"
)

// CheckAddress is the body of POST /v1/addresses/check.
type CheckAddress struct {
	Address address.Address `json:"address"`
}

// AddressCheck is what was found about an address.
type AddressCheck struct {
	Accepted bool     `json:"accepted" doc:"an order may be placed with it"`
	Errors   Findings `json:"errors" doc:"why it may not"`
	Doubts   Findings `json:"doubts" doc:"what to ask the customer about; an order may be placed with it all the same"`
}

func addressRoutes() []route {
	return []route{{
		op: "checkAddress", method: http.MethodPost, path: "/v1/addresses/check", tag: "Lookup", summary: "Check an address before an order is placed", scope: "orders:read",
		in: CheckAddress{}, out: AddressCheck{}, status: 200, handle: checkAddress,
		detail: "By its form only, without asking anybody: what an order would be refused for, and what is likely a mistake, such as a postal code that has another form than those of the country. Stores nothing.",
	}}
}

func checkAddress(c *call) error {
	var in CheckAddress
	if err := c.decode(&in); err != nil {
		return err
	}
	var errors, doubts errs.List
	in.Address.Check(&errors, "/address")
	in.Address.Doubt(&doubts, "/address")
	return c.reply(http.StatusOK, AddressCheck{errors.Empty(), foundIn(&errors), foundIn(&doubts)})
}

// foundIn makes findings of a list.
func foundIn(list *errs.List) Findings {
	out := Findings{}
	if e := errs.As(list.Err()); e != nil {
		for _, p := range e.Problems {
			out = append(out, Finding(p))
		}
	}
	return out
}

func init() {
	findingKinds = append(findingKinds, findingKind{"doubtful", "it can be so, but is more likely a mistake"})
	typo := exAddress
	typo.PostalCode = "1234"
	examples["checkAddress"] = example{CheckAddress{typo}, AddressCheck{true, Findings{}, Findings{{"/address/postal_code", "doubtful", "postal codes of GB have another form"}}}}
	maps.Copy(abouts, map[string]string{
		"CheckAddress": "An address to check.",
		"AddressCheck": "What was found about an address.",
	})
}
