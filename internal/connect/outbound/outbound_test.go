package outbound

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:4700:4700::1111": true, "127.0.0.1": false, "127.9.9.9": false, "::1": false, "::ffff:127.0.0.1": false,
		"10.0.0.1": false, "172.16.3.4": false, "192.168.1.1": false, "169.254.169.254": false, "fe80::1": false, "fd00:ec2::254": false,
		"100.64.0.1": false, "0.0.0.0": false, "::": false, "224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "198.18.0.1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "240.0.0.1": false, "192.0.2.1": false, "::ffff:10.1.2.3": false,
	} {
		if got := Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// A name that leads to this machine is refused when it is connected to, whatever it is called; a redirect is an answer.
func TestClient(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer srv.Close()
	tls := httptest.NewTLSServer(srv.Config.Handler)
	defer tls.Close()
	named := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	for _, url := range []string{srv.URL, named, tls.URL, "http://[::1]:1/"} {
		if res, err := Client(nil, time.Second).Get(url); !errors.Is(err, ErrAddress) {
			if err == nil {
				_ = res.Body.Close()
			}
			t.Errorf("%s: %v", url, err)
		}
	}
	allow, err := Networks(" 127.0.0.0/8, ::1/128 ,")
	if err != nil || len(allow) != 2 || asked != 0 {
		t.Fatal(allow, err, asked)
	}
	res, err := Client(allow, time.Second).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 302 || asked != 1 {
		t.Errorf("%d after %d requests", res.StatusCode, asked)
	}
	if _, err := Networks("10.0.0.1"); err == nil {
		t.Error("an address was taken for a network")
	}
}
