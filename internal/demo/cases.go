package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ordo/internal/api"
)

// Cases are what customer service has on its desk at the end.
type Cases struct {
	Status map[string]int `json:"status,omitempty"`
	Origin map[string]int `json:"origin,omitempty"`
}

// caseDoc is what the demo reads of a case.
type caseDoc struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Origin string `json:"origin"`
}

// The queue that people's questions come to; the open form leads there, too.
const queueCode = "shop"

// service opens what customer service of such a shop would have: a parcel is lost, a customer writes, another one calls
// and is answered. The source knows of none of it.
func (r *replay) service(ctx context.Context) (Cases, error) {
	r.show.step("cases", 3)
	defer r.show.end()
	out := Cases{Status: map[string]int{}, Origin: map[string]int{}}
	for _, step := range []func(context.Context) error{r.desk, r.loseParcel, r.writeIn, r.callIn} {
		if err := step(ctx); err != nil {
			return out, fmt.Errorf("cases: %w", err)
		}
	}
	cases, err := all[caseDoc](ctx, r.client, "/v1/cases")
	if err != nil {
		return out, err
	}
	for _, c := range cases {
		out.Status[c.Status]++
		out.Origin[c.Origin]++
	}
	return out, nil
}

// desk makes the queue, once.
func (r *replay) desk(ctx context.Context) error {
	have, err := all[named](ctx, r.client, "/v1/queues")
	if err != nil {
		return err
	}
	for _, q := range have {
		if q.Code == queueCode {
			return nil
		}
	}
	return r.client.put(ctx, "/v1/queues/"+queueCode, api.PutQueue{Name: "Shop", Policy: "standard", WebForm: true})
}

// first returns the first order that is as wanted; nil for none.
func (r *replay) first(wanted func(*episode) bool) *episode {
	for _, e := range r.episodes() {
		if e.order != nil && len(e.order.Fulfillments) > 0 && wanted(e) {
			return e
		}
	}
	return nil
}

// loseParcel tells that the carrier has lost a parcel that is on its way. Ordo opens the case by itself.
func (r *replay) loseParcel(ctx context.Context) error {
	defer r.show.add(1)
	e := r.first(func(e *episode) bool { return e.fate == staysShipped })
	if e == nil {
		return nil
	}
	var labels list[labelDoc]
	if err := r.client.get(ctx, "/v1/fulfillments/"+e.order.Fulfillments[0].ID+"/labels", &labels); err != nil || len(labels.Data) == 0 {
		return err
	}
	id := labels.Data[0].ID
	seen := api.AddTracking{Code: "lost", At: time.Now().UTC().Format(time.RFC3339), Message: "Not found in the depot"}
	// The first answer under the key counts: the time of a resumed run would be another request.
	if _, err := r.client.post(ctx, "/v1/labels/"+id+"/tracking", "demo-lost-"+id, seen, nil); err != nil && !reused(err) {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		var opened list[caseDoc]
		if err := r.client.get(ctx, "/v1/cases?order="+e.order.ID, &opened); err != nil || len(opened.Data) > 0 {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("nobody opened one for a lost parcel")
}

func reused(err error) bool {
	no := refused(err)
	return no != nil && no.Code == "idempotency_conflict"
}

// writeIn lets a customer ask by mail about an order that is not shipped. A mail that comes twice counts once.
func (r *replay) writeIn(ctx context.Context) error {
	defer r.show.add(1)
	e := r.first(func(e *episode) bool { return e.fate < staysShipped })
	if e == nil {
		return nil
	}
	who := e.body.Customer
	_, err := r.client.post(ctx, "/v1/webhooks/mail", "", api.MailIn{
		From: who.Name + " <" + who.Email + ">", Subject: "When does invoice " + e.invoice + " leave?", Text: "We need it for a fair on Friday.", MessageID: "<" + e.invoice + "@example.com>",
	}, nil)
	return err
}

// callIn notes the call of a customer who sent something back, answers it, and is done.
func (r *replay) callIn(ctx context.Context) error {
	defer r.show.add(1)
	for _, b := range r.comebacks {
		if b.made == nil {
			continue
		}
		var c caseDoc
		open := api.OpenCase{
			Origin: "phone", Queue: queueCode, Subject: "Has the return arrived?", Text: "Wants to know whether the parcel of " + b.invoice + " has come.",
			Orders: []string{b.of.order.ID}, Returns: []string{b.made.ID}, Tags: []string{"returns"},
		}
		if _, err := r.client.post(ctx, "/v1/cases", "demo-call-"+b.invoice, open, &c); err != nil {
			return err
		}
		done := api.MoveCase{Status: "resolved", Note: "It has, and the money is on its way; told on the phone."}
		_, err := r.client.post(ctx, "/v1/cases/"+c.ID+"/status", "demo-called-"+b.invoice, done, nil)
		return err
	}
	return nil
}

// text is the line of the summary.
func (c Cases) text() string {
	if len(c.Status) == 0 {
		return "none"
	}
	return fmt.Sprintf("%s; opened by %s", counts(c.Status), counts(c.Origin))
}
