package work

import "slices"

// Step runs a command as a part of another one, in the same unit. The version that the request expects is that of what
// the whole is about, so the part does not look at it.
func Step[R any](u *Unit, c Command[R]) (R, error) {
	expected := u.meta.ExpectedVersion
	u.meta.ExpectedVersion = 0
	defer func() { u.meta.ExpectedVersion = expected }()
	return c.Run(u)
}

// Events are those that the command has recorded so far. Nobody may change them.
func (u *Unit) Events() []Event { return u.events }

// SideBySide brings the events of each aggregate together, in their order: those of one aggregate in one command stand
// side by side in the journal, also where the parts of a command took turns.
func (u *Unit) SideBySide() {
	place := map[string]int{}
	for _, e := range u.events {
		if _, met := place[e.Aggregate]; !met {
			place[e.Aggregate] = len(place)
		}
	}
	slices.SortStableFunc(u.events, func(a, b Event) int { return place[a.Aggregate] - place[b.Aggregate] })
}
