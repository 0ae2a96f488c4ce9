# make help lists the targets. CI runs .ci/run, which calls lint and test.

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 30s
# make test TESTFLAGS="-run Cancel -v" PKG=./internal/order; RACE=1 needs a C compiler.
PKG       ?= ./...
TESTFLAGS ?=
RACE      ?=

export CGO_ENABLED = $(if $(RACE),1,0)

.DEFAULT_GOAL := help
.PHONY: help build test lint bench docs pictures fuzz vuln clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

build: ## Build bin/ordo: one static file
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ordo ./cmd/ordo

test: ## Run all tests on SQLite and PostgreSQL (TESTFLAGS, PKG, RACE=1)
	@$(GO) build -o bin/pgrun ./internal/pgtest/cmd/pgrun
	bin/pgrun -- $(GO) test $(if $(RACE),-race) -timeout 30m $(TESTFLAGS) $(PKG)

lint: ## Check format, go vet, staticcheck
	@files=$$($(GO) tool gofumpt -l .) && { test -z "$$files" || { echo run: $(GO) tool gofumpt -w $$files; exit 1; }; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

bench: ## Measure on this machine
	bash bench/run.sh

docs: ## Write docs/openapi.json from the code
	$(GO) run ./cmd/ordo openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

pictures: build ## Take the pictures of docs/pictures from a fresh demo (needs Chromium)
	bash docs/pictures.sh

fuzz: ## Run every fuzz target for FUZZTIME
	@grep -rEo --include='*_test.go' '^func Fuzz[[:alnum:]_]+' . | sed 's/:func / /' | while read -r file name; do \
		echo "$$name in $$(dirname $$file)"; \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname $$file)" || exit 1; \
	done

vuln: ## Look for known vulnerabilities (needs the vulnerability database: CI does not run it)
	$(GO) run golang.org/x/vuln/cmd/govulncheck@latest ./...

clean: ## Remove what the targets made
	rm -rf bin docs/openapi.json.new
	find . -path ./.git -prune -o -type f \( -name '*.test' -o -name '*.prof' \) -exec rm -f {} +
