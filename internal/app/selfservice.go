package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/ids"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/work"
)

// A self-service link lets whoever has it see how an order stands, and do some of what its customer may do. Nothing of
// it is stored but the event that it was made: what it says stands in its token, signed with a secret of this
// installation. The order counts how often its links were revoked; a token of an earlier count is worth nothing.

// What a link may allow. Every link shows how the order stands.
const (
	AllowStatus  = "status"
	AllowCancel  = "cancel"
	AllowAddress = "address"
	AllowReturn  = "return"
)

// LinkRights lists them, in the order in which they stand in tokens.
var LinkRights = []string{AllowStatus, AllowCancel, AllowAddress, AllowReturn}

// CustomerLink is what a self-service link says.
type CustomerLink struct {
	Order     string      `json:"-"` // the event's aggregate
	Allow     []string    `json:"allow"`
	Round     int64       `json:"round"` // how often the links of the order had been revoked
	ExpiresAt micros.Time `json:"expires_at"`
}

// How long self-service links last, in minutes.
const (
	DefaultCustomerLinkMinutes = 60 * 24 * 60
	MaxCustomerLinkMinutes     = 366 * 24 * 60
)

// CustomerActor is the actor of what customers do by a link.
const CustomerActor = "customer"

// CustomerLinkPath is where links lead to, before their tokens: a page for the customer.
const CustomerLinkPath = "/my-order/"

// CustomerReturnPath follows the token in links that lead to sending something back.
const CustomerReturnPath = "/return"

const (
	customerLinkSecret  = "customer_links"
	customerLinkPurpose = "ordo self-service link"
)

// CustomerToken is the token of a link.
func (a *App) CustomerToken(ctx context.Context, l CustomerLink) (string, error) {
	key, err := a.secret(ctx, customerLinkSecret)
	if err != nil {
		return "", err
	}
	rights := int64(0)
	for i, r := range LinkRights {
		if slices.Contains(l.Allow, r) {
			rights |= 1 << i
		}
	}
	says := strings.Join([]string{bare(l.Order), strconv.FormatInt(rights, 36), strconv.FormatInt(l.Round, 36), strconv.FormatInt(int64(l.ExpiresAt), 36)}, ".")
	return says + "." + seal(customerLinkPurpose, key, says), nil
}

// unknownLink is the answer to every token that opens nothing: forged, cut off, expired and revoked ones look the same.
func unknownLink() error {
	return errs.New(errs.NotFound, "not_found", "there is no such link, or it has ended; ask the shop for a new one")
}

// ReadCustomerLink reads a token, without looking at the order.
func (a *App) ReadCustomerLink(ctx context.Context, token string) (l CustomerLink, err error) {
	key, err := a.secret(ctx, customerLinkSecret)
	if err != nil {
		return l, err
	}
	says, ok := opened(customerLinkPurpose, key, token)
	parts := strings.Split(says, ".")
	if !ok || len(parts) != 4 {
		return l, unknownLink()
	}
	rights, err1 := strconv.ParseInt(parts[1], 36, 64)
	round, err2 := strconv.ParseInt(parts[2], 36, 64)
	expires, err3 := strconv.ParseInt(parts[3], 36, 64)
	l = CustomerLink{Order: "ord_" + parts[0], Round: round, ExpiresAt: micros.Time(expires)}
	if err1 != nil || err2 != nil || err3 != nil || !ids.Valid("ord", l.Order) || a.now() >= l.ExpiresAt {
		return l, unknownLink()
	}
	for i, r := range LinkRights {
		if rights&(1<<i) != 0 {
			l.Allow = append(l.Allow, r)
		}
	}
	return l, nil
}

// opens reports whether the link is of the order as it is: its links were not revoked since, and it was placed.
func (l *CustomerLink) opens(o *order.Order, now micros.Time) bool {
	return l.Round == o.LinkRound && now < l.ExpiresAt && o.Status != order.Draft
}

// CreateCustomerLink makes a self-service link.
type CreateCustomerLink struct {
	Order   string
	Allow   []string
	Minutes int64 // 0: DefaultCustomerLinkMinutes
	app     *App
}

