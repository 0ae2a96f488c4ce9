package console

import (
	"fmt"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
)

func settingsActions() []action {
	const hook = "/settings/webhooks/{id}"
	return []action{
		{path: "/settings/keys/new", op: "createKey", title: "New API key", verb: "Make the key", begin: newKeyForm},
		{path: "/settings/keys/{id}/revoke", op: "revokeKey", title: "Revoke API key", verb: "Revoke", danger: true, begin: revokeKeyForm},
		{path: "/settings/webhooks/new", op: "createWebhook", title: "New endpoint", verb: "Make the endpoint", begin: newWebhookForm},
		{path: hook + "/edit", op: "putWebhook", title: "Change endpoint", verb: "Save", begin: webhookForm},
		{path: hook + "/rotate", op: "rotateWebhookSecret", title: "New secret", verb: "Make a new secret", danger: true, begin: rotateForm},
		{path: hook + "/test", op: "testWebhook", title: "Send a test", verb: "Send", begin: webhookStep("It is sent the event webhook.tested, by the same way as all others. What became of it stands in the log a moment later.")},
		{path: hook + "/enable", op: "enableWebhook", title: "Enable endpoint", verb: "Enable", begin: enableForm},
		{path: hook + "/disable", op: "disableWebhook", title: "Disable endpoint", verb: "Disable", danger: true, begin: webhookStep("Nothing is sent to it. What happens meanwhile is not lost: it is sent when the endpoint is enabled again.")},
		{path: hook + "/replay", op: "replayWebhook", title: "Send again", verb: "Send", preview: true, begin: replayForm},
		{path: hook + "/delete", op: "deleteWebhook", title: "Delete endpoint", verb: "Delete", danger: true, begin: deleteWebhookForm},
		{path: hook + "/deliveries/{delivery}/replay", op: "replayWebhookDelivery", title: "Send delivery again", verb: "Send", begin: deliveryForm},
		{path: "/settings/system/verify", op: "startVerification", title: "Check the data", verb: "Verify now", begin: verifyForm},
		{path: "/settings/system/{id}/retry", op: "retryJob", title: "Let the job run again", verb: "Run again", begin: retryForm},
	}
}

func newKeyForm(v *visit) (*subject, error) {
	choose := field{Name: "scopes", Label: "May do", Kind: "choices", Required: true}
	for _, a := range areas() {
		for _, scope := range a.Scopes {
			if v.may(scope) {
				choose.Options = append(choose.Options, option{Value: scope, Text: scope})
			}
		}
	}
	s := &subject{name: v.t("API keys"), back: keysPath, about: v.t("A program sends the secret with each request. It is shown once, after this form; only its hash is stored."), fields: []field{
		{Name: "name", Label: "Name", Kind: "text", Required: true, Help: "Of the program that uses it."},
		choose,
		{Name: "channels", Label: "Sales channels", Kind: "list", Help: "Codes, separated by commas. Empty: all of them."},
		{Name: "rate_limit", Label: "Requests per minute", Kind: "number", Help: "Empty: unlimited."},
	}}
	s.once = func(answer []byte) (string, any, error) {
		var k api.APIKey
		err := jsonx.Unmarshal(answer, &k)
		about := "Put it where the program finds it. It is shown this once."
		if k.Secret == "" {
			about = "This form was sent before: the secret was shown then. Revoke the key and make another one if nobody has it."
		}
		return "secret", secretPage{"API key", about, k.Secret, s.back}, err
	}
	return s, nil
}

func revokeKeyForm(v *visit) (*subject, error) {
	id := v.r.PathValue("id")
	names, err := v.s.app.Names(v.ctx(), []string{id})
	if err != nil {
		return nil, err
	}
	return &subject{name: names[id], slots: slots("id", id), back: keysPath, about: v.t("Programs that use it are refused from now on, here at once and on other nodes within a second. It cannot be undone.")}, nil
}

// webhookFields are those of an endpoint's form.
func webhookFields(v *visit, w *api.Webhook) []field {
	return []field{
		{Name: "url", Label: "Address", Kind: "text", Value: w.URL, Required: true, Help: "An https address that takes signed POST requests."},
		{Name: "events", Label: "Events", Kind: "list", Value: strings.Join(w.Events, ", "), Required: true, Help: "Types such as order.placed, all of a kind such as payment.*, or * for everything; separated by commas."},
		{Name: "channels", Label: "Sales channels", Kind: "list", Value: strings.Join(w.Channels, ", "), Help: "Codes, separated by commas. Empty: all of them."},
		{Name: "payload", Label: "Content", Kind: "select", Options: v.optionsOf([]string{"thin", "fat"}, w.Payload), Help: "Thin: what happened to what. Fat: what the event says too."},
		{Name: "personal", Label: "With names and addresses", Kind: "select", Options: []option{{Value: "false", Text: v.t("No"), On: !w.Personal}, {Value: "true", Text: v.t("Yes"), On: w.Personal}}},
		{Name: "description", Label: "Note", Kind: "text", Value: w.Description},
	}
}

