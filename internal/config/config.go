// Package config holds what operators may set.
//
// What lives here: the settings as a table, and reading them: flags before environment (ORDO_*) before file
// (ordo.yaml) before defaults. What does not: acting on them (server), and the flags themselves (cli), which are made
// from the table.
// The one idea: a setting that is not understood stops the start. A misspelled name would otherwise be the default,
// and nobody would notice before it matters.
package config

import (
	"log/slog"
	"time"
)

// Config is the settings of `ordo serve`.
type Config struct {
	DB            string        // sqlite:FILE or postgres://…
	Listen        string        // HOST:PORT
	PublicURL     string        // under which customers reach this server, for links in mails; empty: mails have none
	Storefront    string        // sales channel that the shop's pages sell for; empty: there are none
	MetricsListen string        // another address for /metrics; empty: the same as everything else
	BootstrapKey  string        // an API key with the owner role
	SandboxSecret string        // signs the webhooks of the sandbox payment provider; empty: a secret of the database does
	LogLevel      slog.Level    // debug, info, warn, error
	LogFormat     string        // text or json
	PaymentWait   time.Duration // how long a placement waits for its payment
	AnswerMaxAge  time.Duration // how long answers are kept under their Idempotency-Key
	CancelWait    time.Duration // how long a location may take to answer a cancellation request
	PickupWindow  time.Duration // how long an order waits for its customer
	PickupScan    time.Duration // from label or dispatch to the carrier's first scan, before a delivery is at risk; 0: never
	Movement      time.Duration // from one scan of a parcel to the next, before its delivery is at risk; 0: never
	StuckAfter    string        // waits until things count as stuck, other than the usual ones (package stuck)
	StartWithin   time.Duration // how long the start waits for the database
	StopWithin    time.Duration // bound of a graceful stop
	DBMaxConns    int           // PostgreSQL connections; 0: the larger of 8 and twice the cores
	MailSender    string        // who carries mails: off, smtp or sandbox
	MailFrom      string        // address of mails that people write for channels that have none
	SMTPHost      string        // mail server
	SMTPPort      int           // 0: that of SMTPTLS
	SMTPUser      string        // empty for a server that asks for none
	SMTPPassword  string        // of the user
	SMTPTLS       string        // starttls, tls or none

	Connect
}

// Setting is a row of the table of settings.
type Setting struct {
	Name    string // in the file
	Flag    string // without dashes; "" for secrets, which a list of processes would show
	Env     string
	Type    Type
	Default string // as it would be written
	Help    string
	Hide    func(string) string        // what of the value may be shown; nil for all
	field   func(*Config) any          // where it goes: *string, *int, *time.Duration or *slog.Level
	plain   func(value string) (n any) // how it is written to YAML; nil: as a string
}