// Needs implements work.Command.
func (c *CreateCustomerLink) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *CreateCustomerLink) Run(u *work.Unit) (CustomerLink, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return CustomerLink{}, err
	}
	if err := c.check(); err != nil {
		return CustomerLink{}, err
	}
	if cl.Order.Status == order.Draft {
		return CustomerLink{}, errs.IllegalTransition("the order", string(cl.Order.Status), "link", order.Allowed(cl.Order))
	}
	l := CustomerLink{Order: cl.Order.ID, Round: cl.Order.LinkRound, ExpiresAt: u.Now().Add(time.Duration(c.Minutes) * time.Minute)}
	for _, r := range LinkRights {
		if r == AllowStatus || slices.Contains(c.Allow, r) {
			l.Allow = append(l.Allow, r)
		}
	}
	cl.record("order.link_created", Body{CustomerLink: &l})
	_, err = cl.save(u)
	return l, err
}

func (c *CreateCustomerLink) check() error {
	var list errs.List
	if c.Minutes == 0 {
		c.Minutes = DefaultCustomerLinkMinutes
	}
	if c.Minutes < 1 || c.Minutes > MaxCustomerLinkMinutes {
		list.Add("/expires_in_minutes", "out_of_range", "give minutes, from 1 to %d", MaxCustomerLinkMinutes)
	}
	for i, r := range c.Allow {
		if !slices.Contains(LinkRights, r) {
			list.Add("/allow/"+strconv.Itoa(i), "unknown_value", "give some of %s", strings.Join(LinkRights, ", "))
		}
	}
	return list.Err()
}

// RevokeCustomerLinks ends all self-service links of an order.
type RevokeCustomerLinks struct {
	Order string
	app   *App
}

// Needs implements work.Command.
func (c *RevokeCustomerLinks) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *RevokeCustomerLinks) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	cl.Order = order.Clone(cl.Order)
	cl.Order.LinkRound++
	cl.record("order.links_revoked", Body{})
	return cl.save(u)
}

// A guard is what must hold, beside the rules of a command, where a customer runs it by a link.
type guard func(cl *cluster, now micros.Time) error

// pass asks the guard, if there is one.
func (g guard) pass(cl *cluster, u *work.Unit) error {
	if g == nil {
		return nil
	}
	return g(cl, u.Now())
}

// by is the guard of a link: it opens the order as it is now, and it allows the step.
func (l CustomerLink) by(right string, also guard) guard {
	return func(cl *cluster, now micros.Time) error {
		if !l.opens(cl.Order, now) {
			return unknownLink()
		}
		if !slices.Contains(l.Allow, right) {
			return errs.New(errs.Forbidden, "link_forbids", "this link does not allow to %s; ask the shop", right).With("allowed", l.Allow)
		}
		if also == nil {
			return nil
		}
		return also(cl, now)
	}
}

// unreleased refuses what customers may do only until a location has the order.
func unreleased(cl *cluster, _ micros.Time) error {
	if !cl.unreleased() {
		return errs.New(errs.Conflict, "already_released", "the order is being packed or has left; ask the shop, or return it when it is there")
	}
	return nil
}

func (v *OrderView) unreleased() bool {
	return !slices.ContainsFunc(v.Fulfillments, func(f *fulfillment.Fulfillment) bool {
		s := f.Stage()
		return s != fulfillment.Planned && s != fulfillment.Scheduled && s != fulfillment.Canceled && s != fulfillment.Rejected
	})
}

// LinkOrder runs CreateCustomerLink.
func (a *App) LinkOrder(ctx context.Context, c CreateCustomerLink, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryLinkOrder is LinkOrder without effect.
func (a *App) TryLinkOrder(ctx context.Context, c CreateCustomerLink, meta work.Meta) (CustomerLink, error) {
	c.app = a
	l, err := work.DryRun(ctx, a.Committer, &c, meta)
	l.Order = ""
	return l, err
}

// RevokeLinks runs RevokeCustomerLinks.
func (a *App) RevokeLinks(ctx context.Context, id string, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &RevokeCustomerLinks{Order: id, app: a}, meta)
}

// TryRevokeLinks is RevokeLinks without effect.
func (a *App) TryRevokeLinks(ctx context.Context, id string, meta work.Meta) (*OrderView, error) {
	return work.DryRun(ctx, a.Committer, &RevokeCustomerLinks{Order: id, app: a}, meta)
}
