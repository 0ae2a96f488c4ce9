package api

import "net/http"

func renderDocs(version string) []byte { return nil }

func (s *Server) docs(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }

func (s *Server) docsStyle(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotFound)
}

func (s *Server) docsScript(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotFound)
}
