package app

import (
	"context"
	"strings"
	"unicode/utf8"

	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/store"
)

// Views of lists are kept in a small table beside the journal, as sessions are: they say how somebody likes to look at
// things, and nothing of orders depends on them.

// SavedView is a list under a name: the filters that it stands for.
type SavedView struct {
	ID     string
	List   string // that it is of: orders, cases, …
	Owner  string // id of the user
	Name   string
	Query  string // as it stands in the address
	Shared bool   // everybody who sees the list sees it
}

// maxViews is how many views of a list one person keeps.
const (
	maxViews    = 30
	maxViewName = 40
	maxQuery    = 2000
)

const viewColumns = "id, list, owner, name, query, shared"

func scanView(r store.Row) (*SavedView, error) {
	var s SavedView
	var shared int64
	err := r.Scan(&s.ID, &s.List, &s.Owner, &s.Name, &s.Query, &shared)
	s.Shared = shared == 1
	return &s, err
}

// SavedViews are the views of a list that a user sees: own ones first, then those that others share, by name.
func (a *App) SavedViews(ctx context.Context, list, user string) (out []*SavedView, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error {
		s, err := scanView(r)
		out = append(out, s)
		return err
	}, "SELECT "+viewColumns+" FROM saved_views WHERE list = $1 AND (owner = $2 OR shared = 1) ORDER BY CASE WHEN owner = $2 THEN 0 ELSE 1 END, name, id LIMIT $3", list, user, 4*maxViews)
	return out, err
}

// SavedView reads one that a user owns: nobody else changes it.
func (a *App) SavedView(ctx context.Context, list, id, user string) (found *SavedView, err error) {
	err = a.DB.Query(ctx, func(r store.Row) (err error) {
		found, err = scanView(r)
		return err
	}, "SELECT "+viewColumns+" FROM saved_views WHERE id = $1 AND list = $2 AND owner = $3", id, list, user)
	if err == nil && found == nil {
		err = errs.Unknown("view", id)
	}
	return found, err
}

// SaveView keeps a view, or changes one that has an id. A new one takes the place of another of the same list, owner and
// name, so that a form that is sent twice keeps one.
func (a *App) SaveView(ctx context.Context, s SavedView) error {
	s.Name = strings.TrimSpace(s.Name)
	var list errs.List
	switch {
	case s.Name == "":
		list.Add("/name", "required", "give it a name")
	case utf8.RuneCountInString(s.Name) > maxViewName || !utf8.ValidString(s.Name) || strings.ContainsRune(s.Name, 0):
		list.Add("/name", "too_long", "give at most %d characters", maxViewName)
	}
	if len(s.Query) > maxQuery {
		list.Add("/name", "too_long", "these filters are too long to be kept")
	}
	mine, err := a.SavedViews(ctx, s.List, s.Owner)
	if err != nil {
		return err
	}
	own := 0
	for _, x := range mine {
		switch {
		case x.Owner != s.Owner:
		case x.Name == s.Name && s.ID != "" && x.ID != s.ID:
			list.Add("/name", "duplicate", "another of your views has this name")
		case x.Name != s.Name:
			own++
		}
	}
	if own >= maxViews && s.ID == "" {
		list.Add("/name", "too_many", "you keep %d views of this list: delete one first", maxViews)
	}
	if list.Err() != nil {
		return list.Err()
	}
	shared := int64(0)
	if s.Shared {
		shared = 1
	}
	stmt := &store.Stmt{SQL: "UPDATE saved_views SET name = $1, shared = $2 WHERE id = $3 AND owner = $4", Args: []any{s.Name, shared, s.ID, s.Owner}, Want: 1}
	if s.ID == "" {
		stmt = &store.Stmt{
			SQL:  "INSERT INTO saved_views (" + viewColumns + ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (list, owner, name) DO UPDATE SET query = excluded.query, shared = excluded.shared",
			Args: []any{ids.New("view"), s.List, s.Owner, s.Name, s.Query, shared}, Want: 1,
		}
	}
	return store.Write(ctx, a.DB, func(tx store.Tx) error { return tx.Do(ctx, stmt) })
}

// DeleteView forgets a view of a user; one that is gone is gone.
func (a *App) DeleteView(ctx context.Context, id, user string) error {
	return store.Write(ctx, a.DB, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{SQL: "DELETE FROM saved_views WHERE id = $1 AND owner = $2", Args: []any{id, user}, Want: store.AnyRows})
	})
}
