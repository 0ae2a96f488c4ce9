package console

import "ordo/internal/service"

// macroKind is the kind of macros: what agents do to an order of a case in one go.
var macroKind = &settingKind{
	path: "macros", title: "Macros", one: "Macro", make: "New macro",
	about: "What agents do to an order of a case in one go: all of its steps or none, after a look at what they come to.",
	get:   "getMacro", put: "putMacro", list: "listMacros",
	columns: []string{"steps", "active"},
	fresh:   map[string]any{"active": true},
	no:      macroByProgram,
	sections: []settingSection{
		{code: "general", title: "Macro", about: "Steps are done in this order. What a step leaves open is asked for when the macro is run.", settings: []setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true},
			{Name: "active", Label: "Active", Kind: "yes", Help: "One that is not active is not offered."},
			{Name: "steps", Label: "Steps", Kind: "table", Keys: 1, Help: "A step takes what belongs to it: amounts are for refund and appease, a text for reply and note.", Cols: []setting{
				{Name: "do", Label: "Step", Kind: "select", Codes: service.Actions, Required: true},
				{Name: "reason", Label: "Reason", Kind: "text"},
				{Name: "amount", Label: "Amount", Kind: "minor"},
				{Name: "percent", Label: "Percent of the total", Kind: "number"},
				{Name: "tender", Label: "Given as", Kind: "select", Codes: service.Tenders},
				{Name: "text", Label: "Text", Kind: "area", Help: "{customer}, {number}, {case} and {agent} are filled in."},
				{Name: "mail", Label: "Mail template", Kind: "text"},
				{Name: "channel", Label: "Sales channel", Kind: "text"},
				{Name: "tag", Label: "Tag", Kind: "text"},
				{Name: "status", Label: "Status", Kind: "select", Codes: []string{"open", "pending_customer", "pending_internal", "on_hold", "resolved", "closed"}},
			}},
		}},
	},
}

// macroByProgram says of a macro with lines or an address of its own that the form, which has no fields for them, would
// lose them.
func macroByProgram(v *visit, doc any) string {
	steps, _ := valueAt(doc, "steps").([]any)
	for _, step := range steps {
		if step, ok := step.(map[string]any); ok && (step["lines"] != nil || step["address"] != nil) {
			return v.t("A step of it names lines or an address: change it by the API.")
		}
	}
	return ""
}
