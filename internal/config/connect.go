package config

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Connect is what carries the journal to other systems.
type Connect struct {
	TrustedProxies      string        // networks of proxies that tell who the client is
	WebhookNetworks     string        // networks that webhook endpoints may be in beside the public ones
	WebhookDisableAfter time.Duration // of taking nothing
	WebhookLogAge       time.Duration // how long deliveries are kept in the log

	NATSURL         string // empty: the journal is not published
	NATSStream      string
	NATSPrefix      string // of subjects
	NATSCredentials string // file

	ImportSize  int           // bytes that a file to import may have
	SessionIdle time.Duration // until a browser that is not used has to sign in again
	SessionAge  time.Duration // until any has to
	OIDC        OIDC
	FileMaxAge  time.Duration // how long the files of imports and exports are kept after their end
}

// OIDC is the OpenID Connect server that people may sign in to the console with.
type OIDC struct {
	Issuer, ClientID, Secret string // no issuer: people sign in by password only
	Name                     string
	Role                     string // of people who are new here; empty: they are refused
	TrustEmail               string // yes or no
}

func init() {
	Settings = append(Settings, []Setting{
		{
			Name: "webhook_networks", Flag: "webhook-networks", Env: "ORDO_WEBHOOK_NETWORKS", Type: networks,
			Help: "Networks that webhook endpoints may be in beside public addresses, such as 10.1.0.0/16,127.0.0.0/8; http:// is for these only", field: func(c *Config) any { return &c.WebhookNetworks },
		},
		{
			Name: "trusted_proxies", Flag: "trusted-proxies", Env: "ORDO_TRUSTED_PROXIES", Type: networks,
			Help: "Networks of proxies in front, such as 10.0.0.0/8: what they say of whom they pass on is believed (X-Forwarded-For), so that limits count visitors; empty: who connects counts", field: func(c *Config) any { return &c.TrustedProxies },
		},
		{
			Name: "webhook_disable_after", Flag: "webhook-disable-after", Env: "ORDO_WEBHOOK_DISABLE_AFTER", Type: duration(time.Minute, 8760*time.Hour), Default: "120h",
			Help: "How long a webhook endpoint may take nothing before it is disabled", field: func(c *Config) any { return &c.WebhookDisableAfter },
		},
		{
			Name: "webhook_log_age", Flag: "webhook-log-age", Env: "ORDO_WEBHOOK_LOG_AGE", Type: duration(time.Hour, 87600*time.Hour), Default: "720h",
			Help: "How long deliveries of webhooks are kept in the log", field: func(c *Config) any { return &c.WebhookLogAge },
		},
		{
			Name: "nats_url", Env: "ORDO_NATS_URL", Type: natsURL, Hide: hideAll,
			Help: "NATS server whose JetStream the journal is published to, such as nats://nats:4222; empty: it is not published", field: func(c *Config) any { return &c.NATSURL },
		},
		{
			Name: "nats_stream", Flag: "nats-stream", Env: "ORDO_NATS_STREAM", Type: streamName, Default: "ORDO",
			Help: "JetStream stream that takes the journal, and nothing else; made when it is not there", field: func(c *Config) any { return &c.NATSStream },
		},
		{
			Name: "nats_prefix", Flag: "nats-prefix", Env: "ORDO_NATS_PREFIX", Type: subjectPrefix, Default: "ordo.events",
			Help: "What subjects begin with, before the type of the event", field: func(c *Config) any { return &c.NATSPrefix },
		},
		{
			Name: "nats_credentials", Env: "ORDO_NATS_CREDENTIALS", Type: anyText, Hide: hideAll,
			Help: "File with the credentials for NATS; empty for a server that asks for none", field: func(c *Config) any { return &c.NATSCredentials },
		},
		{
			Name: "import_size", Flag: "import-size", Env: "ORDO_IMPORT_SIZE", Type: number(1<<20, 1<<20, 1<<31-1), Default: "67108864",
			Help: "Bytes that a file to import may have", field: func(c *Config) any { return &c.ImportSize }, plain: asNumber,
		},
		{
			Name: "session_idle", Flag: "session-idle", Env: "ORDO_SESSION_IDLE", Type: duration(time.Minute, 720*time.Hour), Default: "8h",
			Help: "Until a browser that is not used has to sign in again", field: func(c *Config) any { return &c.SessionIdle },
		},
		{
			Name: "session_age", Flag: "session-age", Env: "ORDO_SESSION_AGE", Type: duration(time.Minute, 720*time.Hour), Default: "24h",
			Help: "Until any browser has to sign in again", field: func(c *Config) any { return &c.SessionAge },
		},
		{
			Name: "oidc_issuer", Flag: "oidc-issuer", Env: "ORDO_OIDC_ISSUER", Type: issuer,
			Help: "OpenID Connect server that people may sign in to the console with, such as https://login.example.com; empty: by password only", field: func(c *Config) any { return &c.OIDC.Issuer },
		},
		{
			Name: "oidc_client_id", Flag: "oidc-client-id", Env: "ORDO_OIDC_CLIENT_ID", Type: anyText,
			Help: "As what that server knows this one; its redirect URI is public_url and /console/sign-in/back", field: func(c *Config) any { return &c.OIDC.ClientID },
		},
		{
			Name: "oidc_client_secret", Env: "ORDO_OIDC_CLIENT_SECRET", Type: anyText, Hide: hideAll,
			Help: "Secret for that server; empty for a public client", field: func(c *Config) any { return &c.OIDC.Secret },
		},
		{
			Name: "oidc_name", Flag: "oidc-name", Env: "ORDO_OIDC_NAME", Type: anyText, Default: "single sign-on",
			Help: "What the button calls that server", field: func(c *Config) any { return &c.OIDC.Name },
		},
		{
			Name: "oidc_role", Flag: "oidc-role", Env: "ORDO_OIDC_ROLE", Type: anyText,
			Help: "Role of people whom that server signs in and who have no account yet; empty: they are refused", field: func(c *Config) any { return &c.OIDC.Role },
		},
		{
			Name: "oidc_trust_email", Flag: "oidc-trust-email", Env: "ORDO_OIDC_TRUST_EMAIL", Type: choice("no", "yes"), Default: "no",
			Help: "Whether mail addresses count as checked that this server does not say so of: yes only where people cannot choose their address there", field: func(c *Config) any { return &c.OIDC.TrustEmail },
		},
		{
			Name: "file_max_age", Flag: "file-max-age", Env: "ORDO_FILE_MAX_AGE", Type: duration(time.Hour, 87600*time.Hour), Default: "168h",
			Help: "How long the files of imports and exports are kept after their end; imports that wait for longer are canceled", field: func(c *Config) any { return &c.FileMaxAge },
		},
	}...)
}

