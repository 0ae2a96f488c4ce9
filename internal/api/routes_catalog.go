package api

import (
	"net/http"
	"strings"
)

func catalogRoutes() []route {
	var out []route
	for _, k := range []struct {
		name, id       string
		filters        []param
		in, one, list  any
		codes          []string
		put, get, many func(*call) error
	}{
		{"product", "sku", []param{{name: "q", detail: "words that begin words of the name or of the SKU, all of them; at most 200 characters"}}, PutProduct{}, Product{}, List[Product]{}, []string{"all_channels_required", "kit_has_stock"}, putProduct, getProduct, listProducts},
		{"location", "code", nil, PutLocation{}, Location{}, List[Location]{}, []string{"all_channels_required"}, putLocation, getLocation, listLocations},
		{"channel", "code", nil, PutChannel{}, Channel{}, List[Channel]{}, []string{"channel_forbidden"}, putChannel, getChannel, listChannels},
	} {
		path, name := "/v1/"+k.name+"s", strings.ToUpper(k.name[:1])+k.name[1:]
		out = append(out,
			route{
				op: "put" + name, method: http.MethodPut, path: path + "/{" + k.id + "}", tag: "Catalog", summary: "Make or replace a " + k.name, scope: "catalog:write", query: dry,
				in: k.in, out: k.one, status: 200, etag: true, codes: append(k.codes, "version_mismatch"), handle: k.put,
				detail: "Whole: what is left out gets its default. 201 when it is new. Needs no Idempotency-Key.",
			},
			route{
				op: "get" + name, method: http.MethodGet, path: path + "/{" + k.id + "}", tag: "Catalog", summary: "Read a " + k.name, scope: "catalog:read",
				out: k.one, status: 200, etag: true, codes: []string{"not_found"}, handle: k.get,
			},
			route{op: "list" + name + "s", method: http.MethodGet, path: path, tag: "Catalog", summary: "List " + k.name + "s", scope: "catalog:read", query: append(k.filters, paged...), out: k.list, status: 200, handle: k.many},
		)
	}
	return out
}
