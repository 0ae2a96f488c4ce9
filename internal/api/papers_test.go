package api

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// isPDF checks the form of a document.
func isPDF(t testing.TB, r reply, name string) {
	t.Helper()
	r.want(200)
	if r.header.Get("Content-Type") != typePDF || !bytes.HasPrefix(r.body, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(r.body), []byte("%%EOF")) {
		t.Errorf("%s is no PDF: %q", r.header.Get("Content-Type"), r.body[:min(len(r.body), 60)])
	}
	if got := r.header.Get("Content-Disposition"); !strings.Contains(got, name) || !strings.Contains(got, "inline") {
		t.Errorf("named %s", got)
	}
}

func TestPapersOfFulfillments(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		o := f.place("A", 3, "manual", "").want(201)
		f.vars["ful"] = o.str("fulfillments.0.id")
		isPDF(t, f.get("/v1/fulfillments/{ful}/pick-list.pdf"), "pick-list-"+o.str("number")+".pdf")
		isPDF(t, f.get("/v1/fulfillments/{ful}/packing-slip.pdf"), "packing-slip-"+o.str("number")+".pdf")
		f.post("/v1/fulfillments/{ful}/release", "").want(200)
		f.post("/v1/fulfillments/{ful}/ship", `{"tracking_number":"T1","carrier":"Post"}`).want(200)
		slip := f.get("/v1/fulfillments/{ful}/packing-slip.pdf")
		if again := f.get("/v1/fulfillments/{ful}/packing-slip.pdf"); !bytes.Equal(slip.body, again.body) {
			t.Error("what has shipped has other papers now")
		}
		for _, name := range []string{"pick-list", "packing-slip"} {
			f.send(request{do: "GET /v1/fulfillments/{canceled_fulfillment}/" + name + ".pdf"}).refused(409, "nothing_to_print")
			f.send(request{do: "GET /v1/fulfillments/ful_{unknown}/" + name + ".pdf"}).refused(404, "not_found")
			f.send(request{do: "GET /v1/fulfillments/{phone_fulfillment}/" + name + ".pdf", key: "{webonly}"}).refused(404, "not_found")
			f.send(request{do: "GET /v1/fulfillments/{ful}/" + name + ".pdf", key: "{reader}"}).refused(403, "missing_scope")
			f.send(request{do: "POST /v1/fulfillments/{ful}/" + name + ".pdf", body: "{}"}).refused(405, "method_not_allowed")
			if r := f.send(request{do: "HEAD /v1/fulfillments/{ful}/" + name + ".pdf"}).want(200); len(r.body) > 0 {
				t.Error("HEAD has a body")
			}
		}
	})
}

// isTitled checks what a PDF is called in its own words.
func isTitled(t testing.TB, r reply, title string) {
	t.Helper()
	var wide []byte
	for _, u := range utf16.Encode([]rune(title)) {
		wide = binary.BigEndian.AppendUint16(wide, u)
	}
	if !bytes.Contains(r.want(200).body, wide) {
		t.Errorf("the paper is not called %q", title)
	}
}

// TestPapersInTheCustomersLanguage: papers are in the language of the mails, the order's before its channel's; an invoice
// stays in the one that it was issued in.
func TestPapersInTheCustomersLanguage(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		settings := func(language string) {
			f.put("/v1/channels/web", `{"name":"Web shop","mails":{"from":"shop@example.com"`+language+`}}`).want(200)
		}
		settings(`,"language":"de-AT"`)
		invoices := map[string]string{}
		for _, c := range [][4]string{{"", "de", "Lieferschein", "Rechnung"}, {`"language":"en-GB",`, "en", "Packing slip", "Invoice"}, {`"language":"fr",`, "de", "Lieferschein", "Rechnung"}} {
			o := f.post("/v1/orders", `{"channel":"web",`+c[0]+`"customer":{"email":"ada@example.com"},`+
				`"shipping_address":{"name":"Ada","line1":"1 Road","city":"York","postal_code":"YO1 7HH","country":"GB"},"lines":[{"sku":"A","quantity":1}],"payment":{"provider":"manual"}}`).want(201)
			isTitled(t, f.get("/v1/fulfillments/"+o.str("fulfillments.0.id")+"/packing-slip.pdf"), c[2]+" "+o.str("number"))
			v := f.post("/v1/orders/"+o.str("id")+"/invoices", `{"units":"ordered"}`).want(201).fields("language", c[1])
			invoices["/v1/orders/"+o.str("id")+"/invoices/"+v.str("id")+".pdf"] = c[3] + " " + v.str("number")
		}
		settings("")
		for path, title := range invoices {
			isTitled(t, f.get(path), title)
		}
	})
}

func TestChannelSaysWhoSells(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		body := `{"name":"Web shop","seller":{"name":"Lantern & Loom","tax_id":"VAT 1","contact":"help@lantern.example","address":{"line1":"1 Road","city":"York","country":"GB"}},` +
			`"invoices":{"issue":"shipment","prefix":"LL-","due_days":14}}`
		f.put("/v1/channels/web", body).want(200).fields("seller.name", "Lantern & Loom", "invoices.issue", "shipment", "invoices.prefix", "LL-", "invoices.due_days", "14")
		f.get("/v1/channels/web").fields("seller.tax_id", "VAT 1", "seller.address.country", "GB")
		r := f.put("/v1/channels/web", `{"name":"Web","seller":{"name":"`+strings.Repeat("x", 201)+`","address":{"country":"XX"}},"invoices":{"issue":"never","prefix":"a b","due_days":-1}}`).
			refused(422, "validation_failed")
		for _, at := range []string{"/seller/name", "/seller/address/country", "/invoices/issue", "/invoices/prefix", "/invoices/due_days"} {
			if !bytes.Contains(r.body, []byte(`"`+at+`"`)) {
				t.Errorf("%s is not named: %s", at, r.body)
			}
		}
	})
}

func init() {
	exampleOrder += " getPickList getPackingSlip issueInvoice listInvoices getInvoice getInvoicePDF listLedgerEntries createPaymentLink planWave getPickListOfMany"
}
