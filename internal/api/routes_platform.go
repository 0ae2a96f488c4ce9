package api

import "net/http"

func platformRoutes() []route {
	return []route{
		{
			op: "listEvents", method: http.MethodGet, path: "/v1/events", tag: "Events", summary: "Read the journal", scope: "events:read",
			out: List[Event]{}, status: 200, codes: []string{"all_channels_required"}, handle: listEvents,
			query: []param{
				{name: "after", detail: "position that was read last; 0 from the start", number: true, most: 1 << 53},
				limitParam,
				{name: "wait", detail: "seconds to wait for the first event when there is none", number: true, most: maxWait},
			},
			detail: "Pages in the order of commits, without gaps. wait makes it long polling; Accept: text/event-stream makes it a stream that resumes from Last-Event-ID.",
		},
		{
			op: "listAudit", method: http.MethodGet, path: "/v1/audit", tag: "Events", summary: "Read who did what, newest first", scope: "events:read",
			out: List[Event]{}, status: 200, codes: []string{"all_channels_required"}, handle: listAudit,
			query: append([]param{
				{name: "actor", detail: "id of a user or an API key, `system`, or `people`: whatever was done by hand"},
				{name: "subject", detail: "id of what it was done to, such as an order's"},
				{name: "type", detail: "of the event, such as order.canceled"},
				{name: "until", detail: "only what was before, such as 2026-11-22T08:15:30Z"},
			}, paged...),
			detail: "A page may have fewer events than its limit, or none, and still lead on: it looks through a part of the journal.",
		},
		{
			op: "createKey", method: http.MethodPost, path: "/v1/keys", tag: "API keys", summary: "Make an API key", scope: "keys:manage", query: dry,
			in: CreateKey{}, out: APIKey{}, status: http.StatusCreated, codes: []string{"channel_forbidden"}, handle: createKey,
			detail: "The secret stands in this answer and nowhere else: only its hash is stored. A key gives only scopes and channels that it has itself.",
		},
		{
			op: "listKeys", method: http.MethodGet, path: "/v1/keys", tag: "API keys", summary: "List API keys", scope: "keys:manage", query: paged,
			out: List[APIKey]{}, status: 200, codes: []string{"all_channels_required"}, handle: listKeys,
		},
		{
			op: "revokeKey", method: http.MethodDelete, path: "/v1/keys/{id}", tag: "API keys", summary: "Revoke an API key", scope: "keys:manage",
			out: APIKey{}, status: 200, codes: []string{"not_found", "all_channels_required"}, handle: revokeKey,
			detail: "At once on the node that answers, within a second on others. Revoking it again changes nothing.",
		},
	}
}
