package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/returns"
	"ordo/internal/store"
	"ordo/internal/work"
)

// jobReturn looks at a return at its time: it expires, or the units of an exchange in advance are overdue.
const jobReturn = "return_due"

type returnJob struct {
	Order  string      `json:"order"`
	Return string      `json:"return"`
	At     micros.Time `json:"at"` // not before
}

func registerReturns(a *App) {
	a.Jobs.Handle(jobReturn, a.runReturnJob)
	a.Jobs.Schedule("sweep_returns", 10*time.Minute, a.sweepReturns)
}

// MoveReturn takes a return one step on. Which fields it takes depends on the step.
type MoveReturn struct {
	Return   string
	Step     string // approve, decline, cancel, ship, lose, receive, inspect, dispose
	Reason   string // decline, cancel
	Override string // approve: a code, when it goes over the policy
	Carrier  string // ship
	Tracking string // ship
	Prepaid  bool   // ship: with a label that the merchant paid for
	Arrival  returns.Arrival
	Looks    []returns.Look
	Piece    string
	Quantity int64 // dispose; 0: all of the piece
	Look     returns.Look
	By       string
	May      func(scope string) bool
	order    string // what it belongs to; never changes
	app      *App
}

// returnSteps are the steps that people and systems can take.
var returnSteps = map[string]func(c *MoveReturn, u *work.Unit, cl *cluster, r *returns.Return) error{
	"approve": (*MoveReturn).approve,
	"decline": (*MoveReturn).decline,
	"cancel":  (*MoveReturn).cancel,
	"ship":    (*MoveReturn).ship,
	"lose":    (*MoveReturn).lose,
	"receive": (*MoveReturn).receive,
	"inspect": (*MoveReturn).inspect,
	"dispose": (*MoveReturn).dispose,
	"charge":  (*MoveReturn).charge,
	"waive":   (*MoveReturn).waive,
}

// Needs implements work.Command.
func (c *MoveReturn) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.order) }

// Run implements work.Command.
func (c *MoveReturn) Run(u *work.Unit) (*ReturnView, error) {
	cl, err := c.app.load(u, c.order, withoutStock)
	if err != nil {
		return nil, err
	}
	r := cl.findReturn(c.Return)
	if r == nil {
		return nil, errs.Unknown("return", c.Return)
	}
	if err := u.CheckVersion("return", r.Version); err != nil {
		return nil, err
	}
	if !slices.Contains(returns.Allowed(r), c.Step) {
		return nil, errs.IllegalTransition("the "+string(r.Type), string(r.Status), c.Step, returns.Allowed(r))
	}
	if err := cl.returnPositions(u, r); err != nil {
		return nil, err
	}
	if err := returnSteps[c.Step](c, u, cl, r); err != nil {
		return nil, err
	}
	return cl.saveReturn(u, r.ID)
}

// returnPositions has the positions of its SKUs at hand: the stock of returns moves whatever the state of the order.
func (c *cluster) returnPositions(u *work.Unit, r *returns.Return) error {
	return u.Require(func(n *work.Needs) {
		for _, l := range r.Lines {
			n.Positions(skusOf(c.Order.Line(l.Line))...)
		}
	})
}

func (c *MoveReturn) approve(u *work.Unit, cl *cluster, r *returns.Return) error {
	return cl.approveReturn(u, r, false, nil)
}

// DeclineReasons are why a return is not approved.
var DeclineReasons = []string{"policy", "window_over", "final_sale", "condition", "abuse", "other"}

func (c *MoveReturn) decline(u *work.Unit, cl *cluster, r *returns.Return) error {
	var list errs.List
	checkReason(&list, "/reason", c.Reason, DeclineReasons)
	if err := list.Err(); err != nil {
		return err
	}
	return cl.endReturn(u, r, "decline", c.Reason, "declined")
}

// ReturnCancelReasons are why a return is given up.
var ReturnCancelReasons = []string{"customer", "kept", "mistake", "other"}

func (c *MoveReturn) cancel(u *work.Unit, cl *cluster, r *returns.Return) error {
	var list errs.List
	checkReason(&list, "/reason", c.Reason, ReturnCancelReasons)
	if err := list.Err(); err != nil {
		return err
	}
	return cl.endReturn(u, r, "cancel", c.Reason, "canceled")
}

