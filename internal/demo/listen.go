package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"ordo/internal/server"
)

// Where the demo listens when nobody says where: the first of these ports that is free.
const (
	firstPort = 8080
	ports     = 100
)

// checkListen keeps the key that everybody knows away from the network.
func checkListen(addr string) error {
	if addr == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--listen takes HOST:PORT: %w", err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the demo's API key is public, so it listens on loopback addresses such as 127.0.0.1:8080 only, not on %s; `ordo serve` listens anywhere", addr)
}

// start starts the server where it was told to, or on the first free port.
func (d *demo) start(ctx context.Context) (*server.Server, error) {
	c := d.config()
	if c.Listen = d.Listen; c.Listen != "" {
		s, err := server.StartAt(ctx, c, d.Version, d.log, d.clock.micros)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("%s is in use; stop what listens there or give another --listen", d.Listen)
		}
		return s, err
	}
	for port := firstPort; port < firstPort+ports; port++ {
		c.Listen = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if !free(c.Listen) {
			continue
		}
		s, err := server.StartAt(ctx, c, d.Version, d.log, d.clock.micros)
		if !errors.Is(err, syscall.EADDRINUSE) { // somebody was faster
			return s, err
		}
	}
	return nil, fmt.Errorf("all ports from %d to %d are in use; give --listen", firstPort, firstPort+ports-1)
}

// free looks before the server opens its database, which takes longer.
func free(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
