package server_test

import (
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/config"
	"ordo/internal/pgtest"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/server"
	"ordo/internal/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestWebhooksAreSigned: an installation for which nobody chose a secret has one of its own, the same after a restart,
// and takes nothing that it does not sign.
func TestWebhooksAreSigned(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := config.Default()
		c.DB, c.Listen, c.BootstrapKey = url, "127.0.0.1:0", "0123456789abcdef"
		first := ""
		for range 2 {
			srv, err := server.Start(t.Context(), c, "test", slog.New(slog.NewTextHandler(io.Discard, nil)))
			if err != nil {
				t.Fatal(err)
			}
			value, err := app.InstallationSecret(t.Context(), srv.DB, "sandbox_webhooks")
			if err != nil {
				t.Fatal(err)
			}
			secret := hex.EncodeToString(value)
			if first == "" {
				first = secret
			}
			if secret != first || len(secret) != 64 {
				t.Errorf("the secret has %d characters, and was another before", len(secret))
			}
			body := `{"id":"e","key":"k","kind":"capture","state":"succeeded","amount":5,"currency":"EUR","order":"o","payment":"p"}`
			for signature, want := range map[string]int{
				"": http.StatusUnauthorized,
				sandbox.Sign("", []byte(body), time.Now()):     http.StatusUnauthorized,
				sandbox.Sign(secret, []byte(body), time.Now()): http.StatusOK,
			} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/v1/webhooks/payments/sandbox", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set(sandbox.SignatureHeader, signature)
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = res.Body.Close()
				if res.StatusCode != want {
					t.Errorf("%q is answered with %d, want %d", signature, res.StatusCode, want)
				}
			}
			srv.Stop()
		}
	})
}
