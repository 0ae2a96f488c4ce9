package people

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// TestCode checks the vectors of RFC 6238, appendix B (SHA-1; its eight digits end in these six).
func TestCode(t *testing.T) {
	secret := Secret32([]byte("12345678901234567890"))
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		now := micros.Of(time.Unix(at, 0))
		got, err := Code(secret, Step(now))
		if err != nil || got != want {
			t.Errorf("at %d: %s %v, want %s", at, got, err, want)
		}
		step, ok := CheckCode(secret, got[:3]+" "+got[3:], now.Add(30*time.Second), 0)
		if !ok {
			t.Errorf("at %d: the code of one step before is refused", at)
		}
		if _, ok := CheckCode(secret, got, now, step); ok {
			t.Errorf("at %d: a code counts twice", at)
		}
		if _, ok := CheckCode(secret, got, now.Add(2*time.Minute), 0); ok {
			t.Errorf("at %d: an old code counts", at)
		}
	}
}

func TestPasswords(t *testing.T) {
	u := &User{Email: "grace.hopper@example.com", Name: "Grace Hopper"}
	for password, fine := range map[string]bool{
		"four warm copper kettles": true, "Zq7!mPw2#x9L": true, "κλειδί της πόρτας": true,
		"short": false, "password1234": false, "Passwort2026!": false, "grace.hopper1": false, "aaaaaaaaaaaaaaaa": false, "abababababababab": false, strings.Repeat("long ", 60): false,
	} {
		var list errs.List
		u.CheckPassword(&list, "/new", password)
		if list.Empty() != fine {
			t.Errorf("%q: %v", password, list.Err())
		}
	}
	hash := Hash("four warm copper kettles", make([]byte, SaltLen))
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || !Matches(hash, "four warm copper kettles") || Matches(hash, "four warm copper kettle") {
		t.Error(hash)
	}
	for _, broken := range []string{"", "x", "$argon2id$v=19$m=1,t=0,p=0$AA$", "$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA", "$bcrypt$v=19$m=1,t=1,p=1$AA$AA"} {
		if Matches(broken, "") {
			t.Errorf("%q matches", broken)
		}
	}
}

// TestLockout counts how many guesses a day leaves.
func TestLockout(t *testing.T) {
	var tries Tries
	now := micros.Of(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
	guesses := 0
	for end := now.Add(24 * time.Hour); now < end; now = now.Add(time.Second) {
		if now >= tries.Until {
			tries = tries.Failed(now)
			guesses++
		}
	}
	if guesses > 40 || guesses < 10 {
		t.Errorf("%d guesses in a day", guesses)
	}
}

func TestSessions(t *testing.T) {
	l := Limits{Idle: 8 * time.Hour, Age: 24 * time.Hour}
	start := micros.Of(time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC))
	if l.Ends(start, start.Add(20*time.Hour)) != start.Add(24*time.Hour) {
		t.Error("use makes a session older than it may become")
	}
	u := &User{Active: true, Epoch: 3}
	s := &Session{Epoch: 3, CreatedAt: start, RotatedAt: start, EndsAt: l.Ends(start, start)}
	for _, c := range []struct {
		name        string
		after       time.Duration
		user        User
		good, stale bool
	}{
		{"fresh", 0, *u, true, false},
		{"due for rotation", 30 * time.Minute, *u, true, true},
		{"idle", 8 * time.Hour, *u, false, false},
		{"disabled", time.Minute, User{Epoch: 3}, false, false},
		{"signed out everywhere", time.Minute, User{Active: true, Epoch: 4}, false, false},
	} {
		now := start.Add(c.after)
		if s.Good(&c.user, now) != c.good || c.good && s.Stale(now) != c.stale {
			t.Errorf("%s: good %v, stale %v", c.name, s.Good(&c.user, now), s.Stale(now))
		}
	}
	s.EndsAt = start.Add(31*time.Minute + RotateGrace)
	if s.Stale(start.Add(31 * time.Minute)) {
		t.Error("a token on its grace is rotated again")
	}
}

func TestShippedRoles(t *testing.T) {
	roles := Shipped()
	for _, r := range roles {
		var list errs.List
		r.Clean(&list, append(slices.Clone(r.Scopes), "*"))
		if !list.Empty() {
			t.Error(r.ID, list.Err())
		}
	}
	scopes, discount := Grants(roles[1:3])
	if !slices.Contains(scopes, "cases:write") || discount != 100 || slices.Contains(scopes, "users:write") {
		t.Error(scopes, discount)
	}
}

func TestRecovery(t *testing.T) {
	u := &User{Recovery: []string{RecoveryHash("abcd-efgh-2345"), RecoveryHash("wxyz-7654-abcd")}}
	before := u.Recovery
	if u.UseRecovery("nope") || !u.UseRecovery(" ABCD efgh2345") || u.UseRecovery("abcd-efgh-2345") || len(u.Recovery) != 1 || len(before) != 2 {
		t.Error(u.Recovery, before)
	}
}
