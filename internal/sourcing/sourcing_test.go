package sourcing

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func node(code string, priority int64) Node { return Node{Code: code, Priority: priority} }

func line(id, sku string, n int64) Demand { return Demand{Line: id, SKU: sku, Quantity: n} }

func TestFewestShipmentsThenPriority(t *testing.T) {
	nodes := []Node{node("B", 2), node("A", 1), node("C", 3)}
	demand := []Demand{line("1", "x", 2), line("2", "y", 1)}
	for name, c := range map[string]struct {
		supply []Supply
		want   []Assignment
	}{
		"one node by priority": {
			[]Supply{{"x", "A", 5, 0}, {"y", "A", 5, 0}, {"x", "B", 5, 0}, {"y", "B", 5, 0}},
			[]Assignment{{"1", "x", "A", 2}, {"2", "y", "A", 1}},
		},
		"one node beats two better ones": {
			[]Supply{{"x", "A", 5, 0}, {"y", "B", 5, 0}, {"x", "C", 2, 0}, {"y", "C", 1, 0}},
			[]Assignment{{"1", "x", "C", 2}, {"2", "y", "C", 1}},
		},
		"a line is split when it must be": {
			[]Supply{{"x", "A", 1, 0}, {"x", "B", 1, 0}, {"y", "B", 1, 0}},
			[]Assignment{{"1", "x", "A", 1}, {"1", "x", "B", 1}, {"2", "y", "B", 1}},
		},
	} {
		got := Plan(Request{Demand: demand, Supply: c.supply, Nodes: nodes})
		if len(got.Short) > 0 || got.After != "" || !reflect.DeepEqual(got.Assignments, c.want) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestDemandIsSummedPerSKU(t *testing.T) { // drill D2: never both lines pass on the same unit
	got := Plan(Request{Demand: []Demand{line("1", "x", 1), line("2", "x", 1)}, Supply: []Supply{{"x", "A", 1, 0}}, Nodes: []Node{node("A", 1)}})
	if want := []Shortage{{"x", 2, 1, []string{"1", "2"}}}; !reflect.DeepEqual(got.Short, want) || got.After != Reject || got.Assignments != nil {
		t.Errorf("got %+v, want %v", got, want)
	}
}

// TestKits: components are summed over lines and kits (D2), and the units of a kit stay together.
func TestKits(t *testing.T) {
	kit := Demand{Line: "1", SKU: "SET", Quantity: 2, Components: []Component{{"cup", 1}, {"plate", 2}}}
	nodes := []Node{node("A", 1), node("B", 2)}
	for name, c := range map[string]struct {
		demand []Demand
		supply []Supply
		want   []Assignment
		short  []Shortage
	}{
		"together at one node": {
			[]Demand{kit},
			[]Supply{{"cup", "A", 9, 0}, {"plate", "A", 3, 0}, {"cup", "B", 2, 0}, {"plate", "B", 4, 0}},
			[]Assignment{{"1", "SET", "B", 2}},
			nil,
		},
		"one unit at each": {
			[]Demand{kit},
			[]Supply{{"cup", "A", 1, 0}, {"plate", "A", 3, 0}, {"cup", "B", 1, 0}, {"plate", "B", 2, 0}},
			[]Assignment{{"1", "SET", "A", 1}, {"1", "SET", "B", 1}},
			nil,
		},
		"enough pieces, and no node with a whole unit": {
			[]Demand{{Line: "1", SKU: "SET", Quantity: 1, Components: kit.Components}},
			[]Supply{{"cup", "A", 5, 0}, {"plate", "B", 5, 0}},
			nil,
			[]Shortage{{"cup", 1, 0, []string{"1"}}, {"plate", 2, 0, []string{"1"}}},
		},
		"a six-pack is not made of two threes": {
			[]Demand{{Line: "1", SKU: "SIX", Quantity: 1, Components: []Component{{"can", 6}}}},
			[]Supply{{"can", "A", 3, 0}, {"can", "B", 3, 0}},
			nil,
			[]Shortage{{"can", 6, 0, []string{"1"}}},
		},
		"a line and a kit share a component that is one short": {
			[]Demand{line("1", "cup", 1), {Line: "2", SKU: "SET", Quantity: 1, Components: kit.Components}},
			[]Supply{{"cup", "A", 1, 0}, {"plate", "A", 9, 0}},
			nil,
			[]Shortage{{"cup", 2, 1, []string{"1", "2"}}},
		},
		"the kit gets the node that only it needs": {
			[]Demand{line("1", "cup", 1), {Line: "2", SKU: "SET", Quantity: 1, Components: kit.Components}},
			[]Supply{{"cup", "A", 1, 0}, {"plate", "A", 2, 0}, {"cup", "B", 1, 0}},
			[]Assignment{{"1", "cup", "B", 1}, {"2", "SET", "A", 1}},
			nil,
		},
	} {
		got := Plan(Request{Demand: c.demand, Supply: c.supply, Nodes: nodes})
		if !reflect.DeepEqual(got.Assignments, c.want) || !reflect.DeepEqual(got.Short, c.short) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestFilters(t *testing.T) {
	all := []Supply{{"x", "A", 1, 0}, {"x", "B", 1, 0}}
	for name, c := range map[string]struct {
		change func(*Request)
		out    Reason
	}{
		"inactive":      {func(r *Request) { r.Nodes[0].Out = Inactive }, Inactive},
		"not served":    {func(r *Request) { r.Nodes[0].Out = NotServed }, NotServed},
		"rejected":      {func(r *Request) { r.Nodes[0].Out = Refused }, Refused},
		"at capacity":   {func(r *Request) { r.Nodes[0].Out = AtCapacity }, AtCapacity},
		"pickup only":   {func(r *Request) { r.Nodes[0].NoShip = true }, PickupOnly},
		"collected":     {func(r *Request) { r.PickupAt, r.Nodes[1].Pickup = "B", true }, NoPickup},
		"other country": {func(r *Request) { r.Nodes[0].ShipsTo = []string{"DE"} }, NotShipped},
		"excluded":      {func(r *Request) { r.Strategy.Exclude = []string{"A"} }, LeftOut},
		"not among":     {func(r *Request) { r.Strategy.Locations = []string{"B"} }, LeftOut},
	} {
		r := Request{Demand: []Demand{line("1", "x", 1)}, Supply: all, Nodes: []Node{node("A", 1), node("B", 2)}, To: Place{Country: "GB"}}
		c.change(&r)
		got := Plan(r)
		if len(got.Assignments) != 1 || got.Assignments[0].Location != "B" {
			t.Errorf("%s: got %+v", name, got)
		}
		if n := got.Decision.Nodes; len(n) != 2 || n[1].Location != "A" || n[1].Out != c.out {
			t.Errorf("%s: explained as %+v", name, n)
		}
	}
	// A location may ship to the country, be collected at, and be served; a pickup order never leaves its location.
	r := Request{
		Demand: []Demand{line("1", "x", 2)}, Supply: all, PickupAt: "B",
		Nodes: []Node{node("A", 1), {Code: "B", Priority: 2, Pickup: true, NoShip: true}},
	}
	if got := Plan(r); got.After != Reject || got.Short[0].Available != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestCriteria(t *testing.T) {
	london, leeds, berlin := Place{Latitude: 51_507_400, Longitude: -127_800}, Place{Latitude: 53_800_800, Longitude: -1_549_100}, Place{Latitude: 52_520_000, Longitude: 13_405_000}
	nodes := []Node{
		{Code: "BER", Priority: 1, Place: berlin, Handling: 100},
		{Code: "LEE", Priority: 2, Place: leeds, Handling: 300},
		{Code: "LON", Priority: 3, Place: london, Handling: 500},
	}
	everywhere := []Supply{{"x", "BER", 9, 0}, {"x", "LEE", 9, 0}, {"x", "LON", 9, 0}, {"y", "BER", 9, 0}, {"y", "LEE", 9, 0}, {"y", "LON", 9, 0}}
	apart := []Supply{{"x", "LON", 1, 0}, {"y", "LEE", 1, 0}, {"x", "BER", 1, 0}, {"y", "BER", 1, 0}}
	for name, c := range map[string]struct {
		criteria []Criterion
		supply   []Supply
		want     []string
	}{
		"priority":                        {[]Criterion{Priority}, everywhere, []string{"BER"}},
		"nearest":                         {[]Criterion{Distance}, everywhere, []string{"LON"}},
		"cheapest":                        {[]Criterion{Cost}, everywhere, []string{"BER"}},
		"near, although in two":           {[]Criterion{Distance}, apart, []string{"LEE", "LON"}},
		"in one, although far":            {[]Criterion{FewestShipments, Distance}, apart, []string{"BER"}},
		"complete from one, although far": {[]Criterion{ShipComplete, Distance}, apart, []string{"BER"}},
		"in one, the nearest":             {[]Criterion{FewestShipments, Distance}, everywhere, []string{"LON"}},
		"in one, the cheapest":            {[]Criterion{ShipComplete, Cost}, everywhere, []string{"BER"}},
	} {
		r := Request{Demand: []Demand{line("1", "x", 1), line("2", "y", 1)}, Supply: c.supply, Nodes: nodes, To: london, Strategy: Strategy{Criteria: c.criteria}}
		got := Plan(r)
		if locations := placesOf(got.Assignments); !slices.Equal(locations, c.want) {
			t.Errorf("%s: %v, want %v: %+v", name, locations, c.want, got.Decision)
		}
	}
	if d := kilometers(london, berlin); d < 925 || d > 940 {
		t.Errorf("London is %d km from Berlin", d)
	}
	r := Request{
		Demand: []Demand{line("1", "x", 1)}, Supply: everywhere, Nodes: nodes, Strategy: Strategy{Criteria: []Criterion{Cost}},
		Shipping: func(n *Node, _ Load) (int64, bool) {
			return map[string]int64{"BER": 900, "LEE": 300, "LON": 200}[n.Code], true
		},
	}
	if got := Plan(r); got.Assignments[0].Location != "LEE" || *got.Decision.Nodes[0].Cost != 1000 {
		t.Errorf("the way counts with the handling: %+v", got)
	}
}

func placesOf(as []Assignment) []string {
	var out []string
	for _, a := range as {
		if !slices.Contains(out, a.Location) {
			out = append(out, a.Location)
		}
	}
	slices.Sort(out)
	return out
}

func TestDistanceWithoutCoordinates(t *testing.T) {
	to := Place{PostalCode: "LS1 4DY", Region: "Yorkshire", Country: "GB"}
	for want, from := range map[int64]Place{
		samePostalArea: {PostalCode: "ls27 0BN", Country: "GB"},
		sameRegion:     {PostalCode: "HU1 1AA", Region: "yorkshire", Country: "GB"},
		sameCountry:    {PostalCode: "E1 6AN", Country: "GB", Latitude: 51_500_000},
		elsewhere:      {PostalCode: "LS1 4DY", Country: "DE"},
	} {
		if got := kilometers(from, to); got != want {
			t.Errorf("%+v: %d km, want %d", from, got, want)
		}
	}
	if kilometers(Place{}, Place{}) != elsewhere {
		t.Error("two places of which nothing is known are near each other")
	}
}

func TestSplitLimits(t *testing.T) {
	none, once := int64(0), int64(1)
	supply := []Supply{{"x", "A", 2, 0}, {"x", "B", 2, 0}, {"x", "C", 2, 0}}
	nodes := []Node{node("A", 1), node("B", 2), node("C", 3)}
	for name, c := range map[string]struct {
		splits    *int64
		units     int64
		after     AfterAction
		complete  bool
		result    AfterAction
		locations []string
		unfilled  int64
	}{
		"as often as it takes":         {nil, 5, Reject, false, "", []string{"A", "B", "C"}, 0},
		"not at all":                   {&none, 3, Reject, false, Reject, nil, 0},
		"not at all, and need not be":  {&none, 2, Reject, false, "", []string{"A"}, 0},
		"once is enough":               {&once, 4, Reject, false, "", []string{"A", "B"}, 0},
		"once is too little":           {&once, 5, Cancel, false, Cancel, []string{"A", "B"}, 1},
		"ship complete cancels none":   {&once, 5, Cancel, true, Reject, nil, 0},
		"ship complete waits whole":    {nil, 7, Backorder, true, Park, nil, 0},
		"parked":                       {nil, 7, Park, false, Park, nil, 0},
		"nothing there is no partial":  {nil, 0, Cancel, false, Reject, nil, 0},
		"cancel what nobody has":       {nil, 7, Cancel, false, Cancel, []string{"A", "B", "C"}, 1},
		"nothing may be owed anywhere": {nil, 7, Backorder, false, Reject, nil, 0},
	} {
		r := Request{
			Demand: []Demand{line("1", "x", c.units)}, Supply: supply, Nodes: nodes, After: c.after,
			Strategy: Strategy{MaxSplits: c.splits, ShipComplete: c.complete},
		}
		if c.units == 0 {
			r.Demand[0] = line("1", "none", 1)
		}
		got := Plan(r)
		var left int64
		for _, u := range got.Unfilled {
			left += u.Quantity
		}
		if got.After != c.result || !slices.Equal(placesOf(got.Assignments), c.locations) || left != c.unfilled {
			t.Errorf("%s: got %+v", name, got)
		}
		if (got.After == "") != (len(got.Short) == 0) {
			t.Errorf("%s: short %v", name, got.Short)
		}
	}
}

func TestBackorder(t *testing.T) {
	r := Request{
		Demand: []Demand{line("1", "x", 5), line("2", "y", 1)}, After: Backorder,
		Supply: []Supply{{"x", "A", 0, 9}, {"x", "B", 2, 1}, {"y", "B", 1, 0}}, Nodes: []Node{node("A", 1), node("B", 2)},
	}
	got := Plan(r)
	if want := []Assignment{{"1", "x", "B", 2}, {"2", "y", "B", 1}}; !reflect.DeepEqual(got.Assignments, want) {
		t.Errorf("assigned %v", got.Assignments)
	}
	if want := []Assignment{{"1", "x", "B", 1}, {"1", "x", "A", 2}}; !reflect.DeepEqual(got.Backorders, want) || got.After != Backorder || got.Unfilled != nil {
		t.Errorf("owed %+v", got)
	}
	r.Demand[0].Quantity = 13
	if got := Plan(r); got.After != Reject || got.Assignments != nil || got.Backorders != nil || got.Short[0].Available != 2 {
		t.Errorf("over the limit: %+v", got)
	}
	r.Demand = []Demand{{Line: "1", SKU: "SET", Quantity: 2, Components: []Component{{"x", 1}, {"y", 1}}}}
	r.Supply = append(r.Supply, Supply{"y", "A", 0, 1})
	if got := Plan(r); !reflect.DeepEqual(got.Backorders, []Assignment{{"1", "SET", "A", 1}}) || got.Assignments[0].Location != "B" {
		t.Errorf("a kit is owed at one place: %+v", got)
	}
}

func TestSentences(t *testing.T) {
	two := int64(2)
	r := Request{
		Demand: []Demand{line("1", "MUG", 3)}, After: Backorder, Strategy: Strategy{Criteria: []Criterion{FewestShipments, Distance}, MaxSplits: &two},
		Supply: []Supply{{"MUG", "LEEDS", 2, 5}, {"MUG", "YORK", 0, 0}}, To: Place{Country: "GB"},
		Nodes: []Node{{Code: "LEEDS", Priority: 7, Place: Place{Country: "GB"}}, node("HULL", 1), {Code: "YORK", Out: AtCapacity}},
	}
	got := Plan(r)
	got.Decision.Rule = "near"
	want := `Decided by rule near: fewest shipments, distance.
LEEDS ships 2, owes 1 (500 km, has 2, too little of MUG, priority 7).
HULL excluded: no stock of MUG.
YORK excluded: it has no capacity left today.`
	if s := strings.Join(got.Decision.Sentences(), "\n"); s != want {
		t.Errorf("got\n%s", s)
	}
}

// draw makes a random request, small enough for every way to be tried.
func draw(t *rapid.T, kits bool) Request {
	var r Request
	for i := range rapid.IntRange(1, 6).Draw(t, "nodes") {
		n := Node{Code: fmt.Sprint("N", i), Priority: rapid.Int64Range(0, 3).Draw(t, "priority"), Handling: rapid.Int64Range(0, 4).Draw(t, "handling")}
		n.Place = Place{Latitude: 1, Longitude: rapid.Int64Range(0, 5).Draw(t, "far") * 1_000_000}
		r.Nodes = append(r.Nodes, n)
		for s := range 4 {
			r.Supply = append(r.Supply, Supply{fmt.Sprint("s", s), n.Code, rapid.Int64Range(-1, 6).Draw(t, "available"), rapid.Int64Range(0, 2).Draw(t, "owing")})
		}
	}
	r.To = Place{Latitude: 1}
	for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
		d := line(fmt.Sprint(i+1), fmt.Sprint("s", rapid.IntRange(0, 3).Draw(t, "sku")), rapid.Int64Range(1, 6).Draw(t, "quantity"))
		if kits && rapid.Bool().Draw(t, "kit") {
			for range rapid.IntRange(1, 3).Draw(t, "parts") {
				d.Components = append(d.Components, Component{fmt.Sprint("s", rapid.IntRange(0, 3).Draw(t, "part")), rapid.Int64Range(1, 2).Draw(t, "each")})
			}
			d.SKU = fmt.Sprint("kit", i)
		}
		r.Demand = append(r.Demand, d)
	}
	return r
}

// TestDefaultStrategyDecidesAsItAlwaysDid compares it with its first implementation.
func TestDefaultStrategyDecidesAsItAlwaysDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := draw(t, false)
		want, short := referencePlan(r.Demand, r.Supply, r.Nodes)
		got := Plan(r)
		if !slices.Equal(got.Assignments, want) || len(got.Short) != len(short) {
			t.Fatalf("got %+v, want %v, %v", got, want, short)
		}
		for i, s := range short {
			if g := got.Short[i]; g.SKU != s.SKU || g.Requested != s.Requested || g.Available != s.Available {
				t.Fatalf("short %+v, want %+v", g, s)
			}
		}
	})
}

func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := draw(t, rapid.Bool().Draw(t, "kits"))
		r.After = rapid.SampledFrom(AfterActions).Draw(t, "after")
		r.Strategy.Criteria = rapid.SliceOfNDistinct(rapid.SampledFrom(Criteria), 0, 4, rapid.ID).Draw(t, "criteria")
		r.Strategy.ShipComplete = rapid.Bool().Draw(t, "complete")
		if n := rapid.Int64Range(-1, 4).Draw(t, "splits"); n >= 0 {
			r.Strategy.MaxSplits = &n
		}
		got := Plan(r)
		if again := Plan(r); !reflect.DeepEqual(got, again) {
			t.Fatal("a second run gives another plan")
		}
		if got.After == Reject || got.After == Park {
			if got.Assignments != nil || got.Backorders != nil || len(got.Short) == 0 {
				t.Fatalf("%+v", got)
			}
			return
		}
		if n := r.Strategy.MaxSplits; n != nil && int64(len(placesOf(got.Assignments))) > *n+1 {
			t.Fatalf("more shipments than allowed: %+v", got)
		}
		if r.Strategy.ShipComplete && got.After != "" {
			t.Fatalf("ship complete, and in part: %+v", got)
		}
		conserves(t, r, got)
	})
}

