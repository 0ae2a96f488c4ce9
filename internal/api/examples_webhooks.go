package api

// The examples of webhooks.
func init() {
	const id, at = "whk_01kas8rz0hefgtq4ty8f7zm6dg", "2026-11-22T08:15:30.123456Z"
	in := PutWebhook{URL: "https://shop.example.com/ordo", Events: []string{"order.*", "payment.captured"}, Description: "Shop"}
	made := Webhook{
		ID: ref(id), Version: 1, URL: in.URL, Events: in.Events, Channels: []string{}, Payload: "thin", PayloadVersion: "1", Description: in.Description,
		Owner: *exAPIKey.ID, State: "active", CreatedAt: at, SecretSince: at,
	}
	with := func(change func(*Webhook)) Webhook {
		w := made
		w.Version++
		change(&w)
		return w
	}
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
	delivery := WebhookDelivery{
		ID: "dlv_01kas8rz0hefgtq4ty8f7zm6dh", Seq: 42, MessageID: "msg_42", Type: "order.placed", Aggregate: exOrder, Status: "delivered", Attempts: 1,
		CreatedAt: at, TriedAt: at, ResponseCode: 204, Millis: 38,
	}
	examples["createWebhook"] = example{in, func() Webhook { w := made; w.Secret = secret; return w }()}
	examples["listWebhooks"] = example{nil, List[Webhook]{Data: []Webhook{made}}}
	examples["getWebhook"] = example{nil, with(func(w *Webhook) { w.Position, w.Lag, w.Version = 41, 1, 1 })}
	examples["putWebhook"] = example{PutWebhook{URL: in.URL, Events: []string{"*"}, Payload: "fat"}, with(func(w *Webhook) { w.Events, w.Payload, w.Description = []string{"*"}, "fat", "" })}
	examples["deleteWebhook"] = example{nil, with(func(w *Webhook) { w.State, w.SecretSince, w.DisabledAt = "deleted", "", at })}
	examples["rotateWebhookSecret"] = example{RotateWebhook{OverlapHours: ref(int64(48))}, with(func(w *Webhook) { w.Secret, w.OldSecretUntil = secret, "2026-11-24T08:15:30.123456Z" })}
	examples["disableWebhook"] = example{nil, with(func(w *Webhook) { w.State, w.DisabledReason, w.DisabledAt = "disabled", "request", at })}
	examples["enableWebhook"] = example{EnableWebhook{From: "backlog"}, with(func(*Webhook) {})}
	examples["testWebhook"] = example{nil, with(func(*Webhook) {})}
	examples["replayWebhook"] = example{ReplayWebhook{AfterSeq: ref(int64(1))}, with(func(w *Webhook) { w.Replay = &Replay{1, 42, 17, false} })}
	examples["listWebhookDeliveries"] = example{nil, List[WebhookDelivery]{Data: []WebhookDelivery{delivery}}}
	examples["getWebhookDelivery"] = example{nil, delivery}
	examples["replayWebhookDelivery"] = example{nil, with(func(*Webhook) {})}

	aWebhook := lookup{name: "WEBHOOK", path: "/v1/webhook_endpoints?limit=1", prefix: "whk"}
	aDelivery := lookup{name: "DELIVERY", path: "/v1/webhook_endpoints/$WEBHOOK/deliveries?status=delivered&limit=1", prefix: "dlv"}
	for _, op := range []string{"getWebhook", "putWebhook", "deleteWebhook", "rotateWebhookSecret", "disableWebhook", "enableWebhook", "testWebhook", "replayWebhook", "listWebhookDeliveries"} {
		lookups[op] = []lookup{aWebhook}
	}
	lookups["getWebhookDelivery"], lookups["replayWebhookDelivery"] = []lookup{aWebhook, aDelivery}, []lookup{aWebhook, aDelivery}
	abouts["Webhook"] = "An endpoint of another system, and how it does."
	abouts["PutWebhook"] = "What another system is told, and where."
	abouts["RotateWebhook"] = "How long the secret before stays good."
	abouts["EnableWebhook"] = "Where an endpoint goes on."
	abouts["ReplayWebhook"] = "A range of the journal, by positions or by times."
	abouts["Replay"] = "What a replay sends again."
	abouts["WebhookDelivery"] = "One event on its way to one endpoint. What was sent stands in the journal."
}
