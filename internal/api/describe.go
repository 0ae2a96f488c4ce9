package api

import "net/http"

// Description renders the OpenAPI description.
func Description(version string) []byte { return []byte("{}") }

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, "application/json", s.spec)
}

func (s *Server) docs(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }

func (s *Server) docsStyle(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotFound)
}