// conserves: every unit of the demand is accounted for once, and no node gives or owes more than it has.
func conserves(t *rapid.T, r Request, got Result) {
	used, owed := map[[2]string]int64{}, map[[2]string]int64{}
	for _, d := range r.Demand {
		parts := d.Components
		if parts == nil {
			parts = []Component{{d.SKU, 1}}
		}
		var sum int64
		count := func(as []Assignment, into map[[2]string]int64) {
			for _, a := range as {
				if a.Line != d.Line {
					continue
				}
				if a.Quantity <= 0 || a.SKU != d.SKU {
					t.Fatalf("%+v for %+v", a, d)
				}
				sum += a.Quantity
				for _, c := range parts {
					into[[2]string{c.SKU, a.Location}] += a.Quantity * c.Quantity
				}
			}
		}
		count(got.Assignments, used)
		count(got.Backorders, owed)
		for _, u := range got.Unfilled {
			if u.Line == d.Line {
				sum += u.Quantity
			}
		}
		if sum != d.Quantity {
			t.Fatalf("line %s: %d of %d in %+v", d.Line, sum, d.Quantity, got)
		}
	}
	for _, s := range r.Supply {
		k := [2]string{s.SKU, s.Location}
		if used[k] > max(0, s.Available) || owed[k] > s.Backorderable {
			t.Fatalf("more than there is of %s at %s: %+v", s.SKU, s.Location, got)
		}
	}
}

