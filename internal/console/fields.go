package console

import "ordo/internal/catalog"

// fieldKind is the kind of custom fields of orders.
var fieldKind = &settingKind{
	path: "fields", title: "Custom fields", one: "Custom field", make: "New custom field",
	about: "What your orders say beside what all orders do: a branch, a gift wrap, a purchase order. Rules name one as order.fields.CODE.",
	get:   "getField", put: "putField", list: "listFields",
	columns: []string{"type", "choices", "required", "active"},
	fresh:   map[string]any{"active": true, "type": "text"},
	sections: []settingSection{
		{code: "general", title: "Custom field", settings: []setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true},
			{Name: "type", Label: "Kind", Kind: "select", Codes: catalog.FieldTypes, Required: true, Help: "Values that orders have already stay as they are."},
			{Name: "choices", Label: "Choices", Kind: "list", Without: "None", Help: "Of the kind choice: what can be chosen, separated by commas."},
			{Name: "required", Label: "Required", Kind: "yes", Help: "New orders without it are refused, those of web shops too."},
			{Name: "active", Label: "Active", Kind: "yes", Help: "The values of one that is not active stay, and cannot be set."},
		}},
	},
}
