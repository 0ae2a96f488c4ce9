package console

// Routes lists all pages and forms, for the server and for the test of permissions.
func Routes() []Route {
	var all []Route
	for _, part := range [][]Route{
		signInRoutes(),
		oidcRoutes(),
		profileRoutes(),
		homeRoutes(),
		orderRoutes(),
		phoneRoutes(),
		caseRoutes(),
		returnRoutes(),
		customerRoutes(),
		fulfillmentRoutes(),
		waveRoutes(),
		viewRoutes(),
		scanRoutes(),
		inventoryRoutes(),
		productRoutes(),
		reportRoutes(),
		savedReportRoutes(),
		peopleRoutes(),
		auditRoutes(),
		setupRoutes(),
		settingsRoutes(),
		ruleRoutes(),
		templateRoutes(),
		liveRoutes(),
	} {
		all = append(all, part...)
	}
	for _, a := range actions() {
		all = append(all, a.routes()...)
	}
	return all
}

// navItem is an entry of the navigation.
type navItem struct {
	Path, Text, Scope string
	Key               string // shortcut after g
	Shortcut          string // from everywhere, without g
	Current           bool
	After             bool // a line is drawn before it
	Hidden            bool // only the command palette shows it
}

// navigation is in the order of the work.
var navigation = []navItem{
	{Path: Root + "/", Text: "Home", Key: "h"},
	{Path: Root + "/orders", Text: "Orders", Scope: "orders:read", Key: "o"},
	{Path: phonePath, Text: "Phone desk", Scope: "orders:write", Key: "p", Shortcut: "p"},
	{Path: Root + "/fulfillment", Text: "Fulfillment", Scope: "fulfillments:read", Key: "f"},
	{Path: Root + "/returns", Text: "Returns", Scope: "returns:read", Key: "b"},
	{Path: inventoryPath, Text: "Inventory", Scope: "stock:read", Key: "i"},
	{Path: productsPath, Text: "Products", Scope: "catalog:read"},
	{Path: Root + "/cases", Text: "Cases", Scope: "cases:read", Key: "c"},
	{Path: Root + "/customers", Text: "Customers", Scope: "customers:read", Key: "k"},
	{Path: Root + "/reports", Text: "Reports", Scope: "reports:read", Key: "r"},
	{Path: settingsPath, Text: "Settings", Key: "s", After: true},
}

// nav is what a person may open.
func (v *visit) nav() []navItem {
	var out []navItem
	for _, n := range navigation {
		if n.Scope != "" && !v.may(n.Scope) {
			continue
		}
		n.Current = below(v.r.URL.Path, n.Path)
		if n.Path == settingsPath {
			out = append(out, v.settingsNav(n)...)
			continue
		}
		out = append(out, n)
	}
	return out
}
