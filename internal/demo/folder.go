package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ordo/internal/retail"
)

// The files of a demo. The server adds to the database's name: -wal, -shm, .lock, .sandbox.
const (
	markerName = "demo.json"
	dbName     = "ordo.db"
	logName    = "ordo.log"
)

// markerFormat rises when a demo can no longer go on with what an older one began.
const markerFormat = 1

// marker is demo.json: it says that a folder is a demo's, and how far the demo is. What was placed and shipped stands
// in the database only.
type marker struct {
	Format   int       `json:"ordo_demo"`
	Database string    `json:"database"` // without password
	Plan     string    `json:"plan"`     // fingerprint of what is replayed
	Starts   int       `json:"starts"`
	Last     time.Time `json:"last"` // when the last invoice comes: that of the first start
	Finished bool      `json:"finished"`
	Summary  *Summary  `json:"summary,omitempty"`
}

type folder struct {
	dir    string
	marker marker
}

// openFolder takes a folder that is empty, new, or a demo's already.
func openFolder(dir, db string, fresh bool) (*folder, error) {
	label, err := databaseLabel(db)
	if err != nil {
		return nil, err
	}
	if fresh && db != "" {
		return nil, errors.New("--fresh removes files only; give --db an empty database and --dir an empty folder")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the demo: %w", err)
	}
	f := &folder{dir: dir, marker: marker{Format: markerFormat, Database: label}}
	known, err := f.read()
	if err != nil {
		return nil, err
	}
	switch {
	case !known:
		if err := f.empty(); err != nil {
			return nil, err
		}
	case fresh:
		if err := f.clear(label); err != nil {
			return nil, err
		}
	case f.marker.Format != markerFormat:
		return nil, fmt.Errorf("%s is of another version of the demo; --fresh starts over", dir)
	case f.marker.Database != label:
		return nil, fmt.Errorf("the demo in %s is on another database (%s); give another --dir", dir, f.marker.Database)
	}
	// Before the database: from here on the folder is recognized whatever happens.
	return f, f.save()
}

// databaseLabel is the database as the marker names it.
func databaseLabel(db string) (string, error) {
	if db == "" {
		return "sqlite", nil
	}
	u, err := url.Parse(db)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return "", errors.New("--db takes postgres://USER:PASSWORD@HOST:PORT/NAME; without it the demo uses an SQLite file in its folder")
	}
	return "postgres://" + u.Host + u.Path, nil
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// read reports whether there is a marker.
func (f *folder) read() (bool, error) {
	b, err := os.ReadFile(f.path(markerName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read the folder of the demo: %w", err)
	}
	var m marker
	if err := json.Unmarshal(b, &m); err != nil || m.Format == 0 || m.Finished && m.Summary == nil {
		return false, fmt.Errorf("%s is not the marker of a demo; give another --dir", f.path(markerName))
	}
	f.marker = m
	return true, nil
}

// empty refuses a folder that somebody uses for something else.
func (f *folder) empty() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return fmt.Errorf("cannot read the folder of the demo: %w", err)
	}
	for _, e := range entries {
		return fmt.Errorf("%s is not the folder of a demo: there is %s in it; give another --dir", f.dir, e.Name())
	}
	return nil
}

// clear removes what a demo made, and nothing else. The marker goes back to the start first: a folder that is half
// cleared must not look finished.
func (f *folder) clear(label string) error {
	held, err := os.OpenFile(f.path(dbName+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write to %s: %w", f.dir, err)
	}
	defer held.Close()
	if err := lock(held); err != nil {
		return fmt.Errorf("a demo runs in %s; stop it first", f.dir)
	}
	f.marker = marker{Format: markerFormat, Database: label}
	if err := f.save(); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && made(name) {
			if err := os.Remove(f.path(name)); err != nil {
				return fmt.Errorf("cannot start over: %w", err)
			}
		}
	}
	return nil
}

// made reports whether a file is the demo's and goes with it. The lock file stays: whoever removes a lock that is
// held lets two in.
func made(name string) bool {
	if name == logName {
		return true
	}
	rest, ok := strings.CutPrefix(name, dbName)
	if !ok {
		return false
	}
	rest = strings.TrimPrefix(rest, ".sandbox")
	return rest == "" || rest == "-wal" || rest == "-shm" || rest == "-journal"
}

// save replaces the marker as a whole.
func (f *folder) save() error {
	b, err := json.MarshalIndent(f.marker, "", "  ")
	if err != nil {
		return err
	}
	next := f.path(markerName + ".new")
	if err := os.WriteFile(next, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("cannot write to the folder of the demo: %w", err)
	}
	return os.Rename(next, f.path(markerName))
}

// fingerprint tells plans apart.
func fingerprint(p *retail.Plan) string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(p); err != nil {
		panic(err) // a plan is plain data
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