// endReturn gives up what has not come.
func (c *cluster) endReturn(u *work.Unit, r *returns.Return, step, reason, event string) error {
	r, err := returns.End(r, step, reason, u.Now())
	if err != nil {
		return err
	}
	if err := c.passReturn(r, event); err != nil || r.Swap == nil || r.Swap.Over() {
		return err
	}
	return c.refuseSwap(u, r, event)
}

// ship notes that the customer has sent it, on own account or with the label.
func (c *MoveReturn) ship(_ *work.Unit, cl *cluster, r *returns.Return) error {
	var list errs.List
	if utf8.RuneCountInString(c.Carrier) > 100 {
		list.Add("/carrier", "too_long", "at most 100 characters")
	}
	if utf8.RuneCountInString(c.Tracking) > 100 {
		list.Add("/tracking_number", "too_long", "at most 100 characters")
	}
	if err := list.Err(); err != nil {
		return err
	}
	tracking := strings.TrimSpace(c.Tracking)
	if err := cl.sendable(r, tracking); err != nil {
		return err
	}
	r, err := returns.Ship(r, c.Carrier, tracking)
	if err != nil {
		return err
	}
	r.Prepaid = c.Prepaid
	return cl.passReturn(r, "in_transit")
}

// lose says that the parcel will never arrive. A claim may follow.
func (c *MoveReturn) lose(u *work.Unit, cl *cluster, r *returns.Return) error {
	return cl.endReturn(u, r, "lose", "lost", "lost")
}

// receive takes what came into the quality bucket of the location.
func (c *MoveReturn) receive(u *work.Unit, cl *cluster, r *returns.Return) error {
	c.Arrival.By = c.By
	next, err := returns.Receive(r, c.Arrival, u.Now())
	if err != nil {
		return err
	}
	if err := cl.setReturn(next); err != nil {
		return err
	}
	body := cl.record(returnWord(r)+".received", Body{Return: next})
	for _, l := range c.Arrival.Lines {
		body.Stock = append(body.Stock, cl.stock(inventory.Arrive, l.Line, r.Location, l.Quantity)...)
	}
	if err := u.Move(body.Stock...); err != nil {
		return err
	}
	return cl.followReturn(u, r.ID)
}

// inspect says what is accepted, and what becomes of each unit.
func (c *MoveReturn) inspect(u *work.Unit, cl *cluster, r *returns.Return) error {
	if err := c.knownPlaces(u, "/units/", c.Looks...); err != nil {
		return err
	}
	next, err := returns.Inspect(r, c.Looks, c.By, u.Now())
	if err != nil {
		return err
	}
	if err := cl.setReturn(next); err != nil {
		return err
	}
	body := cl.record(returnWord(r)+".inspected", Body{Return: next})
	for _, p := range next.Pieces[len(r.Pieces):] {
		body.Stock = append(body.Stock, cl.shelve(next, p)...)
	}
	if err := u.Move(body.Stock...); err != nil {
		return err
	}
	return cl.followReturn(u, r.ID)
}

// dispose gives units that were refurbished or quarantined their next disposition.
func (c *MoveReturn) dispose(u *work.Unit, cl *cluster, r *returns.Return) error {
	if err := c.knownPlaces(u, "", c.Look); err != nil {
		return err
	}
	n := c.Quantity
	if p := r.Piece(c.Piece); n == 0 && p != nil {
		n = p.Quantity
	}
	next, err := returns.Move(r, c.Piece, n, c.Look, c.By, u.Now())
	if err != nil {
		return err
	}
	if err := cl.setReturn(next); err != nil {
		return err
	}
	moved := *next.Piece(c.Piece)
	if len(next.Pieces) > len(r.Pieces) {
		moved = next.Pieces[len(r.Pieces)]
	}
	body := cl.record(returnWord(r)+".dispositioned", Body{Return: next, Stock: cl.shelve(next, moved)})
	if err := u.Move(body.Stock...); err != nil {
		return err
	}
	return cl.followReturn(u, r.ID)
}

