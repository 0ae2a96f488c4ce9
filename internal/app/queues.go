package app

import (
	"context"
	"strconv"
	"time"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/service"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

// Reference data of customer service.
var (
	Queues   = work.NewKind[service.Queue](work.Spec{Table: "queues", What: "queue", Rank: 51, Reference: true}, nil)
	Policies = work.NewKind[service.Policy](work.Spec{Table: "sla_policies", What: "sla_policy", Rank: 52, Reference: true}, nil)
	Macros   = work.NewKind[service.Macro](work.Spec{Table: "macros", What: "macro", Rank: 53, Reference: true}, nil)
)

// SaveQueue makes or replaces a queue.
func (a *App) SaveQueue(ctx context.Context, q *service.Queue, meta work.Meta) (Saved[*service.Queue], error) {
	return work.Do(ctx, a.Committer, &Save[service.Queue, *service.Queue]{kind: Queues, doc: q, check: func(u *work.Unit, list *errs.List) error {
		if q.Check(list); q.Policy == "" {
			return otherQueues(u, list, q)
		}
		p, err := Policies.Ref(u, q.Policy)
		if err != nil {
			return err
		}
		if p == nil {
			list.Add("/policy", "unknown_value", "there is no SLA policy %q", errs.Clip(q.Policy))
		}
		return otherQueues(u, list, q)
	}}, meta)
}

// otherQueues adds to the list what another queue has already: a cause leads to one queue, the open form too.
func otherQueues(u *work.Unit, list *errs.List, q *service.Queue) error {
	all, err := Queues.AllRefs(u)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ID == q.ID {
			continue
		}
		if q.WebForm && o.WebForm {
			list.Add("/web_form", "duplicate", "the form leads to queue %s already", o.ID)
		}
		for i, c := range q.Causes {
			for _, have := range o.Causes {
				if c == have {
					list.Add("/causes/"+strconv.Itoa(i), "duplicate", "queue %s has it already", o.ID)
				}
			}
		}
	}
	return nil
}

// SavePolicy makes or replaces an SLA policy. Clocks that run keep their limits.
func (a *App) SavePolicy(ctx context.Context, p *service.Policy, meta work.Meta) (Saved[*service.Policy], error) {
	return work.Do(ctx, a.Committer, &Save[service.Policy, *service.Policy]{kind: Policies, doc: p, check: func(_ *work.Unit, list *errs.List) error {
		p.Check(list, shipping.HasHolidays)
		return nil
	}}, meta)
}

// SaveMacro makes or replaces a macro.
func (a *App) SaveMacro(ctx context.Context, m *service.Macro, meta work.Meta) (Saved[*service.Macro], error) {
	return work.Do(ctx, a.Committer, &Save[service.Macro, *service.Macro]{kind: Macros, doc: m, check: func(u *work.Unit, list *errs.List) error {
		m.Check(list)
		return checkSteps(u, list, m.Steps)
	}}, meta)
}

// Queue reads one queue.
func (a *App) Queue(ctx context.Context, code string) (*service.Queue, error) {
	return one(ctx, a.DB, Queues, code)
}

// ListQueues lists queues by code.
func (a *App) ListQueues(ctx context.Context, after string, limit int) ([]*service.Queue, error) {
	return page(ctx, a.DB, Queues, after, limit)
}

// Policy reads one SLA policy.
func (a *App) Policy(ctx context.Context, code string) (*service.Policy, error) {
	return one(ctx, a.DB, Policies, code)
}

// ListPolicies lists SLA policies by code.
func (a *App) ListPolicies(ctx context.Context, after string, limit int) ([]*service.Policy, error) {
	return page(ctx, a.DB, Policies, after, limit)
}

// Macro reads one macro.
func (a *App) Macro(ctx context.Context, code string) (*service.Macro, error) {
	return one(ctx, a.DB, Macros, code)
}

// ListMacros lists macros by code.
func (a *App) ListMacros(ctx context.Context, after string, limit int) ([]*service.Macro, error) {
	return page(ctx, a.DB, Macros, after, limit)
}

// calendarOf makes the hours of a policy ready to compute with; holidays are those of shipping.
func calendarOf(h service.Hours) service.Calendar {
	if h.Holidays == "" {
		return service.NewCalendar(h, nil)
	}
	return service.NewCalendar(h, func(year int, month time.Month, day int) bool {
		return shipping.Holiday(h.Holidays, shipping.DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))) != ""
	})
}

