package console

import (
	"net/http"
	"slices"
	"strings"
)

// Settings are one entry of the navigation. It leads to an overview of areas, each with pages of its own.

const settingsPath = Root + "/settings"

// settingsArea is a row of the overview.
type settingsArea struct {
	Group string // heading that it stands under
	Text  string
	About string // what is set there
	Path  string
	Scope string // to open it
}

// settingsAreas is in the order of the overview; areas of a group stand together.
var settingsAreas = []settingsArea{
	{Group: "Selling", Text: "Sales channels", About: "Seller, invoices, mails, and how orders are handled.", Path: channelKind.root(), Scope: "catalog:read"},
	{Group: "Selling", Text: "Taxes", About: "Tax rates of each sales channel.", Path: settingsPath + "/taxes", Scope: "catalog:read"},
	{Group: "Selling", Text: "Shipping methods", About: "What customers choose from, at which price, by which carrier.", Path: settingsPath + "/shipping", Scope: "catalog:read"},
	{Group: "Warehouse and shipping", Text: "Locations and calendars", About: "Addresses, opening hours, cut-offs, closed days, capacity.", Path: locationKind.root(), Scope: "catalog:read"},
	{Group: "Warehouse and shipping", Text: "Carriers and rates", About: "Services, accounts and rate tables.", Path: carrierKind.root(), Scope: "shipping:read"},
	{Group: "People", Text: "Users", About: "Who signs in, with which roles.", Path: Root + "/users", Scope: "users:read"},
	{Group: "People", Text: "Roles", About: "What the people of a role may do.", Path: Root + "/roles", Scope: "users:read"},
	{Group: "People", Text: "Who did what", About: "The journal: what people did by hand, and what Ordo did by itself.", Path: auditPath, Scope: "events:read"},
	{Group: "Work", Text: "Rules", About: "Which orders are held, and where orders ship from.", Path: rulesPath, Scope: "rules:read"},
	{Group: "Work", Text: "Custom fields", About: "What your orders say beside what all orders do.", Path: fieldKind.root(), Scope: "rules:read"},
	{Group: "Work", Text: "Macros", About: "What agents do to an order of a case in one go.", Path: macroKind.root(), Scope: "service:read"},
	{Group: "Work", Text: "Mail templates", About: "What customers are written, in each language.", Path: templatesPath, Scope: "mails:read"},
	{Group: "Work", Text: "Return policies", About: "What may come back, until when, and what is given back.", Path: returnPolicyKind.root(), Scope: "returns:read"},
	{Group: "Work", Text: "Queues", About: "Where cases wait, and what agents may give away.", Path: queueKind.root(), Scope: "service:read"},
	{Group: "Work", Text: "SLA policies", About: "How long answers may take, in which working time.", Path: slaKind.root(), Scope: "service:read"},
	{Group: "Connections", Text: "API keys", About: "Programs that talk to Ordo: web shops, an ERP.", Path: keysPath, Scope: "keys:manage"},
	{Group: "Connections", Text: "Webhooks", About: "Programs that Ordo tells what happens.", Path: webhooksPath, Scope: "webhooks:read"},
	{Group: "Connections", Text: "System", About: "Jobs that gave up, and how far the readers of the journal are behind.", Path: systemPath, Scope: "jobs:manage"},
}

func setupRoutes() []Route {
	out := []Route{{Method: http.MethodGet, Path: settingsPath, handle: showSettings}}
	for _, k := range settingKinds {
		out = append(out, k.routes()...)
	}
	for _, a := range acrosses {
		out = append(out, a.route())
	}
	return out
}

func setupActions() (out []action) {
	for _, k := range settingKinds {
		out = append(out, k.actions()...)
	}
	return append(out, carrierActions()...)
}

// settingKinds are all kinds of documents that have pages made of a table of settings.
var settingKinds = []*settingKind{channelKind, locationKind, carrierKind, returnPolicyKind, queueKind, slaKind, fieldKind, macroKind}

// acrosses are pages of one section of all documents of a kind.
var acrosses = []across{
	{path: "taxes", section: "taxes", kind: channelKind, title: "Taxes", about: "Rates by destination and tax class, for each sales channel."},
	{path: "shipping", section: "shipping", kind: channelKind, title: "Shipping methods", about: "What customers choose from, for each sales channel."},
}

type settingsPage struct{ Groups []settingsGroup }

type settingsGroup struct {
	Name  string
	Areas []settingsArea
}

// settings are the areas that a person may open.
func (v *visit) settings() []settingsArea {
	return slices.DeleteFunc(slices.Clone(settingsAreas), func(a settingsArea) bool { return !v.may(a.Scope) })
}

func showSettings(v *visit) error {
	var p settingsPage
	for _, a := range v.settings() {
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Name != a.Group {
			p.Groups = append(p.Groups, settingsGroup{Name: a.Group})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Areas = append(g.Areas, a)
	}
	return v.page(http.StatusOK, "settings", "Settings", "", p)
}

// settingsNav adds the areas to the entry of the settings: it is the current one on their pages, and the command palette
// knows them by name.
func (v *visit) settingsNav(entry navItem) []navItem {
	areas := v.settings()
	if len(areas) == 0 {
		return nil
	}
	out := []navItem{entry}
	for _, a := range areas {
		out[0].Current = out[0].Current || below(v.r.URL.Path, a.Path)
		out = append(out, navItem{Path: a.Path, Text: a.Text, Hidden: true})
	}
	return out
}

// below reports whether a path is the page, or one below it.
func below(path, page string) bool { return path == page || strings.HasPrefix(path, page+"/") }
