package storefront

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"

	"ordo/internal/jsonx"
)

// keepHeader marks answers that the service worker may keep: pages that are of nobody when asked for without a cookie.
const keepHeader = "Ordo-Keep"

// kept are the files that the service worker keeps from the start.
var kept = []string{"shop.css", "shop.js", "icon.svg"}

// newWorker writes the service worker: what it is for, and its code. Its version comes of all that pages are made of, so
// that another version is another script, which browsers put in place of the old one.
func (s *Server) newWorker() error {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		h.Write(body)
		return err
	})
	if err != nil {
		return err
	}
	code, err := files.ReadFile("worker/worker.js")
	if err != nil {
		return err
	}
	about := struct {
		Root    string   `json:"root"`
		Version string   `json:"version"`
		Files   []string `json:"files"`
	}{Root: s.base + Root}
	for _, name := range kept {
		about.Files = append(about.Files, s.assets.Path(name))
		h.Write([]byte(s.assets.Path(name)))
	}
	about.Version = hex.EncodeToString(h.Sum(nil)[:8])
	s.worker = append(append([]byte("const shop = "), jsonx.Marshal(about)...), append([]byte(";\n"), code...)...)
	return nil
}

// serveWorker serves the service worker. The page of the shop stands above its folder, so its scope has to be allowed.
func (s *Server) serveWorker(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Service-Worker-Allowed", s.base+Root)
	_, _ = w.Write(s.worker)
}

// manifest is what a phone asks for to install the shop as an app.
type manifest struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	ShortName  string `json:"short_name"`
	Lang       string `json:"lang"`
	StartURL   string `json:"start_url"`
	Scope      string `json:"scope"`
	Display    string `json:"display"`
	Background string `json:"background_color"`
	Theme      string `json:"theme_color"`
	Icons      []icon `json:"icons"`
}

type icon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitzero"`
}

// showManifest tells phones how the shop is installed, under the name of its channel.
func showManifest(v *visit) error {
	root := v.s.path()
	m := manifest{
		ID: root, Name: v.channel.Name, ShortName: v.channel.Name, Lang: v.lang, StartURL: root, Scope: root,
		Display: "standalone", Background: "#f6f7f9", Theme: "#2753d7", Icons: []icon{
			{Src: v.s.assets.Path("icon.svg"), Sizes: "any", Type: "image/svg+xml"},
			{Src: v.s.assets.Path("icon-192.png"), Sizes: "192x192", Type: "image/png"},
			{Src: v.s.assets.Path("icon-512.png"), Sizes: "512x512", Type: "image/png"},
			{Src: v.s.assets.Path("icon-512.png"), Sizes: "512x512", Type: "image/png", Purpose: "maskable"},
		},
	}
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", "application/manifest+json")
	h.Set("Cache-Control", "no-cache")
	_, _ = v.w.Write(jsonx.Marshal(m))
	return nil
}

// showOffline stands in for pages that were never seen while there is no connection: the service worker keeps it. Online
// it leads nowhere, and says so.
func showOffline(v *visit) error {
	return v.show(http.StatusOK, "offline", v.t("You are offline"), nil)
}
