package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

// Assets are files that pages load: styles, scripts, icons.
type Assets struct {
	root string
	m    map[string]asset
}

type asset struct {
	body []byte
	kind string
	hash string
}

// LoadAssets reads the files in assets/, to be served below root. A style sheet is served after the tokens and parts that
// all pages share, in one file.
func LoadAssets(root string, of fs.FS) (*Assets, error) {
	a := &Assets{root: root, m: map[string]asset{}}
	base, err := files.ReadFile("assets/base.css")
	if err != nil {
		return nil, err
	}
	return a, fs.WalkDir(of, "assets", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := fs.ReadFile(of, name)
		if path.Ext(name) == ".css" {
			body = append(append([]byte{}, base...), body...)
		}
		h := sha256.Sum256(body)
		a.m[path.Base(name)] = asset{body, mime.TypeByExtension(path.Ext(name)), hex.EncodeToString(h[:6])}
		return err
	})
}

// Path is an address that changes with the content, so that browsers may keep it for good.
func (a *Assets) Path(name string) string {
	return a.root + "/assets/" + name + "?v=" + a.m[name].hash
}

// ServeHTTP serves the file that the slot name of the route's pattern names.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.m[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.RawQuery == "v="+f.hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(f.body)
}
