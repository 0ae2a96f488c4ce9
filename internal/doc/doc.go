// Package doc holds what every stored document has: an id and a version.
//
// What lives here: Meta, which aggregates embed. What does not: how documents are stored (store) or locked (work).
// The one idea: an aggregate is one document, saved and loaded whole, and its version counts its changes (G2).
package doc

// Meta is embedded by every aggregate.
type Meta struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
}

// DocMeta gives the store access to id and version.
func (m *Meta) DocMeta() *Meta { return m }
