package sourcing

import (
	"math"
	"strconv"
	"strings"
)

// Place is where something is: coordinates in millionths of a degree where they are known (not both zero), and the
// parts of the address that say how near two places are where they are not.
type Place struct {
	Latitude   int64
	Longitude  int64
	PostalCode string
	Region     string
	Country    string
}

func (p Place) located() bool { return p.Latitude != 0 || p.Longitude != 0 }

// Kilometers that stand for "in the same …" where coordinates are missing.
const (
	samePostalArea = 10
	sameRegion     = 100
	sameCountry    = 500
	elsewhere      = 5_000
)

// postalPrefix is how many characters of a postal code name the same area.
const postalPrefix = 2

// kilometers is the distance of two places: the great circle where both have coordinates, else an estimate from what
// their addresses share.
func kilometers(a, b Place) int64 {
	switch {
	case a.located() && b.located():
		return greatCircle(a, b)
	case a.Country != b.Country || a.Country == "":
		return elsewhere
	case sharesPrefix(a.PostalCode, b.PostalCode):
		return samePostalArea
	case a.Region != "" && strings.EqualFold(a.Region, b.Region):
		return sameRegion
	}
	return sameCountry
}

func sharesPrefix(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	return len(a) > postalPrefix && len(b) > postalPrefix && strings.EqualFold(a[:postalPrefix], b[:postalPrefix])
}

// greatCircle is the haversine formula on a sphere of 6371 km, rounded to kilometers: the only place where a float
// appears, and none leaves it.
func greatCircle(a, b Place) int64 {
	const earth = 6371
	rad := func(micro int64) float64 { return float64(micro) / 1e6 * math.Pi / 180 }
	lat1, lat2 := rad(a.Latitude), rad(b.Latitude)
	sinLat, sinLong := math.Sin((lat2-lat1)/2), math.Sin(rad(b.Longitude-a.Longitude)/2)
	h := sinLat*sinLat + math.Cos(lat1)*math.Cos(lat2)*sinLong*sinLong
	return int64(math.Round(2 * earth * math.Asin(math.Sqrt(min(1, h)))))
}

func pointer(base string, i int) string { return base + "/" + strconv.Itoa(i) }
