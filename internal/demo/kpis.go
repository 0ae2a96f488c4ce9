package demo

import (
	"context"
	"fmt"
	"time"

	"ordo/internal/api"
)

// KPIs are numbers of the report API, of everything that was replayed.
type KPIs struct {
	Sales      int64   `json:"sales"` // pence, charged for what shipped
	OrderFill  float64 `json:"order_fill_rate"`
	OTIF       float64 `json:"otif_rate"`
	Promised   int     `json:"promised"` // orders delivered with a promise
	CancelRate float64 `json:"cancel_rate"`
	// Shares that stand for nothing are left out: nothing was delivered, or no target of a case has come.
	ReturnRate    *float64 `json:"return_rate,omitzero"`         // units returned of those delivered
	FirstResponse *float64 `json:"first_response_rate,omitzero"` // first answers to cases within their target
	Resolution    *float64 `json:"resolution_rate,omitzero"`     // cases resolved within their target
	OpenCases     int      `json:"open_cases"`
}

// kpis asks the reports, once they know all that has happened.
func (r *replay) kpis(ctx context.Context, s *Summary) error {
	ask := func(name string) (rep api.Report, values map[string]float64, err error) {
		if err = r.client.get(ctx, "/v1/reports/"+name, &rep); err == nil && len(rep.Rows) > 0 {
			values = rep.Rows[0].Values
		}
		return rep, values, err
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		rep, _, err := ask("order_fill")
		if err != nil {
			return err
		}
		var later api.List[api.Event]
		if err := r.client.get(ctx, fmt.Sprintf("/v1/events?after=%d&limit=1", rep.Through), &later); err != nil {
			return err
		}
		if len(later.Data) == 0 {
			break
		}
	}
	for name, take := range map[string]func(map[string]float64){
		"order_fill": func(v map[string]float64) { s.KPIs.OrderFill = v["order_fill_rate"] },
		"sales":      func(v map[string]float64) { s.KPIs.Sales = int64(v["charged"]) },
		"otif":       func(v map[string]float64) { s.KPIs.OTIF, s.KPIs.Promised = v["otif_rate"], int(v["promised"]) },
		"cancels":    func(v map[string]float64) { s.KPIs.CancelRate = v["cancel_rate"] },
		"returns":    func(v map[string]float64) { s.KPIs.ReturnRate = given(v, "return_rate") },
		"cases": func(v map[string]float64) {
			s.KPIs.FirstResponse, s.KPIs.Resolution, s.KPIs.OpenCases = given(v, "first_response_rate"), given(v, "resolution_rate"), int(v["open"])
		},
		"cycle_time": func(v map[string]float64) { s.CycleSeconds = v["total_p50"] },
	} {
		_, v, err := ask(name)
		if err != nil {
			return err
		}
		take(v)
	}
	return nil
}

// given is a number of a row, or nil where it could not be computed.
func given(values map[string]float64, name string) *float64 {
	v, ok := values[name]
	if !ok {
		return nil
	}
	return &v
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// part writes a share, or a dash for none.
func part(share *float64) string {
	if share == nil {
		return "-"
	}
	return percent(*share)
}

// after is the line of the summary about what comes after the door.
func (k KPIs) after() string {
	return fmt.Sprintf("return rate %s of the units delivered; cases: first response in time %s, resolved in time %s, %d open", part(k.ReturnRate), part(k.FirstResponse), part(k.Resolution), k.OpenCases)
}

// text is the line of the summary.
func (k KPIs) text(cycle float64) string {
	otif := "no promises"
	if k.Promised > 0 {
		otif = fmt.Sprintf("OTIF %s of %d promised", percent(k.OTIF), k.Promised)
	}
	return fmt.Sprintf("sales %s, order fill rate %s, %s, cancel rate %s, half of the deliveries within %.1f h of the order", pounds(k.Sales), percent(k.OrderFill), otif, percent(k.CancelRate), cycle/3600)
}
