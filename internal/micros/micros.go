// Package micros holds points in time as Ordo stores them: whole microseconds since 1970, UTC.
//
// What lives here: the type and its text form. What does not: a clock; times come from the unit of work.
// The one idea: integers sort, index and compare the same in every database, and never carry a zone.
package micros

import "time"

// Time is microseconds since 1970-01-01T00:00:00Z. Zero means "not yet".
type Time int64

// Of converts a time.Time.
func Of(t time.Time) Time { return Time(t.UnixMicro()) }

// Std converts to a time.Time in UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Add returns the time d later, cut to microseconds.
func (t Time) Add(d time.Duration) Time { return t + Time(d/time.Microsecond) }

// String renders RFC 3339 with microseconds, such as 2026-11-22T08:15:30.123456Z; the zero time is empty.
func (t Time) String() string {
	if t == 0 {
		return ""
	}
	return t.Std().Format("2006-01-02T15:04:05.000000Z")
}
