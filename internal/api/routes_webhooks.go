package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/webhook"
)

func webhookRoutes() []route {
	const tag, path = "Webhooks", "/v1/webhook_endpoints"
	codes := []string{"not_found", "version_mismatch", "illegal_transition", "all_channels_required"}
	step := func(name, op, summary, detail string, in any, handle func(*call) error) route {
		return route{
			op: op, method: http.MethodPost, path: path + "/{id}/" + name, tag: tag, summary: summary, detail: detail, scope: "webhooks:write", query: dry,
			in: in, out: Webhook{}, status: 200, etag: true, codes: codes, handle: handle,
		}
	}
	reading := func(op, path, summary string, query []param, out any, etag bool, handle func(*call) error) route {
		return route{
			op: op, method: http.MethodGet, path: path, tag: tag, summary: summary, scope: "webhooks:read", query: query, out: out, status: 200, etag: etag,
			codes: []string{"not_found", "all_channels_required"}, handle: handle,
		}
	}
	log := append([]param{{name: "status", detail: "state of the delivery", values: texts(webhook.Statuses)}}, paged...)
	return []route{
		{
			op: "createWebhook", method: http.MethodPost, path: path, tag: tag, summary: "Have another system told what happens", scope: "webhooks:write", query: dry,
			in: PutWebhook{}, out: Webhook{}, status: http.StatusCreated, codes: []string{"all_channels_required", "too_many_webhooks"}, handle: createWebhook,
			detail: "It is told what happens from now on, by signed POST requests (Standard Webhooks), at least once, and in order for each order. The secret stands in this answer and nowhere else. " +
				"The key needs events:read, and personal:read where personal data is asked for.",
		},
		reading("listWebhooks", path, "List webhook endpoints and how they do", paged, List[Webhook]{}, false, listWebhooks),
		reading("getWebhook", path+"/{id}", "Read a webhook endpoint", nil, Webhook{}, true, getWebhook),
		{
			op: "putWebhook", method: http.MethodPut, path: path + "/{id}", tag: tag, summary: "Replace the settings of a webhook endpoint", scope: "webhooks:write",
			in: PutWebhook{}, out: Webhook{}, status: 200, etag: true, codes: codes, handle: putWebhook,
			detail: "Whole; its secret, its state and its place in the journal stay. Needs no Idempotency-Key.",
		},
		{
			op: "deleteWebhook", method: http.MethodDelete, path: path + "/{id}", tag: tag, summary: "Delete a webhook endpoint", scope: "webhooks:write",
			out: Webhook{}, status: 200, codes: []string{"not_found", "all_channels_required"}, handle: stepWebhook(func(id string) *app.ChangeWebhook {
				return app.StepWebhook(id, "delete", "", false)
			}),
		},
		step("rotate", "rotateWebhookSecret", "Give it a new secret", "The secret stands in this answer and nowhere else. For overlap_hours messages carry a signature by each of the two.", RotateWebhook{}, rotateWebhook),
		step("disable", "disableWebhook", "Stop sending to it", "What happens from now on is not lost: it is sent when the endpoint is enabled again.", nil, stepWebhook(func(id string) *app.ChangeWebhook {
			return app.StepWebhook(id, "disable", webhook.ByPerson, false)
		})),
		step("enable", "enableWebhook", "Send to it again", "From where it stopped, or from now on.", EnableWebhook{}, enableWebhook),
		step("test", "testWebhook", "Send it an event to try it out", "The event webhook.tested, by the same way as all others; what became of it stands in the log of deliveries a moment later.", nil, stepWebhook(app.TestWebhook)),
		step("replay", "replayWebhook", "Send a range of the journal again", "What the endpoint wants of it, in order, beside what is new. Receivers know it by the same webhook-id. after_seq or from is needed; replay says how many events it is, with dry_run before anything is sent.", ReplayWebhook{}, replayWebhook),
		reading("listWebhookDeliveries", path+"/{id}/deliveries", "List what was sent to it, newest first", log, List[WebhookDelivery]{}, false, listDeliveries),
		reading("getWebhookDelivery", path+"/{id}/deliveries/{delivery}", "Read a delivery", nil, WebhookDelivery{}, false, getDelivery),
		{
			op: "replayWebhookDelivery", method: http.MethodPost, path: path + "/{id}/deliveries/{delivery}/replay", tag: tag, summary: "Send one delivery again", scope: "webhooks:write", query: dry,
			out: Webhook{}, status: 200, etag: true, codes: codes, handle: replayDelivery,
			detail: "One that was given up, delivered or passed over. It begins anew, with all its attempts.",
		},
	}
}

func init() {
	routes = append(routes, webhookRoutes()...)
	problemKinds = append(problemKinds, problemKind{"too_many_webhooks", errs.Conflict, "There are as many webhook endpoints as there may be.", "Delete one that nobody uses.", nil})
	findingKinds = append(findingKinds, findingKind{"invalid_url", "not an absolute URL of http or https"})
	tags = append(tags, struct{ Name, About string }{"Webhooks", "Other systems that are told what happens, by signed requests."})
	idSlots["webhook_endpoints"] = idSlot{"whk", "webhook endpoint", "WEBHOOK"}
	idSlots["deliveries"] = idSlot{"dlv", "delivery", "DELIVERY"}
}
