package shipping

import "testing"

func TestTrackingPage(t *testing.T) {
	for _, c := range []struct{ carrier, number, want string }{
		{"Royal Mail", "RM 1/2", "https://www.royalmail.com/track-your-item#/tracking-results/RM+1%2F2"},
		{"DHL Express", "1&x=<2>", "https://www.dhl.com/global-en/home/tracking.html?tracking-id=1%26x%3D%3C2%3E"},
		{"ups", "", ""},
		{"Van", "T1", ""},
		{"", "T1", ""},
	} {
		if got := TrackingPage(c.carrier, c.number); got != c.want {
			t.Errorf("%s %s: %s", c.carrier, c.number, got)
		}
	}
}
