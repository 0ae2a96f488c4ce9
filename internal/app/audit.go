package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/people"
	"ordo/internal/store"
)

// AuditFilter narrows the audit view; empty fields do not.
type AuditFilter struct {
	People  bool   // what people did, by hand
	Actor   string // id of a user or key, or system
	Subject string // id of what it was done to
	Type    string // of the event
	Before  int64  // position; 0: from the newest
	Limit   int
}

// auditWindow is how many rows of the journal one page looks through where no index leads to what is asked for, so that
// asking for something rare costs no more than asking for something common. It then has fewer rows than it may, and the
// next page goes on.
const auditWindow = 20_000

// isPeople is the condition of the index journal_people, word for word.
const isPeople = "actor >= 'usr_' AND actor < 'usr`'"

// Audit reads who did what, newest first. next is where to go on, 0 at the end.
func (a *App) Audit(ctx context.Context, f AuditFilter) (rows []journal.Row, next int64, err error) {
	var where strings.Builder
	var args []any
	add := func(condition string, v any) {
		args = append(args, v)
		fmt.Fprintf(&where, " AND "+condition, len(args))
	}
	if f.Before == 0 {
		head, err := a.Head(ctx)
		if err != nil {
			return nil, 0, err
		}
		f.Before = head.Seq + 1
	}
	floor := int64(1)
	switch {
	case f.Subject != "":
		add("aggregate = $%d", f.Subject)
	case f.People || isUser(f.Actor):
		where.WriteString(" AND " + isPeople)
		if f.Actor != "" || f.Type != "" {
			if floor, err = a.peopleFloor(ctx, f.Before); err != nil {
				return nil, 0, err
			}
		}
	case f.Actor != "" || f.Type != "":
		floor = max(floor, f.Before-auditWindow)
	}
	if f.Subject != "" && f.People {
		where.WriteString(" AND " + isPeople)
	}
	if f.Actor != "" {
		add("actor = $%d", f.Actor)
	}
	if f.Type != "" {
		add("type = $%d", f.Type)
	}
	add("seq < $%d", f.Before)
	add("seq >= $%d", floor)
	args = append(args, f.Limit+1)
	err = a.DB.Query(ctx, func(s store.Row) error {
		r, err := journal.Scan(s)
		rows = append(rows, r)
		return err
	}, "SELECT "+journal.Columns+" FROM journal WHERE "+strings.TrimPrefix(where.String(), " AND ")+fmt.Sprintf(" ORDER BY seq DESC LIMIT $%d", len(args)), args...)
	switch {
	case err != nil:
		return nil, 0, err
	case len(rows) > f.Limit:
		rows = rows[:f.Limit]
		return rows, rows[f.Limit-1].Seq, nil
	case floor > 1:
		return rows, floor, nil
	}
	return rows, 0, nil
}

// peopleFloor is where a page that looks through what people did ends.
func (a *App) peopleFloor(ctx context.Context, before int64) (int64, error) {
	floor := int64(1)
	err := a.DB.Query(ctx, func(s store.Row) error { return s.Scan(&floor) }, "SELECT seq FROM journal WHERE "+isPeople+" AND seq < $1 ORDER BY seq DESC LIMIT 1 OFFSET $2", before, auditWindow)
	return floor, err
}

// SeqAt is the position of the last event before a time; 0 for none.
func (a *App) SeqAt(ctx context.Context, at micros.Time) (int64, error) {
	return seqAt(ctx, a.DB, at-1)
}

// UserByEmail is the user who has a mail address, nil for nobody.
func (a *App) UserByEmail(ctx context.Context, email string) (*people.User, error) {
	return a.userBy(ctx, ScopeUserEmail, fold(email))
}

// Names are those of users and keys, by the ids of who did something; others are not in it.
func (a *App) Names(ctx context.Context, actors []string) (map[string]string, error) {
	out := map[string]string{System: "Ordo", BootstrapActor: BootstrapActor}
	var users, keys []string
	for _, id := range slices.Compact(slices.Sorted(slices.Values(actors))) {
		if isUser(id) {
			users = append(users, id)
		} else if strings.HasPrefix(id, "key_") {
			keys = append(keys, id)
		}
	}
	people, err := many(ctx, a.DB, Users, users)
	if err != nil {
		return nil, err
	}
	for _, u := range people {
		out[u.ID] = u.Name
	}
	programs, err := many(ctx, a.DB, APIKeys, keys)
	for _, k := range programs {
		out[k.ID] = k.Name
	}
	return out, err
}
