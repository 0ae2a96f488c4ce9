package stuck

import "strings"

// Codes of repairs.
const (
	Advance       = "advance"
	AskProvider   = "ask_provider"
	SettleMoney   = "settle_money"
	EndHolds      = "end_holds"
	Source        = "source"
	FillBackorder = "fill_backorder"
	AskCarrier    = "ask_carrier"
	TrackParcel   = "track"
	RetryJob      = "retry_job"
	PlaceDraft    = "place"
	CancelOrder   = "cancel"
	RemindPayer   = "payment_link"
	RecordPayout  = "record_payout"
	LiftHold      = "lift_hold"
	ConfirmChange = "confirm_change"
	CancelChange  = "cancel_change"
	Release       = "release"
	RejectWork    = "reject"
	AskLocation   = "ask_location"
	ShipWork      = "ship"
	NoShow        = "no_show"
	Resume        = "resume"
	BuyLabel      = "buy_label"
	VoidLabel     = "void_label"

	RetryReturnLabel   = "retry_return_label"
	OtherReturnCarrier = "other_return_carrier"
	ReturnWithoutLabel = "return_without_label"
	AddPayment         = "add_payment"

	DeliverParcel    = "deliver"
	ReleaseCart      = "release_reservation"
	DispatchTransfer = "dispatch_transfer"
	ReceiveTransfer  = "receive_transfer"
	CancelTransfer   = "cancel_transfer"
	SubmitCount      = "submit_count"
	ApproveCount     = "approve_count"
	PostCount        = "post_count"
	RejectCount      = "reject_count"
	ApproveReturn    = "approve_return"
	DeclineReturn    = "decline_return"
	CancelReturn     = "cancel_return"
	ReceiveReturn    = "receive_return"
	LoseReturn       = "lose_return"
	InspectReturn    = "inspect_return"
	DisposeReturn    = "dispose_return"
	ChargeExchange   = "charge_exchange"
	WaiveExchange    = "waive_exchange"
	ReplyToCase      = "reply_case"
	AssignCase       = "assign_case"
	MoveCase         = "move_case"
)

// Repair is something that may be done about a thing that is stuck.
type Repair struct {
	Code      string
	Says      string
	Method    string // with the path: the operation that does it
	Path      string // {order}, {id} and {parent} are those of the thing; "" where people have to talk to each other
	Automatic bool   // POST /v1/orders/{order}/repair does it: it asks, or does again what ought to have been done
}

const repairPath = "/v1/orders/{order}/repair"

