package webhook

import (
	"slices"
	"strings"

	"ordo/internal/errs"
)

// kinds are the types of events that there are, by the word that they begin with. What is not here cannot be asked for:
// a misspelled type would be an endpoint that is never told anything. Each scenario of the API looks whether what it put
// into the journal stands here.
var kinds = map[string]string{
	"appeasement": "issued",
	"carrier":     "saved",
	"case": "assigned changed closed erased logged macro_run message_received noted opened reopened replied resolved sla_breached sla_warning " +
		"status_changed",
	"channel":  "saved",
	"claim":    returned + " opened resolved",
	"customer": "erased saved",
	"exchange": returned + " awaiting_return charged item_overdue replacement_canceled replacement_released replacement_unavailable return_received waived",
	"export":   "canceled finished started",
	"field":    "saved",
	"fulfillment": "accepted cancel_refused cancel_requested canceled delivered held no_show packed picked picked_up planned ready_for_pickup reduced " +
		"rejected released rerouted resumed scheduled shipped short_picked",
	"import":        "canceled finished started uploaded validated validating",
	"invoice":       "issued",
	"job":           "retried",
	"key":           "created revoked",
	"label":         "bought erased failed requested void_refused void_requested voided",
	"location":      "saved",
	"macro":         "saved",
	"mail":          "erased failed queued resent sending sent suppressed unknown",
	"mail_template": "saved",
	"order": "accepted address_changed backorder_filled backordered canceled change_canceled change_confirmed change_open change_previewed " +
		"change_superseded changed completed drafted erased expired fields_set held hold_released line_canceled link_created links_revoked note_added " +
		"placed promise_changed promise_set rejected reopened repaired sourced tagged",
	"payment": "added auth_expired auth_expiring authorization_failed authorize_requested authorized capture_failed capture_requested captured " +
		"dispute_closed disputed link_created noted overcharged pending reauthorized refund_failed refund_granted refund_requested refunded unmatched " +
		"void_failed void_requested voided",
	"product":       "saved",
	"queue":         "saved",
	"report":        "rebuild_requested",
	"return":        returned,
	"return_policy": "saved",
	"role":          "saved",
	"rule":          "published saved",
	"saved_report":  "deleted failed mailed paused saved",
	"shipment":      "exception late_risk lost",
	"sla_policy":    "saved",
	"sourcing_rule": "saved",
	"stock": "adjusted below_safety count_approved count_drafted count_recorded count_rejected count_started count_submitted counted moved " +
		"moved_state policy_set received reorder_point reservation_converted reservation_expired reservation_extended reservation_released " +
		"reservation_reopened reserved transfer_canceled transfer_changed transfer_dispatched transfer_drafted transfer_readied transfer_received",
	"store_credit": "authorized captured erased expired issued opened refunded voided",
	"tracking":     "updated",
	"user":         "codes_disabled codes_enabled identity_tied password_changed password_reset recovery_code_used saved signed_out",
	"webhook":      "created dead_lettered deleted enabled endpoint_disabled endpoint_reenabled replayed secret_rotated tested updated",
}

const returned = "approved arrived canceled closed declined dispositioned expired in_transit inspected label_issued label_voided lost received requested"

// Types are all types of events, sorted.
var Types = func() (out []string) {
	for kind, words := range kinds {
		for word := range strings.FieldsSeq(words) {
			out = append(out, kind+"."+word)
		}
	}
	slices.Sort(out)
	return out
}()

// wrong says what is wrong with a type that was asked for; "" for nothing.
func wrong(asked string) string {
	if kind, all := strings.CutSuffix(asked, ".*"); asked == "*" || all && kinds[kind] != "" || slices.Contains(Types, asked) {
		return ""
	}
	known := slices.Clone(Types)
	if strings.Contains(asked, "*") {
		known = known[:0]
		for kind := range kinds {
			known = append(known, kind+".*")
		}
		slices.Sort(known)
	}
	text := "no event is of type " + errs.Clip(asked)
	if best := errs.Nearest(asked, known); best != "" {
		text += "; did you mean " + best + "?"
	}
	return text + "; docs/guide/webhooks.md lists all types; * stands for everything"
}
