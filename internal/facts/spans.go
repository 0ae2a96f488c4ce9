package facts

import "math/bits"

// SpanDay is how many spans between two times of a report took about so long: those of a class of seconds (classOf). With
// SpanSecond it gives percentiles to the second without a look at each order: the classes say in which of them the place
// is that is looked for, and only the seconds of that one are read.
type SpanDay struct {
	Span     string `col:"span"` // report and name
	Day      string `col:"day"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Location string `col:"location"` // "" for spans of orders
	Carrier  string `col:"carrier"`  // "" but for those of locations
	Class    int64  `col:"class"`
	Spans    int64  `col:"spans"`
}

// SpanSecond is how many spans took so long, to the second.
type SpanSecond struct {
	Span     string `col:"span"`
	Class    int64  `col:"class"`
	Day      string `col:"day"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Location string `col:"location"`
	Carrier  string `col:"carrier"`
	Seconds  int64  `col:"seconds"`
	Spans    int64  `col:"spans"`
}

// Tables of spans.
var (
	SpanDays    = sumsOf[SpanDay]("fact_span_days", "span", "day", "channel", "country", "location", "carrier", "class")
	SpanSeconds = sumsOf[SpanSecond]("fact_span_seconds", "span", "class", "day", "channel", "country", "location", "carrier", "seconds")
)

// Reports whose spans are counted, and the spans of locations.
const (
	CycleTime     = "cycle_time"
	ReturnTimes   = "return_times"
	LocationsWork = "locations"
)

// ExactBelow is the number of seconds below which a class is one second.
const ExactBelow = 32

// classOf is the class of a number of seconds: sixteen for each doubling, and never lower for more seconds.
func classOf(seconds int64) int64 {
	if seconds < 0 {
		return -classOf(-seconds)
	}
	if seconds < ExactBelow {
		return seconds
	}
	e := int64(bits.Len64(uint64(seconds)) - 5) //nolint:gosec // not below zero
	return 16*e + seconds>>e
}

// span is two times of a report.
type span struct {
	name     string
	from, to int64
}

// span counts those of spans that have both times.
func (t *Tallies) span(of SpanDay, sign int64, report string, spans []span) {
	for _, s := range spans {
		if s.from <= 0 || s.to <= 0 {
			continue
		}
		seconds := (s.to - s.from) / 1_000_000
		of.Span, of.Class, of.Spans = report+"."+s.name, classOf(seconds), 1
		tally(SpanDays, t.Spans, of, sign)
		tally(SpanSeconds, t.Seconds, SpanSecond{
			Span: of.Span, Class: of.Class, Day: of.Day, Channel: of.Channel, Country: of.Country, Location: of.Location, Carrier: of.Carrier, Seconds: seconds, Spans: 1,
		}, sign)
	}
}