var (
	issuer        = Type{"URL", optional(checkIssuer)}
	natsURL       = Type{"URL", optional(checkNATS)}
	streamName    = Type{"NAME", checkStream}
	subjectPrefix = Type{"SUBJECT", checkSubject}
)

// checkIssuer keeps the slash at the end: issuers are compared letter by letter (OpenID Connect Discovery 1.0, 4.3).
func checkIssuer(s string) (string, error) {
	if _, err := checkPublic(s); err != nil {
		return "", errors.New("give the absolute URL that the server names itself by, such as https://login.example.net")
	}
	return s, nil
}

func checkNATS(s string) (string, error) {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		u, err := url.Parse(part)
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return "", errors.New("give nats://HOST:PORT or tls://HOST:PORT, several separated by commas")
		}
		out = append(out, part)
	}
	return strings.Join(out, ","), nil
}

// ofSubject: NATS takes more, but these need no quotes anywhere.
func ofSubject(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

func checkStream(s string) (string, error) {
	if s == "" || len(s) > 100 || strings.ContainsFunc(s, func(r rune) bool { return !ofSubject(r) }) {
		return "", errors.New("give 1 to 100 letters, digits, _ and -, such as ORDO")
	}
	return s, nil
}

func checkSubject(s string) (string, error) {
	for token := range strings.SplitSeq(s, ".") {
		if _, err := checkStream(token); err != nil || len(s) > 200 || strings.HasPrefix(s, "_") {
			return "", errors.New("give words of letters, digits, _ and -, separated by dots, such as ordo.events")
		}
	}
	return s, nil
}

var networks = Type{"NETWORKS", optional(checkNetworks)}

func checkNetworks(s string) (string, error) {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return "", errors.New("give networks separated by commas, such as 10.1.0.0/16,fd00::/8")
		}
		out = append(out, p.Masked().String())
	}
	return strings.Join(out, ","), nil
}