// Settings are all that there are, in the order in which they are shown.
var Settings = []Setting{
	{
		Name: "db", Flag: "db", Env: "ORDO_DB", Type: databaseURL, Default: "sqlite:./ordo.db", Hide: HidePassword,
		Help: "Where the data is: sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/NAME", field: func(c *Config) any { return &c.DB },
	},
	{
		Name: "listen", Flag: "listen", Env: "ORDO_LISTEN", Type: address, Default: "127.0.0.1:8080",
		Help: "Address to serve; an empty host means all of the machine, port 0 any free one", field: func(c *Config) any { return &c.Listen },
	},
	{
		Name: "public_url", Flag: "public-url", Env: "ORDO_PUBLIC_URL", Type: publicURL,
		Help: "Address under which customers reach this server, such as https://orders.example.com; mails have links with it, and none without", field: func(c *Config) any { return &c.PublicURL },
	},
	{
		Name: "storefront_channel", Flag: "storefront-channel", Env: "ORDO_STOREFRONT_CHANNEL", Type: Type{"CHANNEL", optional(checkText)},
		Help: "Sales channel that the storefront at /shop sells for, such as web; empty: there is no storefront. It takes payments of the sandbox only", field: func(c *Config) any { return &c.Storefront },
	},
	{
		Name: "metrics_listen", Flag: "metrics-listen", Env: "ORDO_METRICS_LISTEN", Type: optionalAddress,
		Help: "Address of its own for /metrics; empty: served with everything else", field: func(c *Config) any { return &c.MetricsListen },
	},
	{
		Name: "bootstrap_key", Env: "ORDO_BOOTSTRAP_KEY", Type: secretKey, Hide: hideAll,
		Help: "API key with the owner role, to make the others with", field: func(c *Config) any { return &c.BootstrapKey },
	},
	{
		Name: "sandbox_secret", Env: "ORDO_SANDBOX_SECRET", Type: secretKey, Hide: hideAll,
		Help: "Signs the webhooks of the sandbox payment provider; without it a secret of this database does", field: func(c *Config) any { return &c.SandboxSecret },
	},
	{
		Name: "log_level", Flag: "log-level", Env: "ORDO_LOG_LEVEL", Type: choice("debug", "info", "warn", "error"), Default: "info",
		Help: "Least level that is logged: debug, info, warn or error", field: func(c *Config) any { return &c.LogLevel },
	},
	{
		Name: "log_format", Flag: "log-format", Env: "ORDO_LOG_FORMAT", Type: choice("text", "json"), Default: "text",
		Help: "How log lines look: text or json", field: func(c *Config) any { return &c.LogFormat },
	},
	{
		Name: "payment_wait", Flag: "payment-wait", Env: "ORDO_PAYMENT_WAIT", Type: duration(0, 5*time.Minute), Default: "10s",
		Help: "How long placing an order waits for its payment before it answers that the payment is pending", field: func(c *Config) any { return &c.PaymentWait },
	},
	{
		Name: "answer_max_age", Flag: "answer-max-age", Env: "ORDO_ANSWER_MAX_AGE", Type: duration(time.Minute, 8760*time.Hour), Default: "72h",
		Help: "How long answers are kept under their Idempotency-Key", field: func(c *Config) any { return &c.AnswerMaxAge },
	},
	{
		Name: "cancel_wait", Flag: "cancel-wait", Env: "ORDO_CANCEL_WAIT", Type: duration(time.Minute, 720*time.Hour), Default: "24h",
		Help: "How long a location may take to answer a cancellation request, where it does not say; then it is refused", field: func(c *Config) any { return &c.CancelWait },
	},
	{
		Name: "pickup_window", Flag: "pickup-window", Env: "ORDO_PICKUP_WINDOW", Type: duration(time.Hour, 2160*time.Hour), Default: "168h",
		Help: "How long an order waits for the customer who collects it, where its location does not say; then it goes back to the shelf", field: func(c *Config) any { return &c.PickupWindow },
	},
	{
		Name: "pickup_scan_within", Flag: "pickup-scan-within", Env: "ORDO_PICKUP_SCAN_WITHIN", Type: duration(0, 2160*time.Hour), Default: "48h",
		Help: "When a delivery is at risk: from its label or dispatch without a scan of the carrier; 0s never", field: func(c *Config) any { return &c.PickupScan },
	},
	{
		Name: "movement_within", Flag: "movement-within", Env: "ORDO_MOVEMENT_WITHIN", Type: duration(0, 2160*time.Hour), Default: "120h",
		Help: "When a delivery is at risk: from the last scan of the carrier without another; 0s never", field: func(c *Config) any { return &c.Movement },
	},
	{
		Name: "stuck_after", Flag: "stuck-after", Env: "ORDO_STUCK_AFTER", Type: Type{"WAITS", checkWaits},
		Help: "When things count as stuck, where the usual waits do not fit, such as payment.pending=5m,hold.open=72h", field: func(c *Config) any { return &c.StuckAfter },
	},
	{
		Name: "start_within", Flag: "start-within", Env: "ORDO_START_WITHIN", Type: duration(0, time.Hour), Default: "30s",
		Help: "How long the start waits for the database", field: func(c *Config) any { return &c.StartWithin },
	},
	{
		Name: "stop_within", Flag: "stop-within", Env: "ORDO_STOP_WITHIN", Type: duration(100*time.Millisecond, 10*time.Minute), Default: "20s",
		Help: "How long a stop waits for what is in flight", field: func(c *Config) any { return &c.StopWithin },
	},
	{
		Name: "db_max_conns", Flag: "db-max-conns", Env: "ORDO_DB_MAX_CONNS", Type: number(0, 4, 1000), Default: "0",
		Help: "Connections to PostgreSQL; 0: the larger of 8 and twice the cores", field: func(c *Config) any { return &c.DBMaxConns }, plain: asNumber,
	},
	{
		Name: "mail_sender", Flag: "mail-sender", Env: "ORDO_MAIL_SENDER", Type: choice("off", "smtp", "sandbox"), Default: "off",
		Help: "Who carries mails: off (they are written and kept), smtp, or sandbox, which delivers to nobody", field: func(c *Config) any { return &c.MailSender },
	},
	{
		Name: "mail_from", Flag: "mail-from", Env: "ORDO_MAIL_FROM", Type: mailAddress,
		Help: "Address that mails written by people come from where their sales channel has none", field: func(c *Config) any { return &c.MailFrom },
	},
	{
		Name: "smtp_host", Flag: "smtp-host", Env: "ORDO_SMTP_HOST", Type: hostName,
		Help: "Mail server, for mail_sender smtp", field: func(c *Config) any { return &c.SMTPHost },
	},
	{
		Name: "smtp_port", Flag: "smtp-port", Env: "ORDO_SMTP_PORT", Type: number(0, 1, 65535), Default: "0",
		Help: "Its port; 0: 587 for starttls, 465 for tls, 25 for none", field: func(c *Config) any { return &c.SMTPPort }, plain: asNumber,
	},
	{
		Name: "smtp_user", Flag: "smtp-user", Env: "ORDO_SMTP_USER", Type: anyText,
		Help: "User at the mail server; empty for a server that asks for none", field: func(c *Config) any { return &c.SMTPUser },
	},
	{
		Name: "smtp_password", Env: "ORDO_SMTP_PASSWORD", Type: anyText, Hide: hideAll,
		Help: "Password of the user", field: func(c *Config) any { return &c.SMTPPassword },
	},
	{
		Name: "smtp_tls", Flag: "smtp-tls", Env: "ORDO_SMTP_TLS", Type: choice("starttls", "tls", "none"), Default: "starttls",
		Help: "How the connection is protected: starttls (required), tls from the first byte, or none for a server on the same machine", field: func(c *Config) any { return &c.SMTPTLS },
	},
}

// Default is the settings of a new installation.
func Default() (c Config) {
	for i := range Settings {
		if err := Settings[i].set(&c, Settings[i].Default); err != nil {
			panic(err) // the table is wrong
		}
	}
	return c
}
