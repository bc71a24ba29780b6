# Every habit of the project is one target; CI and releases run `make check`.
# A C and C++ compiler is needed (DuckDB is linked in), nothing else beside Go.

GO ?= go
BIN := bin/leasttrail
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X github.com/leasttrail/leasttrail/internal/cli.version=$(VERSION)
FUZZTIME ?= 20s
SOAKTIME ?= 10m
ROUNDS ?= 5
EVENTS ?= 1000000
export CGO_ENABLED := 1

# Whole files are inflated by libdeflate where its static library is there
# (Debian: libdeflate-dev); without it the build is the same but slower.
LIBDEFLATE := $(shell pkg-config --exists libdeflate 2>/dev/null && test -f "$$($${CC:-cc} -print-file-name=libdeflate.a)" && echo libdeflate)
TAGS ?= $(LIBDEFLATE)

# Several binaries link DuckDB at the end of a test build: one package at a time
# keeps that in memory.
TESTFLAGS ?= -race -p 2 -timeout 20m

.PHONY: build demo test test-trino check lint golden generate fuzz soak bench gobench gaps parliament mutate sample clean help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/leasttrail
	$(GO) build -tags '$(TAGS)' -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/leasttrail

demo: ## the main job on the bundled sample trail
	@sh scripts/libdeflate.sh
	@$(MAKE) --no-print-directory build
	@sh examples/demo.sh $(BIN)

test: ## go vet and all tests, race detector on; at the end what was skipped
	$(GO) vet -tags '$(TAGS)' ./...
	$(GO) test -json -tags '$(TAGS)' $(TESTFLAGS) ./... | $(GO) run ./scripts/testsum

test-trino: ## the same queries on the embedded engine and on a real Trino (fetched once, 800 MB)
	@GO=$(GO) scripts/test-trino.sh

lint: ## formatting, go vet, no replace in go.mod
	@out=$$(gofmt -l cmd internal); if [ -n "$$out" ]; then echo "not gofmt'ed:"; echo "$$out"; exit 1; fi
	@if grep -n '^replace' go.mod; then echo 'go.mod must not replace anything'; exit 1; fi
	$(GO) vet -tags '$(TAGS)' ./...

check: lint build demo test ## what CI runs

golden: ## rewrite the golden files, then read the diff
	UPDATE_GOLDEN=1 $(GO) test ./... -run 'Golden|Script' -count=1
	@git --no-pager diff --stat

generate: ## IAM data from its packages; a difference is an error
	$(GO) generate ./...
	git diff --exit-code

fuzz: ## each fuzz target for FUZZTIME
	@TAGS='$(TAGS)' FUZZTIME=$(FUZZTIME) sh scripts/fuzz.sh

soak: ## processes killed while they copy, then fuzz targets round and round for SOAKTIME
	LEASTTRAIL_SOAK=1 $(GO) test -tags '$(TAGS)' -count=1 -timeout 2h -v -run 'TestStoreSurvivesKills|TestStoreTwoProcesses' ./internal/cli
	@TAGS='$(TAGS)' FUZZTIME=$(FUZZTIME) SOAKTIME=$(SOAKTIME) sh scripts/fuzz.sh soak

bench: build ## leasttrail against the limit and its peers, all interleaved; several minutes
	@test -n '$(LIBDEFLATE)' || { echo 'bench: the limit needs libdeflate (Debian: libdeflate-dev)'; exit 1; }
	$(GO) build -tags '$(TAGS)' -o bin/limit ./bench/limit
	$(GO) build -o bin/readjson ./bench/readjson
	$(GO) run ./bench/run -bin bin -rounds $(ROUNDS) -events $(EVENTS)

gobench: ## the Go benchmarks, for benchstat
	$(GO) test -tags '$(TAGS)' -run '^$$' -bench . -benchmem ./...

gaps: ## what of the corpora (LEASTTRAIL_CORPUS) and of the SDK models maps; fails on a gap that nobody reviewed
	$(GO) test -count=1 -v -run 'Gaps' ./internal/authz

parliament: ## the linter parliament on the policy of every principal of the corpora (python3, the package index)
	LEASTTRAIL_PARLIAMENT=$${LEASTTRAIL_PARLIAMENT:-$$(mktemp -d)} $(GO) test -count=1 -v -run 'Parliament' ./internal/policy

mutate: ## leaves out each rule of the mapping: some test must fail
	LEASTTRAIL_MUTATE=1 $(GO) test -count=1 -v -timeout 60m -run 'Mutations|EveryRule|EveryRow' ./internal/authz

sample: build ## write examples/trail anew
	rm -rf examples/trail
	$(BIN) sample examples/trail --events 2250 --seed 104 --accounts 2 --regions us-east-1,eu-central-1 --days 7

clean:
	rm -rf bin
