package smtp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"strings"
	"testing"
	"time"

	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/provider/mail/sink"
)

func start(t *testing.T, config *tls.Config) *sink.Server {
	t.Helper()
	s, err := sink.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func letter(to string) *mail.Mail {
	m := &mail.Mail{
		From: mail.Address{Name: "Müller & Söhne", Email: "shop@example.com"}, To: mail.Address{Name: "Zoë \"Z\" Ütz\r\nBcc: evil@example.com", Email: to},
		Subject: "Ihre Bestellung 10001 für 12,00 €", Text: "Grüße\n.\nein Punkt allein\n", HTML: "<p>Grüße</p>", QueuedAt: micros.Of(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)),
		ReplyTo: "service@example.com", Template: mail.OrderPlaced, InReplyTo: "a@example.com>\r\nX: y", References: []string{"a@example.com", "b@example.com"},
	}
	m.ID = "mail_1"
	m.MessageID = mail.MessageID(m.ID, m.From.Email)
	return m
}

func begins(n *int) func() error { return func() error { *n++; return nil } }

// TestMessage: what arrives is what was written, and no data makes a header of its own.
func TestMessage(t *testing.T) {
	s := start(t, nil)
	begun := 0
	out, err := New(Options{Host: s.Host, Port: s.Port, Mode: Plain}).Send(t.Context(), letter("zoe@example.com"), begins(&begun))
	if err != nil || out.State != mail.Sent || begun != 1 {
		t.Fatalf("%+v, %v, begun %d times", out, err, begun)
	}
	taken := s.Taken()
	if len(taken) != 1 || taken[0].From != "shop@example.com" || taken[0].To != "zoe@example.com" {
		t.Fatalf("taken: %+v", taken)
	}
	h := taken[0].Message.Header
	for name, want := range map[string]string{
		"Message-Id": "<mail_1@example.com>", "Subject": "Ihre Bestellung 10001 für 12,00 €", "Reply-To": "<service@example.com>", "In-Reply-To": "<a@example.comX:y>",
		"References": "<a@example.com> <b@example.com>", "Auto-Submitted": "auto-generated", "Bcc": "", "X": "", "Date": "Tue, 24 Nov 2026 09:00:00 +0000",
	} {
		got, err := (&mime.WordDecoder{}).DecodeHeader(h.Get(name))
		if err != nil || got != want {
			t.Errorf("%s is %q, not %q (%v)", name, got, want, err)
		}
	}
	if from, err := h.AddressList("From"); err != nil || from[0].Name != "Müller & Söhne" {
		t.Errorf("from %v, %v", from, err)
	}
	if to, err := h.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "zoe@example.com" {
		t.Errorf("to %v, %v", to, err)
	}
	parts := partsOf(t, taken[0])
	if strings.ReplaceAll(parts["text/plain"], "\r\n", "\n") != "Grüße\n.\nein Punkt allein\n" || !strings.Contains(parts["text/html"], "<p>Grüße</p>") {
		t.Errorf("parts: %q", parts)
	}
}

func partsOf(t *testing.T, m sink.Taken) map[string]string {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for r := multipart.NewReader(m.Message.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		out[kind] = string(b)
	}
}

// TestAnswers: what each answer means, and from when on the mail may have gone out.
func TestAnswers(t *testing.T) {
	s := start(t, nil)
	sender := New(Options{Host: s.Host, Port: s.Port, Mode: Plain})
	for _, c := range []struct {
		to, code string
		state    mail.Status
		begun    int
		second   mail.Status
	}{
		{sink.RefusedOnce, "4.2.1", mail.Failed, 0, mail.Sent},
		{sink.NoSuchUser, "5.1.1", mail.Dead, 0, mail.Dead},
		{sink.TextRefused, "5.7.1", mail.Dead, 1, mail.Dead},
		{sink.Greylisted, "4.7.1", mail.Failed, 1, mail.Sent},
		{sink.LostAtData, "no_connection", mail.Failed, 1, mail.Sent},
		{sink.Lost, "no_answer", mail.Unknown, 1, mail.Unknown},
	} {
		begun := 0
		out, err := sender.Send(t.Context(), letter(c.to+"@example.com"), begins(&begun))
		if err != nil || out.State != c.state || out.Code != c.code || begun != c.begun {
			t.Errorf("%s: %+v, %v, begun %d times", c.to, out, err, begun)
		}
		if out, err = sender.Send(t.Context(), letter(c.to+"@example.com"), begins(&begun)); err != nil || out.State != c.second {
			t.Errorf("%s, the second time: %+v, %v", c.to, out, err)
		}
	}
	stop := errors.New("stop")
	if _, err := sender.Send(t.Context(), letter("a@example.com"), func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("begin failed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, err := sender.Send(ctx, letter("a@example.com"), func() error { t.Error("begun"); return nil }); err == nil {
		t.Errorf("while the program stops: %+v", out)
	}
	before := len(s.Taken())
	s.Close()
	if out, err := sender.Send(t.Context(), letter("a@example.com"), func() error { t.Error("begun"); return nil }); err != nil || out.State != mail.Failed || before != 5 {
		t.Errorf("without a server: %+v, %v; %d were taken before", out, err, before)
	}
	bad := letter("no address")
	if out, err := sender.Send(t.Context(), bad, func() error { t.Error("begun"); return nil }); err != nil || out.State != mail.Dead {
		t.Errorf("to nobody: %+v, %v", out, err)
	}
}

// TestProtection: a password and a mail leave on a protected connection only, to the server that was meant.
func TestProtection(t *testing.T) {
	server, roots := certificate(t)
	s := start(t, server)
	s.User, s.Pass = "ordo", "secret"
	o := Options{Host: s.Host, Port: s.Port, User: "ordo", Password: "secret", Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	send := func(o Options) mail.Outcome {
		t.Helper()
		begun := 0
		out, err := New(o).Send(t.Context(), letter("a@example.com"), begins(&begun))
		if err != nil || begun > 0 && out.State != mail.Sent {
			t.Errorf("%v, begun %d times", err, begun)
		}
		return out
	}
	if out := send(o); out.State != mail.Sent {
		t.Errorf("with user and certificate: %+v", out)
	}
	wrong := o
	wrong.Password = "guess"
	if out := send(wrong); out.State != mail.Failed || out.Code != "5.7.8" {
		t.Errorf("with a wrong password: %+v", out)
	}
	stranger := o
	stranger.Config = nil
	if out := send(stranger); out.State != mail.Failed {
		t.Errorf("with a certificate of nobody: %+v", out)
	}
	open := start(t, nil)
	o.Port = open.Port
	if out := send(o); out.State != mail.Failed || len(open.Taken()) != 0 {
		t.Errorf("without STARTTLS: %+v", out)
	}
}

func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}
