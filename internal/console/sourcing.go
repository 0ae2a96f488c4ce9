package console

import (
	"net/http"

	"ordo/internal/api"
)

type sourcingPage struct {
	Order     *api.Order
	Decisions []api.SourcingDecision
	Names     map[string]string
}

// showSourcing explains where an order ships from: every decision, newest first, with each location and what spoke
// against it.
func showSourcing(v *visit) error {
	id := v.r.PathValue("id")
	p := sourcingPage{Order: &api.Order{}}
	if err := v.get("getOrder", slots("id", id), nil, p.Order); err != nil {
		return err
	}
	var list api.List[api.SourcingDecision]
	if err := v.get("listSourcingDecisions", slots("id", id), nil, &list); err != nil {
		return err
	}
	for i := len(list.Data) - 1; i >= 0; i-- {
		p.Decisions = append(p.Decisions, list.Data[i])
	}
	var err error
	if p.Names, err = namesOf(v, p.Decisions, func(d api.SourcingDecision) string { return d.Actor }); err != nil {
		return err
	}
	return v.page(http.StatusOK, "sourcing", "Why this location?", "", p)
}
