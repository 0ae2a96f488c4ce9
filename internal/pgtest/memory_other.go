//go:build !linux

package pgtest

// MemoryDir is empty: no directory in memory is known on this system.
func MemoryDir() string { return "" }
