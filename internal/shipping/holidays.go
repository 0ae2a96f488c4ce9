package shipping

import (
	"maps"
	"slices"
	"sync"
	_ "time/tzdata" // time zones are where the program is

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	austria "github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// holidayTables are the public holidays by country, and by state where a country has none of its own.
var holidayTables = map[string][]*cal.Holiday{
	"AR": ar.Holidays, "AT": austria.Holidays, "BE": be.Holidays, "BG": bg.Holidays, "BR": br.Holidays, "CA": ca.Holidays, "CH": ch.Holidays,
	"CZ": cz.Holidays, "DE": de.Holidays, "DK": dk.Holidays, "ES": es.Holidays, "FR": fr.Holidays, "GB": gb.Holidays, "GR": gr.Holidays,
	"HR": hr.Holidays, "IE": ie.Holidays, "IT": it.Holidays, "JP": jp.Holidays, "LT": lt.Holidays, "LV": lv.Holidays, "NL": nl.Holidays,
	"NO": no.Holidays, "NZ": nz.Holidays, "PL": pl.Holidays, "RO": ro.Holidays, "SE": se.Holidays, "SI": si.Holidays, "SK": sk.Holidays,
	"UA": ua.Holidays, "US": us.Holidays, "ZA": za.Holidays, "AU-NSW": au.HolidaysNSW, "AU-QLD": au.HolidaysQLD, "AU-VIC": au.HolidaysVIC,
}

// HolidayTables lists the keys.
func HolidayTables() []string { return slices.Sorted(maps.Keys(holidayTables)) }

// HasHolidays reports whether there is a table with the key.
func HasHolidays(table string) bool { return holidayTables[table] != nil }

type tableYear struct {
	table string
	year  int
}

// years remembers what was computed: the same for every caller, so the functions stay pure.
var years sync.Map // tableYear -> map[Date]string

// Holiday returns the name of the public or bank holiday that is observed on the day; "" for none or no table.
func Holiday(table string, d Date) string {
	holidays := holidayTables[table]
	if holidays == nil {
		return ""
	}
	k := tableYear{table, d.std().Year()}
	if have, ok := years.Load(k); ok {
		return have.(map[Date]string)[d]
	}
	days := map[Date]string{}
	for _, h := range holidays {
		if h.Type == cal.ObservanceReligious || h.Type == cal.ObservanceOther {
			continue
		}
		for year := k.year - 1; year <= k.year+1; year++ { // one may be observed in the year beside its own
			actual, observed := h.Calc(year)
			if !actual.IsZero() {
				days[DateOf(actual)] = h.Name
			}
			if !observed.IsZero() {
				days[DateOf(observed)] = h.Name
			}
		}
	}
	years.Store(k, days)
	return days[d]
}
