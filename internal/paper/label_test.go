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
