package people

import (
	"time"

	"ordo/internal/micros"
)

// Tries is what is known of a user's failed sign-ins.
type Tries struct {
	Failures int64       // since the last good one
	Until    micros.Time // refused until then
	Step     int64       // of the last one-time code that was used
}

// Lockout: a few mistakes are free, then each doubles the wait. A person who comes back after a coffee gets in, a program
// gets a hundred guesses in four days.
const (
	freeTries = 5
	firstWait = time.Minute
	lastWait  = time.Hour
)

// Failed counts one more failure.
func (t Tries) Failed(now micros.Time) Tries {
	t.Failures++
	if over := t.Failures - freeTries; over >= 0 {
		wait := lastWait
		if over < 6 {
			wait = min(lastWait, firstWait<<over)
		}
		t.Until = now.Add(wait)
	}
	return t
}

// Session is a signed-in browser. The id is the SHA-256 of the token in its cookie.
type Session struct {
	ID        string
	User      string
	Epoch     int64 // of the user when it was made
	CreatedAt micros.Time
	RotatedAt micros.Time // when this token was made
	SeenAt    micros.Time // to the minute
	EndsAt    micros.Time
	Agent     string // the browser, as it calls itself
	Address   string // where it came from
}

// Limits are how long sessions last.
type Limits struct {
	Idle time.Duration // without a request
	Age  time.Duration // from the sign-in
}

// RotateAfter is how old a token may become before the browser gets another one. RotateGrace is how long the old one still
// works, for requests that were on their way.
const (
	RotateAfter = 30 * time.Minute
	RotateGrace = time.Minute
)

// Ends is when a session ends that is used now.
func (l Limits) Ends(createdAt, now micros.Time) micros.Time {
	return min(createdAt.Add(l.Age), now.Add(l.Idle))
}

// Good reports whether a session still counts for its user.
func (s *Session) Good(u *User, now micros.Time) bool {
	return now < s.EndsAt && u.Active && s.Epoch == u.Epoch
}

// Stale reports whether the token is due for rotation. One on its grace is not.
func (s *Session) Stale(now micros.Time) bool {
	return now >= s.RotatedAt.Add(RotateAfter) && s.EndsAt > now.Add(RotateGrace)
}
