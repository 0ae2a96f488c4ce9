package pages_test

import (
	"testing"

	"ordo/internal/pagetest"
)

// TestWords holds the catalogs to the texts of what pages share.
func TestWords(t *testing.T) { pagetest.Words(t) }
