package paper

import (
	"strings"
	"testing"

	"ordo/internal/address"
	"ordo/internal/errs"
)

func label() LabelData {
	return LabelData{
		Carrier: "Sandbox", Service: "Express", Tracking: "SBX0012345678905", From: depot, To: london,
		WeightGrams: 1250, Package: 1, Packages: 2, Reference: "100042", At: at, Test: true, Note: "Leave with neighbor at no. 14",
	}
}

func TestLabel(t *testing.T) {
	check(t, "label", func() (*sheet, error) { return drawLabel(label()) })
}

func TestLabelTakesWhatPeopleType(t *testing.T) {
	d := label()
	long := strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 5)
	d.To = address.Address{
		Name: long, Company: long, Line1: strings.Repeat("x", 200), Line2: "東京都千代田区 " + strings.Repeat("🙂", 80),
		City: long, Region: long, PostalCode: "12345678901234567890", Country: "JP",
	}
	d.From, d.Note, d.Reference = d.To, long, long
	check(t, "label-long", func() (*sheet, error) { return drawLabel(d) })
}

func TestLabelNeedsACodeForItsBars(t *testing.T) {
	for _, bad := range []string{"", "トラッキング", strings.Repeat("1", 81)} {
		d := label()
		d.Tracking = bad
		if _, err := Label(d); errs.Is(err, "invalid_barcode") {
			continue
		}
		t.Errorf("tracking %q was taken", bad)
	}
}

func TestLabelNeedsNothingButATrackingNumber(t *testing.T) {
	if _, err := Label(LabelData{Tracking: "1"}); err != nil {
		t.Error(err)
	}
}

// TestEnvelopes: the post of each country finds postal code, place and country where it looks for them. Mail that stays
// in the country that it is sent from needs no country; where nobody knows that, it is there.
func TestEnvelopes(t *testing.T) {
	seattle := address.Address{Name: "Grace Hopper", Line1: "400 Pine Street", City: "Seattle", Region: "WA", PostalCode: "98101", Country: "US"}
	paris := address.Address{Name: "Ada L.", Line1: "3 rue de Rivoli", City: "Paris", PostalCode: "75001", Country: "FR"}
	berlin := address.Address{Name: "Ada L.", Line1: "Torstr. 1", City: "Berlin", PostalCode: "10119", Country: "DE"}
	for _, c := range []struct {
		to   address.Address
		from string
		want string
	}{
		{london, "GB", "12 St James's Square|2nd floor|London|SW1Y 4JH|+44 20 7946 0018"},
		{london, "DE", "2nd floor|London|SW1Y 4JH|UNITED KINGDOM|+44 20 7946 0018"},
		{berlin, "DE", "Torstr. 1|10119 Berlin"},
		{berlin, "US", "Torstr. 1|10119 Berlin|GERMANY"},
		{paris, "FR", "3 rue de Rivoli|75001 Paris"},
		{paris, "", "3 rue de Rivoli|75001 Paris|FRANCE"},
		{seattle, "US", "400 Pine Street|Seattle, WA 98101"},
		{seattle, "GB", "400 Pine Street|Seattle, WA 98101|UNITED STATES"},
	} {
		if got := strings.Join(postal(c.to, c.from, tongue("")), "|"); !strings.HasSuffix(got, c.want) {
			t.Errorf("from %q: %s, want %s", c.from, got, c.want)
		}
		d := label()
		d.To, d.From = c.to, address.Address{Name: "Depot", Company: "Ordo Ltd", Line1: "Unit 7", Line2: "Dock road", City: "Hull", PostalCode: "HU1 1AA", Country: c.from}
		got := text(t, func() (*sheet, error) { return drawLabel(d) })
		for _, line := range strings.Split(c.want, "|") {
			if !strings.Contains(got, "\n"+line+"\n") {
				t.Errorf("the label from %q does not say %q: %s", c.from, line, got)
			}
		}
		if c.from != "" && (c.from == c.to.Country) == strings.Contains(got, strings.ToUpper(tongue("").Country(c.from))+"\n") {
			t.Errorf("the country of the sender in %q is wrong: %s", c.from, got)
		}
	}
}
