// Package arch holds tests that keep the shape of the code: which package may
// import which, what the pure packages may not touch, how long a file may get,
// and that every package says what it is for.
//
// The shape is the table layers in arch_test.go. A new package under internal/
// needs a place there; nothing else does.
package arch
