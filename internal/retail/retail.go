// Package retail holds five real trading days of a British online gift shop
// and the plan that replays them.
//
// What lives here: the data (data/, CC BY 4.0, 17,077 lines on 581 invoices),
// the reader, and the mapping from messy invoice rows to orders,
// cancellations and stock adjustments. What does not: the replay itself. This
// package knows no HTTP, database, clock or file system; its input is embedded
// and its output is a value.
//
// The one idea: nothing is silently dropped. Every line of the data falls into
// exactly one kind (Plan.Counts) and every invoice becomes exactly one thing
// (Plan.InvoiceCounts), with a sentence that says what was done. Both tables
// add up to the whole data, in lines, in invoices and in money.
//
// What the source lacks is derived and easy to recognize: customers are called
// "Customer 17523" or "Guest 578347", mail goes to example.com, and every
// country has one placeholder address.
package retail

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io/fs"
)

// Attribution credits the source, as its license asks. Show it wherever the
// data is shown.
const Attribution = `"Online Retail" by Daqing Chen (2015), UCI Machine Learning Repository, ` +
	`https://doi.org/10.24432/C5BW33, licensed under CC BY 4.0, https://creativecommons.org/licenses/by/4.0/`

//go:embed data/*.csv.gz
var files embed.FS

// Load reads the embedded days and maps them. Two calls return equal plans;
// the caller owns the result.
func Load() (*Plan, error) {
	names, err := fs.Glob(files, "data/*.csv.gz") // sorted by name, which is by day
	if err != nil {
		return nil, err
	}
	rows := make([]row, 0, 20_000) // room for all of it at once
	for _, name := range names {
		if rows, err = loadDay(rows, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return build(rows)
}

func loadDay(rows []row, name string) ([]row, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return readRows(rows, z)
}
