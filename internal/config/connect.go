package config

import (
	"errors"
	"net/netip"
	"strings"
	"time"
)

// Connect is what carries the journal to other systems.
type Connect struct {
	WebhookNetworks     string        // networks that webhook endpoints may be in beside the public ones
	WebhookDisableAfter time.Duration // of taking nothing
	WebhookLogAge       time.Duration // how long deliveries are kept in the log
}

func init() {
	Settings = append(Settings, []Setting{
		{
			Name: "webhook_networks", Flag: "webhook-networks", Env: "ORDO_WEBHOOK_NETWORKS", Type: networks,
			Help: "Networks that webhook endpoints may be in beside public addresses, such as 10.1.0.0/16,127.0.0.0/8; http:// is for these only", field: func(c *Config) any { return &c.WebhookNetworks },
		},
		{
			Name: "webhook_disable_after", Flag: "webhook-disable-after", Env: "ORDO_WEBHOOK_DISABLE_AFTER", Type: duration(time.Minute, 8760*time.Hour), Default: "120h",
			Help: "How long a webhook endpoint may take nothing before it is disabled", field: func(c *Config) any { return &c.WebhookDisableAfter },
		},
		{
			Name: "webhook_log_age", Flag: "webhook-log-age", Env: "ORDO_WEBHOOK_LOG_AGE", Type: duration(time.Hour, 87600*time.Hour), Default: "720h",
			Help: "How long deliveries of webhooks are kept in the log", field: func(c *Config) any { return &c.WebhookLogAge },
		},
	}...)
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
