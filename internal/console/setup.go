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
	{Group: "People", Text: "Users", About: "Who signs in, with which roles.", Path: Root + "/users", Scope: "users:read"},
	{Group: "People", Text: "Roles", About: "What the people of a role may do.", Path: Root + "/roles", Scope: "users:read"},
	{Group: "People", Text: "Who did what", About: "The journal: what people did by hand, and what Ordo did by itself.", Path: auditPath, Scope: "events:read"},
	{Group: "Work", Text: "Rules", About: "Which orders are held, and where orders ship from.", Path: rulesPath, Scope: "rules:read"},
	{Group: "Work", Text: "Mail templates", About: "What customers are written, in each language.", Path: templatesPath, Scope: "mails:read"},
	{Group: "Connections", Text: "API keys", About: "Programs that talk to Ordo: web shops, an ERP.", Path: keysPath, Scope: "keys:manage"},
	{Group: "Connections", Text: "Webhooks", About: "Programs that Ordo tells what happens.", Path: webhooksPath, Scope: "webhooks:read"},
	{Group: "Connections", Text: "System", About: "Jobs that gave up, and how far the readers of the journal are behind.", Path: systemPath, Scope: "jobs:manage"},
}

func setupRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: settingsPath, handle: showSettings},
	}
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
