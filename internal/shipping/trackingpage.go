package shipping

import (
	"net/url"
	"strings"
)

// trackingPages are the public pages of carriers that customers know, by the beginning of the carrier's name in small
// letters without spaces and signs. The number is put in at the end.
var trackingPages = []struct{ carrier, page string }{
	{"dhl", "https://www.dhl.com/global-en/home/tracking.html?tracking-id="},
	{"deutschepost", "https://www.deutschepost.de/sendung/simpleQuery.html?form.sendungsnummer="},
	{"dpd", "https://tracking.dpd.de/parcelstatus?query="},
	{"evri", "https://www.evri.com/track/parcel/"},
	{"fedex", "https://www.fedex.com/fedextrack/?trknbr="},
	{"gls", "https://gls-group.eu/track/"},
	{"hermes", "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#"},
	{"parcelforce", "https://www.parcelforce.com/track-trace?trackNumber="},
	{"royalmail", "https://www.royalmail.com/track-your-item#/tracking-results/"},
	{"ups", "https://www.ups.com/track?tracknum="},
	{"usps", "https://tools.usps.com/go/TrackConfirmAction?tLabels="},
}

// TrackingPage is where a customer may look where a parcel is; "" for a carrier without a page that is known here.
func TrackingPage(carrier, number string) string {
	if number == "" {
		return ""
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(carrier))
	for _, p := range trackingPages {
		if strings.HasPrefix(name, p.carrier) {
			return p.page + url.QueryEscape(number)
		}
	}
	return ""
}
