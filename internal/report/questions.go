package report

import "slices"

// questions are the reports in the words of who asks, in the order in which they are listed for people.
var questions = [][2]string{
	{"demand", "What do customers order?"},
	{"sales", "What did we sell?"},
	{"payments", "Which money moved?"},
	{"line_fill", "How much of what was ordered do we ship?"},
	{"order_fill", "How many orders leave complete?"},
	{"cycle_time", "How long do orders take?"},
	{"otif", "Do we keep our promises?"},
	{"perfect_orders", "How many orders are perfect?"},
	{"backorders", "What waits for stock?"},
	{"cancels", "Why are orders canceled?"},
	{"shipments", "What does shipping cost?"},
	{"locations", "How do our locations work?"},
	{"returns", "What comes back, and why?"},
	{"return_times", "How long do returns take?"},
	{"refunds", "What do we give back?"},
	{"authorization_risk", "Which payments are about to expire?"},
	{"uncaptured", "What is not captured yet, and for how long?"},
	{"return_labels", "What do return labels cost?"},
	{"cases", "Do we answer customers in time?"},
	{"inventory", "How long does our stock last?"},
	{"accuracy", "Is our stock where we think it is?"},
	{"stock_age", "How old is our stock?"},
}

// Place is where people are shown the report in a list of all.
func (d *Definition) Place() int {
	i := slices.IndexFunc(questions, func(q [2]string) bool { return q[0] == d.Name })
	if i < 0 {
		return len(questions)
	}
	return i
}

// Question is what the report answers, in the words of who asks; its title where nobody put it into words.
func (d *Definition) Question() string {
	if i := d.Place(); i < len(questions) {
		return questions[i][1]
	}
	return d.Title
}
