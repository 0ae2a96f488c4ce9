// Package config holds what operators may set.
//
// What lives here: the settings with their defaults, and reading them: flags before environment (ORDO_*) before file
// (ordo.yaml). What does not: acting on them (server).
package config

import "time"

// Config is the settings of `ordo serve`.
type Config struct {
	DB            string        // sqlite:FILE or postgres://…
	Listen        string        // HOST:PORT
	MetricsListen string        // another address for /metrics; empty: the same as everything else
	BootstrapKey  string        // an API key with the owner role
	LogLevel      string        // debug, info, warn, error
	LogFormat     string        // text or json
	PaymentWait   time.Duration // how long a placement waits for its payment
	AnswerMaxAge  time.Duration // how long answers are kept under their Idempotency-Key
	StopWithin    time.Duration // bound of a graceful stop
	DBMaxConns    int           // PostgreSQL connections; 0: the larger of 8 and twice the cores
}

// Default is the settings of a new installation.
func Default() Config {
	return Config{
		DB: "sqlite:./ordo.db", Listen: "127.0.0.1:8080", LogLevel: "info", LogFormat: "text",
		PaymentWait: 10 * time.Second, AnswerMaxAge: 72 * time.Hour, StopWithin: 20 * time.Second,
	}
}