// Repairs lists them. The automatic ones decide nothing: doing one of them where nothing is wrong changes nothing.
var Repairs = []Repair{
	{Advance, "Look at the order once more: accept it, release what is due, end what has expired.", "POST", repairPath, true},
	{AskProvider, "Ask the payment provider what became of it.", "POST", repairPath, true},
	{SettleMoney, "Request again what is to be given back, or captured.", "POST", repairPath, true},
	{EndHolds, "Look at the order's holds once more: end those whose time or reason is over.", "POST", repairPath, true},
	{Source, "Look for the units at all locations once more.", "POST", repairPath, true},
	{FillBackorder, "Look whether the stock has arrived.", "POST", repairPath, true},
	{AskCarrier, "Ask the carrier what became of it.", "POST", repairPath, true},
	{TrackParcel, "Ask the carrier where the parcel is.", "POST", repairPath, true},
	{RetryJob, "Let the job run again; it asks before it acts.", "POST", "/v1/jobs/{id}/retry", true},
	{PlaceDraft, "Place the draft.", "POST", "/v1/orders/{order}/place", false},
	{CancelOrder, "Cancel the order.", "POST", "/v1/orders/{order}/cancel", false},
	{RemindPayer, "Send the customer a payment link.", "POST", "/v1/orders/{order}/payment-links", false},
	{AddPayment, "Take another payment.", "POST", "/v1/orders/{order}/payments", false},
	{RecordPayout, "Pay it out and record that.", "POST", "/v1/orders/{order}/payments/{parent}/refunds", false},
	{LiftHold, "Lift the hold.", "POST", "/v1/orders/{order}/holds/{id}/lift", false},
	{ConfirmChange, "Confirm the change.", "POST", "/v1/changes/{id}/confirm", false},
	{CancelChange, "Give the change up.", "POST", "/v1/changes/{id}/cancel", false},
	{Release, "Release the work to the location.", "POST", "/v1/fulfillments/{id}/release", false},
	{RejectWork, "Take the work from the location: its units are sourced anew.", "POST", "/v1/fulfillments/{id}/reject", false},
	{AskLocation, "Ask the location.", "", "", false},
	{ShipWork, "Say that it has left.", "POST", "/v1/fulfillments/{id}/ship", false},
	{NoShow, "Put it back on the shelf: nobody came.", "POST", "/v1/fulfillments/{id}/no-show", false},
	{Resume, "Let the work go on.", "POST", "/v1/fulfillments/{id}/resume", false},
	{BuyLabel, "Buy another label.", "POST", "/v1/fulfillments/{parent}/labels", false},
	{VoidLabel, "Give the label up.", "POST", "/v1/labels/{id}/void", false},
	{RetryReturnLabel, "Buy the label once more, when what the carrier refused is mended.", "POST", "/v1/returns/{parent}/label", false},
	{OtherReturnCarrier, "Buy the label from another carrier: name it as carrier.", "POST", "/v1/returns/{parent}/label", false},
	{ReturnWithoutLabel, "Let the customer send it without a label of yours, and note carrier and tracking number.", "POST", "/v1/returns/{parent}/ship", false},
	{DeliverParcel, "Say that it has arrived.", "POST", "/v1/fulfillments/{id}/deliver", false},
	{ReleaseCart, "Give the stock of the cart back.", "POST", "/v1/reservations/{id}/release", false},
	{DispatchTransfer, "Say that it has left.", "POST", "/v1/transfers/{id}/dispatch", false},
	{ReceiveTransfer, "Receive it, or close what is missing.", "POST", "/v1/transfers/{id}/receive", false},
	{CancelTransfer, "Give the transfer up.", "POST", "/v1/transfers/{id}/cancel", false},
	{SubmitCount, "Submit what was counted.", "POST", "/v1/counts/{id}/submit", false},
	{ApproveCount, "Approve the count, or have it done again.", "POST", "/v1/counts/{id}/approve", false},
	{PostCount, "Post the count.", "POST", "/v1/counts/{id}/post", false},
	{RejectCount, "Give the count up.", "POST", "/v1/counts/{id}/reject", false},
	{ApproveReturn, "Approve the return.", "POST", "/v1/returns/{id}/approve", false},
	{DeclineReturn, "Decline the return.", "POST", "/v1/returns/{id}/decline", false},
	{CancelReturn, "Give the return up: nothing will come.", "POST", "/v1/returns/{id}/cancel", false},
	{ReceiveReturn, "Receive what has come.", "POST", "/v1/returns/{id}/receive", false},
	{LoseReturn, "Say that the parcel is lost.", "POST", "/v1/returns/{id}/lose", false},
	{InspectReturn, "Look at what has come: what is accepted is refunded.", "POST", "/v1/returns/{id}/inspect", false},
	{DisposeReturn, "Say where the units that wait for repair or a decision go.", "POST", "/v1/returns/{id}/dispose", false},
	{ChargeExchange, "Charge what was sent in advance.", "POST", "/v1/returns/{id}/charge", false},
	{WaiveExchange, "Leave what was sent in advance to the customer.", "POST", "/v1/returns/{id}/waive", false},
	{ReplyToCase, "Answer the customer.", "POST", "/v1/cases/{id}/replies", false},
	{AssignCase, "Give the case to somebody.", "POST", "/v1/cases/{id}/change", false},
	{MoveCase, "Take the case to the status that it is in.", "POST", "/v1/cases/{id}/status", false},
}

// RepairOf returns the repair with the code, or nil.
func RepairOf(code string) *Repair {
	for i := range Repairs {
		if Repairs[i].Code == code {
			return &Repairs[i]
		}
	}
	return nil
}

// Link is the path of the repair for a thing; "" for none.
func (r *Repair) Link(t Thing) string {
	return strings.NewReplacer("{order}", t.Order, "{id}", t.ID, "{parent}", t.Parent).Replace(r.Path)
}

// Automatic is the first repair of a step that may be done without a person's decision; "" for none.
func (s Step) Automatic() string {
	for _, code := range s.Repairs {
		if r := RepairOf(code); r != nil && r.Automatic {
			return code
		}
	}
	return ""
}
