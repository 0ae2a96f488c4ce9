package ids

import (
	"sort"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestEncodeKnownValues(t *testing.T) {
	for in, want := range map[string]string{
		"00000000-0000-0000-0000-000000000000": "x_00000000000000000000000000",
		"00000000-0000-0000-0000-000000000001": "x_00000000000000000000000001",
		"ffffffff-ffff-ffff-ffff-ffffffffffff": "x_7zzzzzzzzzzzzzzzzzzzzzzzzz",
		"01890a5d-ac96-774b-bcce-b302099a8057": "x_01h455vb4pex5vsknk084sn02q", // TypeID specification, valid.yml
	} {
		if got := encode("x", uuid.MustParse(in)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestNewIsValidUniqueAndSorted(t *testing.T) {
	const n = 10_000
	made := make([]string, n)
	seen := map[string]bool{}
	for i := range made {
		made[i] = New("ord")
		if !Valid("ord", made[i]) || seen[made[i]] {
			t.Fatalf("id %q is not valid or not new", made[i])
		}
		seen[made[i]] = true
	}
	if !sort.StringsAreSorted(made) {
		t.Error("ids made one after the other do not sort that way")
	}
}

func TestValidRefuses(t *testing.T) {
	ok := New("ord")
	for _, bad := range []string{"", "ord", "ord_", ok[:len(ok)-1], ok + "0", "pay" + ok[3:], "ord_8" + ok[5:], "ord_u" + ok[5:], "ORD" + ok[3:]} {
		if Valid("ord", bad) {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestAtDividesTimes(t *testing.T) {
	now := time.Now()
	before, after := At("ord", now.Add(-time.Second)), At("ord", now.Add(time.Second))
	if id := New("ord"); !Valid("ord", before) || before >= id || id >= after {
		t.Errorf("%s, %s, %s", before, id, after)
	}
	if At("x", time.Unix(-5, 0)) != At("x", time.Unix(0, 0)) {
		t.Error("a time before 1970 is not the first one")
	}
}
