//go:build race

package e2e

// raceFlags build the program as the tests are built: with the race detector.
var raceFlags = []string{"-race"}
