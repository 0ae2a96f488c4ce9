package retail

import "fmt"

// place is where the orders of a country go.
type place struct {
	address     Address
	unspecified bool // the source names no single country
}

func placeOf(country string) (place, error) {
	p, ok := places[country]
	if !ok {
		return place{}, fmt.Errorf("country %q is not known", country)
	}
	return p, nil
}

// at makes a placeholder address. Cities and postal codes exist, the street
// does not.
func at(country, city, postalCode string) place {
	return place{address: Address{Line1: "1 Placeholder Street", City: city, PostalCode: postalCode, Country: country}}
}

func (p place) in(region string) place {
	p.address.Region = region
	return p
}

func nowhere() place {
	p := at("GB", "London", "EC1A 1BB")
	p.unspecified = true
	return p
}

// places has every country name of the whole source, of which these five days
// are a part.
var places = map[string]place{
	"Australia":            at("AU", "Sydney", "2000").in("NSW"),
	"Austria":              at("AT", "Vienna", "1010"),
	"Bahrain":              at("BH", "Manama", "317"),
	"Belgium":              at("BE", "Brussels", "1000"),
	"Brazil":               at("BR", "Sao Paulo", "01001-000").in("SP"),
	"Canada":               at("CA", "Ottawa", "K1P 1J1").in("ON"),
	"Channel Islands":      at("JE", "St Helier", "JE2 3AB"),
	"Cyprus":               at("CY", "Nicosia", "1010"),
	"Czech Republic":       at("CZ", "Prague", "110 00"),
	"Denmark":              at("DK", "Copenhagen", "1050"),
	"EIRE":                 at("IE", "Dublin", "D02 AF30"),
	"European Community":   nowhere(),
	"Finland":              at("FI", "Helsinki", "00100"),
	"France":               at("FR", "Paris", "75001"),
	"Germany":              at("DE", "Berlin", "10115"),
	"Greece":               at("GR", "Athens", "105 57"),
	"Hong Kong":            at("HK", "Hong Kong", ""), // has no postal codes
	"Iceland":              at("IS", "Reykjavik", "101"),
	"Israel":               at("IL", "Jerusalem", "9100001"),
	"Italy":                at("IT", "Rome", "00184").in("RM"),
	"Japan":                at("JP", "Chiyoda-ku", "100-0001").in("Tokyo"),
	"Lebanon":              at("LB", "Beirut", "1107 2020"),
	"Lithuania":            at("LT", "Vilnius", "01100"),
	"Malta":                at("MT", "Valletta", "VLT 1117"),
	"Netherlands":          at("NL", "Amsterdam", "1012 AB"),
	"Norway":               at("NO", "Oslo", "0150"),
	"Poland":               at("PL", "Warsaw", "00-001"),
	"Portugal":             at("PT", "Lisbon", "1100-148"),
	"RSA":                  at("ZA", "Cape Town", "8001"),
	"Saudi Arabia":         at("SA", "Riyadh", "11564"),
	"Singapore":            at("SG", "Singapore", "018956"),
	"Spain":                at("ES", "Madrid", "28001"),
	"Sweden":               at("SE", "Stockholm", "111 20"),
	"Switzerland":          at("CH", "Zurich", "8001"),
	"USA":                  at("US", "New York", "10001").in("NY"),
	"United Arab Emirates": at("AE", "Dubai", ""), // has no postal codes
	"United Kingdom":       at("GB", "London", "EC1A 1BB"),
	"Unspecified":          nowhere(),
}