// secretShown is what is shown once after an endpoint got a secret.
func (s *subject) secretShown(answer []byte) (string, any, error) {
	var w api.Webhook
	err := jsonx.Unmarshal(answer, &w)
	about := "The receiver checks signatures with it. It is shown this once."
	if w.Secret == "" {
		about = "This form was sent before: the secret was shown then. Make a new one if nobody has it."
	}
	return "secret", secretPage{"Secret of the endpoint", about, w.Secret, s.back}, err
}

func newWebhookForm(v *visit) (*subject, error) {
	s := &subject{name: v.t("Webhooks"), back: webhooksPath, about: v.t("It is told what happens from now on, at least once each, and in order for each order."), fields: webhookFields(v, &api.Webhook{})}
	s.once = s.secretShown
	return s, nil
}

func webhookSubject(v *visit) (*subject, *api.Webhook, error) {
	var w api.Webhook
	id := v.r.PathValue("id")
	if err := v.get("getWebhook", slots("id", id), nil, &w); err != nil {
		return nil, nil, err
	}
	return &subject{name: w.URL, slots: slots("id", id), version: w.Version, back: webhooksPath + "/" + id}, &w, nil
}

// webhookStep is a form without fields.
func webhookStep(about string) func(*visit) (*subject, error) {
	return func(v *visit) (*subject, error) {
		s, _, err := webhookSubject(v)
		if err == nil {
			s.about = v.t(about)
		}
		return s, err
	}
}

func deleteWebhookForm(v *visit) (*subject, error) {
	s, _, err := webhookSubject(v)
	if err == nil {
		s.back, s.version = webhooksPath, 0 // it is deleted whatever it has become
		s.about = v.t("Nothing is sent to it any more. Its log stays for a while.")
	}
	return s, err
}

func webhookForm(v *visit) (*subject, error) {
	s, w, err := webhookSubject(v)
	if err != nil {
		return nil, err
	}
	s.fields, s.done = webhookFields(v, w), func([]byte) string { return v.t("Saved.") }
	return s, nil
}

func rotateForm(v *visit) (*subject, error) {
	s, _, err := webhookSubject(v)
	if err != nil {
		return nil, err
	}
	s.fields = []field{{Name: "overlap_hours", Label: "Hours with both secrets", Kind: "number", Value: "24", Help: "So long messages are signed with the secret until now too."}}
	s.once = s.secretShown
	return s, nil
}

func enableForm(v *visit) (*subject, error) {
	s, _, err := webhookSubject(v)
	if err != nil {
		return nil, err
	}
	s.fields = []field{{Name: "from", Label: "Begin with", Kind: "select", Options: v.optionsOf([]string{"backlog", "now"}, "backlog"), Help: "Backlog: what was missed is sent. Now: it is passed over."}}
	return s, nil
}

func replayForm(v *visit) (*subject, error) {
	s, _, err := webhookSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("The receiver knows messages that it had by their webhook-id. Give positions of the journal, or times.")
	s.fields = []field{
		{Name: "after_seq", Label: "After position", Kind: "number", Help: "0: from the start."},
		{Name: "until_seq", Label: "Until position", Kind: "number", Help: "Empty: up to now."},
		{Name: "from", Label: "From", Kind: "text", Help: "Instead: a time such as 2026-11-22T08:15:30Z."},
		{Name: "until", Label: "Until", Kind: "text", Help: "Empty: up to now."},
	}
	s.effects = func(answer []byte) ([]effect, error) {
		var w api.Webhook
		if err := jsonx.Unmarshal(answer, &w); err != nil || w.Replay == nil {
			return nil, err
		}
		r := w.Replay
		after := v.number(r.Events)
		if r.More {
			after = v.t("more than %s", after)
		}
		return []effect{{Text: v.t("Messages that are sent"), After: after}, {Text: v.t("Positions of the journal"), After: fmt.Sprintf("%s–%s", v.number(r.AfterSeq+1), v.number(r.UntilSeq))}}, nil
	}
	return s, nil
}

func deliveryForm(v *visit) (*subject, error) {
	s, _, err := webhookSubject(v)
	if err != nil {
		return nil, err
	}
	var d api.WebhookDelivery
	s.slots["delivery"] = v.r.PathValue("delivery")
	if err := v.get("getWebhookDelivery", s.slots, nil, &d); err != nil {
		return nil, err
	}
	s.name = d.Type
	s.about = v.t("It begins anew, with all its attempts. The receiver knows it by the same webhook-id.")
	if !slices.Contains(replayed, d.Status) {
		s.no = v.t("It is on its way already.")
	}
	return s, nil
}

func retryForm(v *visit) (*subject, error) {
	return &subject{name: v.t("System"), slots: slots("id", v.r.PathValue("id")), back: systemPath, about: v.t("As a new job. Jobs ask before they act: nothing happens twice.")}, nil
}