// TestTheBestSetIsFound compares the search with trying everything.
func TestTheBestSetIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := draw(t, false)
		r.Strategy.Criteria = rapid.SampledFrom([][]Criterion{
			{Distance},
			{Cost},
			{Distance, Cost},
			{Cost, FewestShipments},
			{FewestShipments, Distance},
			{FewestShipments, Cost, Distance},
			{ShipComplete, Distance},
			{ShipComplete, Cost, Priority},
			{FewestShipments, Priority, Distance},
			{ShipComplete, FewestShipments, Cost},
			{Promise},
			{Promise, Cost},
			{Promise, FewestShipments, Priority},
			{Cost, Promise},
		}).Draw(t, "criteria")
		drawFreight(t, &r)
		got := Plan(r)
		if got.After != "" {
			return
		}
		p := newProblem(&r)
		s := search{problem: p, criteria: r.Strategy.Criteria}
		s.prepare()
		for bits := 1; bits < 1<<p.stocked; bits++ {
			var set []int
			for i, n := range s.order {
				if bits&(1<<i) != 0 {
					set = append(set, n)
				}
			}
			if p.fills(set) {
				s.offer(set)
			}
		}
		want := placesOf(p.assign(s.best))
		if !slices.Equal(placesOf(got.Assignments), want) {
			t.Fatalf("%v: chose %v, best is %v\n%+v", r.Strategy.Criteria, placesOf(got.Assignments), want, got.Decision)
		}
	})
}

func TestSearchIsBounded(t *testing.T) {
	r := Request{Demand: []Demand{line("1", "x", 150)}}
	for i := range 200 {
		code := fmt.Sprintf("N%03d", i)
		r.Nodes = append(r.Nodes, Node{Code: code, Place: Place{Latitude: 1, Longitude: int64(200-i) * 10_000}})
		r.Supply = append(r.Supply, Supply{"x", code, 1, 0})
	}
	for _, c := range [][]Criterion{nil, {Distance}, {FewestShipments, Distance}, {Priority}, {Cost}} {
		r.Strategy.Criteria = c
		got := Plan(r)
		if len(got.Assignments) != 150 || got.Decision.Tries > maxTries || len(got.Decision.Nodes) > 150 {
			t.Errorf("%v: %d shipments after %d tries, %d notes", c, len(got.Assignments), got.Decision.Tries, len(got.Decision.Nodes))
		}
	}
}
