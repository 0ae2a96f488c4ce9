// Package outbound makes HTTP clients for addresses that others have chosen.
//
// What lives here: where such a client may connect to, and what it bounds. What does not: what is sent.
// The one idea: a name is judged by the address that it leads to at the moment of connecting. Checking it before would
// check something else than what is used: names change.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrAddress says that a connection was refused because of where it leads.
var ErrAddress = errors.New("the address is not allowed")

// inner are the networks that nobody outside reaches, beside those that package netip knows.
var inner = parse("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10")

func parse(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Networks reads a list of networks, separated by commas.
func Networks(list string) (out []netip.Prefix, err error) {
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fmt.Errorf("%q is no network such as 10.1.0.0/16", part)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Public reports whether an address is one of the Internet: not this machine, a private network, that of a link (where
// clouds keep their metadata), a carrier's, one for examples, or several at once.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && a.Zone() == "" && a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(inner, func(p netip.Prefix) bool { return p.Contains(a) })
}

func lists(allow []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(allow, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// Reaches returns the function that says whether a client connects to an address: to public ones and those in allow.
func Reaches(allow []netip.Prefix) func(netip.Addr) bool {
	return func(a netip.Addr) bool { return Public(a) || lists(allow, a) }
}

// Client makes a client that connects to public addresses and to those in allow, follows no redirects, asks no proxy,
// and ends each request within a time. Without TLS it only reaches addresses in allow.
func Client(allow []netip.Prefix, within time.Duration) *http.Client {
	listed := func(a netip.Addr) bool { return lists(allow, a) }
	dial := func(ok func(netip.Addr) bool) func(context.Context, string, string) (net.Conn, error) {
		d := &net.Dialer{Timeout: min(within, 5*time.Second), Control: func(_, address string, _ syscall.RawConn) error {
			a, err := netip.ParseAddrPort(address)
			if err != nil || !ok(a.Addr()) {
				return fmt.Errorf("%w: %s", ErrAddress, address)
			}
			return nil
		}}
		return d.DialContext
	}
	client := func(ok func(netip.Addr) bool) *http.Transport {
		return &http.Transport{
			DialContext: dial(ok), ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8, MaxIdleConns: 200, IdleConnTimeout: 60 * time.Second,
			TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: within, MaxResponseHeaderBytes: 16 << 10,
		}
	}
	return &http.Client{
		Timeout:       within,
		Transport:     schemes{plain: client(listed), tls: client(Reaches(allow))},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// schemes sends each request by the way of its scheme.
type schemes struct{ plain, tls *http.Transport }

// RoundTrip implements http.RoundTripper.
func (s schemes) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return s.tls.RoundTrip(r)
	}
	return s.plain.RoundTrip(r)
}

// CloseIdleConnections closes what waits for the next request.
func (s schemes) CloseIdleConnections() {
	s.plain.CloseIdleConnections()
	s.tls.CloseIdleConnections()
}