func (c *MoveReturn) knownPlaces(u *work.Unit, at string, looks ...returns.Look) error {
	var list errs.List
	for i, k := range looks {
		if k.Location == "" {
			continue
		}
		where := "/location"
		if at != "" {
			where = at + strconv.Itoa(i) + "/location"
		}
		if err := checkLocation(u, &list, where, k.Location); err != nil {
			return err
		}
	}
	return list.Err()
}

// followReturn is what follows from units that came or were looked at: money for what was accepted, and the end.
func (c *cluster) followReturn(u *work.Unit, id string) error {
	r := c.findReturn(id)
	if r.Swap == nil || r.Swap.Status == returns.SwapCharged || r.Swap.Status == returns.SwapRefunded {
		if err := c.refundReturn(u, id); err != nil {
			return err
		}
	} else if err := c.settleSwap(u, id); err != nil {
		return err
	}
	return c.closeDone(u, id)
}

// closeDone closes a return of which nothing is left to do.
func (c *cluster) closeDone(u *work.Unit, id string) error {
	r := c.findReturn(id)
	if !returns.Done(r) {
		return nil
	}
	r, err := returns.Close(r, u.Now())
	if err != nil {
		return err
	}
	return c.passReturn(r, "closed")
}

// DueReturn is what time does to a return.
type DueReturn struct {
	returnJob
	job string
	app *App
}

// Needs implements work.Command.
func (c *DueReturn) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *DueReturn) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.load(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	if c.job != "" {
		u.FinishJob(c.job, c.app.node)
	}
	r := cl.findReturn(c.Return)
	if r == nil {
		return &cl.OrderView, nil
	}
	due := ReturnDue(r)
	switch {
	case due == 0: // it went on
		return &cl.OrderView, nil
	case due > u.Now(): // later, or the clock that started the job runs ahead of this one
		u.Enqueue(jobReturn, returnJob{c.Order, r.ID, due}, due)
		return &cl.OrderView, nil
	}
	if s := r.Swap; s != nil && s.Status == returns.SwapReleased && due == s.DueAt {
		err = cl.overdueSwap(u, r)
	} else {
		err = cl.endReturn(u, r, "expire", "expired", "expired")
	}
	if err != nil {
		return nil, err
	}
	cl.watchReturn(u, cl.findReturn(r.ID))
	return cl.save(u)
}

// watchReturn has a return looked at when its time comes.
func (c *cluster) watchReturn(u *work.Unit, r *returns.Return) {
	if at := ReturnDue(r); at != 0 {
		u.Enqueue(jobReturn, returnJob{c.Order.ID, r.ID, at}, at)
	}
}

func (a *App) runReturnJob(ctx context.Context, j jobs.Job) error {
	var args returnJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	_, err := work.Do(ctx, a.Committer, &DueReturn{returnJob: args, job: j.ID, app: a}, a.system())
	return err
}

// sweepReturns looks for returns whose time has come and that no job has met.
func (a *App) sweepReturns(ctx context.Context) error {
	var due []returnJob
	now := micros.Of(time.Now()) // only to choose: the command decides by its own clock
	err := a.DB.Query(ctx, func(r store.Row) error {
		var j returnJob
		err := r.Scan(&j.Return, &j.Order)
		due = append(due, j)
		return err
	}, "SELECT id, order_id FROM returns WHERE due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT 500", int64(now))
	if err != nil {
		return err
	}
	for _, j := range due {
		if _, err := work.Do(ctx, a.Committer, &DueReturn{returnJob: j, app: a}, a.system()); err != nil {
			return err
		}
	}
	return nil
}

// StepReturn runs MoveReturn.
func (a *App) StepReturn(ctx context.Context, c MoveReturn, meta work.Meta) work.Outcome {
	r, err := one(ctx, a.DB, Returns, c.Return)
	if err != nil {
		return work.Outcome{Err: err}
	}
	c.order, c.app = r.Order, a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryStepReturn is StepReturn without effect.
func (a *App) TryStepReturn(ctx context.Context, c MoveReturn, meta work.Meta) (*ReturnView, error) {
	r, err := one(ctx, a.DB, Returns, c.Return)
	if err != nil {
		return nil, err
	}
	c.order, c.app = r.Order, a
	return work.DryRun(ctx, a.Committer, &c, meta)
}
