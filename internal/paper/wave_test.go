package paper

import "testing"

func wave() WaveData {
	return WaveData{
		Code: "CGN1", Location: "Köln depot (CGN1)", At: at,
		Lines: []WaveLine{
			{SKU: "22423", Name: "Regency cakestand 3 tier", Quantity: 1, For: []WaveShare{{"100043", 1}}},
			{SKU: "85123A", Name: "White hanging heart t-light holder", Quantity: 8, For: []WaveShare{{"100042", 6}, {"100043", 2}}},
		},
		Orders: []WaveOrder{{"100042", "ful_01jq3m8x7h4c2v9k6n5p0r1s2t", 6}, {"100043", "ful_01jq3m8x7h4c2v9k6n5p0r1s2v", 3}},
	}
}

func TestWavePickList(t *testing.T) {
	check(t, "wave", func() (*sheet, error) { return drawWavePickList(wave()) })
}