// slaOf is the agreement of a queue.
func slaOf(u *work.Unit, q *service.Queue) (service.SLA, error) {
	if q == nil || q.Policy == "" {
		return service.SLA{}, nil
	}
	p, err := Policies.Ref(u, q.Policy)
	if err != nil || p == nil {
		return service.SLA{}, err
	}
	return service.SLA{Policy: p, Calendar: calendarOf(p.Hours)}, nil
}

// firstQueues gives a database its queues, an SLA policy and macros: all of them or none.
type firstQueues struct{}

func (firstQueues) Needs(n *work.Needs) { n.Catalog() } // nobody else adds them meanwhile

func (firstQueues) Run(u *work.Unit) (struct{}, error) {
	have, err := Queues.AllRefs(u)
	if err != nil || len(have) > 0 {
		return struct{}{}, err
	}
	week := []service.Span{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "17:00"}}
	p := &service.Policy{Meta: doc.Meta{ID: "standard"}, Name: "Standard", Hours: service.Hours{Spans: week}, Escalate: true, Targets: service.Levels{
		Low: &service.Minutes{FirstResponse: 960, NextResponse: 960, Resolution: 4800}, Normal: &service.Minutes{FirstResponse: 480, NextResponse: 480, Resolution: 2400},
		High: &service.Minutes{FirstResponse: 120, NextResponse: 240, Resolution: 960}, Urgent: &service.Minutes{FirstResponse: 30, NextResponse: 60, Resolution: 480},
	}}
	Policies.Create(u, p)
	u.Record(saved(Policies.Spec, p.ID, p))
	for _, q := range []service.Queue{
		{Meta: doc.Meta{ID: service.General}, Name: "Customers", Priority: service.Normal},
		{Meta: doc.Meta{ID: "payments"}, Name: "Payments", Priority: service.High, Causes: []string{"capture_failed", "refund_failed", "void_failed", "payment_unmatched", "payment_disputed"}},
		{Meta: doc.Meta{ID: "shipping"}, Name: "Shipping", Priority: service.Normal, Causes: []string{"shipment_late", "shipment_exception", "shipment_lost", "cancel_refused", "cancel_unanswered", "unfillable"}},
		{Meta: doc.Meta{ID: "operations"}, Name: "Operations", Priority: service.High, Causes: []string{"job_dead", "webhook_dead"}},
	} {
		q.Policy, q.CloseDays, q.ReopenDays, q.AppeaseDaily, q.AppeaseCredit = p.ID, 7, 30, 10_000, 5_000
		Queues.Create(u, &q)
		u.Record(saved(Queues.Spec, q.ID, &q))
	}
	for _, m := range firstMacros() {
		Macros.Create(u, &m)
		u.Record(saved(Macros.Spec, m.ID, &m))
	}
	return struct{}{}, nil
}

func firstMacros() []service.Macro {
	return []service.Macro{
		{Meta: doc.Meta{ID: "late_parcel"}, Name: "Late parcel: apologize with store credit", Active: true, Steps: []service.Step{
			{Do: "appease", Tender: "store_credit", Reason: "goodwill", Percent: 10},
			{Do: "note", Text: "{customer} has store credit because order {number} is late."},
			{Do: "status", Status: service.Resolved},
		}},
		{Meta: doc.Meta{ID: "lost_parcel"}, Name: "Lost parcel: send it again", Active: true, Steps: []service.Step{
			{Do: "reship"},
			{Do: "note", Text: "The goods of order {number} were sent again."},
		}},
		{Meta: doc.Meta{ID: "cancel_order"}, Name: "Cancel at the customer's wish", Active: true, Steps: []service.Step{
			{Do: "cancel", Reason: "customer"},
			{Do: "note", Text: "Order {number} was canceled as {customer} asked."},
			{Do: "status", Status: service.Resolved},
		}},
	}
}

// seedService runs firstQueues where there are none.
func (a *App) seedService(ctx context.Context) error {
	have, err := a.ListQueues(ctx, "", 1)
	if err != nil || len(have) > 0 {
		return err
	}
	_, err = work.Do(ctx, a.Committer, firstQueues{}, a.system())
	return err
}
