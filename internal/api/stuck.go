package api

import (
	"encoding/base64"
	"net/http"
	"strings"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/stuck"
	"ordo/internal/work"
)

// Step is what is expected next of something that is not final.
type Step struct {
	Kind     string      `json:"kind" enum:"order,payment,refund,hold,order_change,backorder,fulfillment,label,parcel,reservation,transfer,count,return,case,job"`
	ID       string      `json:"id" doc:"of the thing; of a payment the entry, of a backorder its line and location"`
	Order    string      `json:"order,omitzero" doc:"id of the order that it belongs to"`
	Channel  string      `json:"channel,omitzero"`
	State    string      `json:"state" example:"pending"`
	Since    string      `json:"since" format:"date-time" doc:"when it came into the state"`
	Expected string      `json:"expected" doc:"the event that should come next" example:"order.accepted"`
	Deadline string      `json:"deadline" format:"date-time" doc:"by its own time, or by the wait that the settings give its state"`
	Late     bool        `json:"late"`
	Waits    []WaitsFor  `json:"waits_for" doc:"what blocks it"`
	Repairs  []RepairWay `json:"repairs" doc:"what may safely be done, the best first"`
}

// WaitsFor is what blocks a step.
type WaitsFor struct {
	For string `json:"for" enum:"person,hold,missing_stock,missing_money,unknown_outcome,location,carrier,customer,system"`
	ID  string `json:"id,omitzero" doc:"of the hold, or of what else stops it"`
}

// RepairWay is an operation that may be run when a step is late.
type RepairWay struct {
	Code      string `json:"code" example:"ask_provider"`
	Says      string `json:"says"`
	Method    string `json:"method,omitzero" doc:"empty where people have to talk to each other"`
	Path      string `json:"path,omitzero"`
	Automatic bool   `json:"automatic" doc:"POST /v1/orders/{id}/repair does it, since it decides nothing"`
}

// NextSteps is what is expected next of an order, the soonest first.
type NextSteps struct {
	Order   string `json:"order"`
	Version int64  `json:"version"`
	Status  string `json:"status" enum:"draft,pending,open,completed,canceled,rejected"`
	Late    bool   `json:"late" doc:"whether a step of it is"`
	Steps   []Step `json:"steps"`
}

// RepairOrder is the body of POST /v1/orders/{id}/repair.
type RepairOrder struct {
	Kind string `json:"kind,omitzero" enum:"order,payment,refund,hold,order_change,backorder,fulfillment,label,parcel,return,job" doc:"only things of this kind"`
	ID   string `json:"id,omitzero" maxLength:"100" doc:"only this thing"`
}

// Repaired is what a repair did.
type Repaired struct {
	Order   string `json:"order"`
	Version int64  `json:"version"`
	Done    []Step `json:"done" doc:"something was done about these: the first automatic one of their repairs"`
	Left    []Step `json:"left" doc:"these are late, too, and take a person"`
}

func stepJSON(s stuck.Step) Step {
	out := Step{
		Kind: string(s.Kind), ID: s.ID, Order: s.Order, Channel: s.Channel, State: s.State, Since: s.Since.String(), Expected: s.Next, Deadline: s.Deadline.String(), Late: s.Late,
		Waits: []WaitsFor{}, Repairs: []RepairWay{},
	}
	for _, b := range s.Blocks {
		out.Waits = append(out.Waits, WaitsFor(b))
	}
	for _, code := range s.Repairs {
		r := stuck.RepairOf(code)
		if r.Automatic && s.Order == "" && code != stuck.RetryJob {
			continue
		}
		out.Repairs = append(out.Repairs, RepairWay{r.Code, r.Says, r.Method, r.Link(s.Thing), r.Automatic})
	}
	return out
}

func stepsJSON(steps []stuck.Step) []Step {
	out := make([]Step, len(steps))
	for i, s := range steps {
		out[i] = stepJSON(s)
	}
	return out
}

func listStuck(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := app.StuckFilter{Kind: stuck.Kind(c.query.Get("kind")), Channel: c.query.Get("channel"), Channels: c.key.Channels, Limit: limit}
	if f.Since, _, err = c.timeParam("since"); err != nil {
		return err
	}
	if f.After, err = stuckPlace(c.query.Get("cursor")); err != nil {
		return err
	}
	found, more, err := c.s.app.Stuck(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	out := List[Step]{Data: stepsJSON(found)}
	if more != nil {
		out.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{string(more.Kind), more.Row, more.ID}, "\x1f")))
	}
	return c.reply(http.StatusOK, out)
}

// stuckPlace reads a cursor of listStuck.
func stuckPlace(cursor string) (at app.StuckCursor, err error) {
	if cursor == "" {
		return at, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.Split(string(b), "\x1f")
	if err != nil || len(parts) != 3 || !text(string(b)) || !known(parts[0]) {
		return at, invalidCursor()
	}
	return app.StuckCursor{Kind: stuck.Kind(parts[0]), Row: parts[1], ID: parts[2]}, nil
}

func known(kind string) bool {
	for _, k := range stuck.Kinds {
		if string(k) == kind {
			return true
		}
	}
	return false
}

func getNext(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	v, steps, err := c.s.app.Next(c.r.Context(), id)
	if err != nil {
		return away(err)
	}
	out := NextSteps{Order: v.Order.ID, Version: v.Order.Version, Status: string(v.Order.Status), Steps: stepsJSON(steps)}
	for _, s := range steps {
		out.Late = out.Late || s.Late
	}
	return c.reply(http.StatusOK, out)
}

func repairOrder(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in RepairOrder
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.Kind != "" && !known(in.Kind) {
		var list errs.List
		list.Add("/kind", "unknown_value", "give one of %s", strings.Join(texts(stuck.Kinds), ", "))
		return list.Err()
	}
	cmd := app.RepairOrder{Order: id, Kind: stuck.Kind(in.Kind), Thing: in.ID}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Repair(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryRepair(c.r.Context(), cmd, m) },
		func(v any) work.Answer {
			r := v.(*app.RepairResult)
			return work.Answer{Status: http.StatusOK, Body: jsonx.Marshal(Repaired{r.View.Order.ID, r.View.Order.Version, stepsJSON(r.Done), stepsJSON(r.Left)})}
		})
}
