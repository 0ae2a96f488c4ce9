package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzPlaceOrder throws bytes at POST /v1/orders. Whatever they are, the answer is an order or a problem document that
// is as described, and never a 5xx.
func FuzzPlaceOrder(f *testing.F) {
	for _, body := range []string{
		plainOrder, orderBody("A", 2, "sandbox", "tok_ok"), orderBody("A", 2, "sandbox", "tok_declined"), orderBody("E", 1, "manual", ""), `{}`, `[]`, `null`, ``,
		with(plainOrder, `"external_id":"x","shipping_method":"s"`),
		with(plainOrder, `"shipping":{"method":"m","amount":{"amount":5,"currency":"GBP"}},"discounts":[{"code":"c","amount":{"amount":5,"currency":"GBP"},"line":"1"}]`),
		strings.Replace(plainOrder, `"quantity":1`, `"quantity":9000000000000000000,"unit_price":{"amount":9000000000000,"currency":"JPY"},"tax_lines":[{"name":"t","rate":"0.2","amount":{"amount":1,"currency":"GBP"},"included":true}]`, 1),
		strings.Replace(plainOrder, "Ada", `\ud83d\ude00\u0000`, 1), strings.Replace(plainOrder, "Ada", "\xff\xfe", 1), "\ufeff" + plainOrder,
	} {
		f.Add([]byte(body), body == plainOrder)
	}
	x := start(f, "sqlite:"+filepath.Join(f.TempDir(), "ordo.db"))
	f.Fuzz(func(t *testing.T, body []byte, dry bool) {
		url := "/v1/orders"
		if dry {
			url += "?dry_run=true"
		}
		req := httptest.NewRequest("POST", url, bytes.NewReader(body))
		req.Header = http.Header{"Authorization": {"Bearer " + owner}, "Content-Type": {typeJSON}, "Idempotency-Key": {"fuzz"}}
		if !dry {
			req.Header.Set("Idempotency-Key", strings.Join([]string{"fuzz", t.Name(), itoa(requests.Add(1))}, "-"))
		}
		rec := httptest.NewRecorder()
		x.server.ServeHTTP(rec, req)
		if rec.Code >= 500 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		if rec.Code >= 300 && !json.Valid(body) && rec.Code != 400 {
			t.Fatalf("%d for what is no JSON: %s", rec.Code, rec.Body)
		}
		conform(t, req, reply{t, rec.Code, rec.Header(), rec.Body.Bytes()})
	})
}
