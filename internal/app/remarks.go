package app

import (
	"context"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/order"
	"ordo/internal/work"
)

// Remark changes what people add to an order: a note, its tags or its custom fields. Only what is set is changed.
type Remark struct {
	Order  string
	Note   *string
	Tags   *[]string
	Fields *map[string]any
	By     string
	app    *App
}

// Needs implements work.Command.
func (c *Remark) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.Order) }

// Run implements work.Command.
func (c *Remark) Run(u *work.Unit) (*OrderView, error) {
	cl, err := c.app.loadSeen(u, c.Order, withoutStock)
	if err != nil {
		return nil, err
	}
	var list errs.List
	if c.Tags != nil {
		cl.Order = order.SetTags(cl.Order, order.CheckTags(&list, "/tags", *c.Tags))
		cl.record("order.tagged", Body{})
	}
	if c.Fields != nil {
		p, err := c.app.process(u)
		if err != nil {
			return nil, err
		}
		catalog.CheckFields(&list, "/fields", *c.Fields, p.fields, false)
		cl.Order = order.SetFields(cl.Order, *c.Fields)
		cl.record("order.fields_set", Body{})
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	if c.Note != nil {
		if err := cl.addNote(u, *c.Note, c.By); err != nil {
			return nil, err
		}
	}
	return cl.save(u)
}

// addNote adds a note; its text is personal data and stays out of the event's body.
func (c *cluster) addNote(u *work.Unit, text, by string) (err error) {
	n := order.Note{ID: u.NewID("nte"), At: u.Now(), By: by, Text: text}
	if c.Order, err = order.AddNote(c.Order, n); err != nil {
		return err
	}
	c.record("order.note_added", Body{Note: n.ID})
	return nil
}

// remark is addNote for a text that may be left out.
func (c *cluster) remark(u *work.Unit, text, by string) error {
	if text == "" {
		return nil
	}
	return c.addNote(u, text, by)
}

// Remark runs it.
func (a *App) Remark(ctx context.Context, c Remark, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryRemark is Remark without effect.
func (a *App) TryRemark(ctx context.Context, c Remark, meta work.Meta) (*OrderView, error) {
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}
