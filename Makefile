# `make demo` shows the whole thing; `make test` runs every test. Each installs what it needs on a fresh machine.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
GO          ?= go
POSTGRES    := $(GO) run ./store/storetest/withpostgres

.PHONY: help build demo test e2e statemachine check bench fuzz clean

help:
	@echo 'make demo          start a tenant and the door, and print where to click (ONCE=1: run the story once and judge it)'
	@echo 'make test          every test, on SQLite and PostgreSQL and in the browser'
	@echo 'make e2e           the tests of the whole program only'
	@echo 'make statemachine  compare the server with its model over 100,000 random steps on each database'
	@echo 'make check         format, vet, module checksums'
	@echo 'make bench         the benchmarks'
	@echo 'make fuzz          each fuzz target for a few seconds (FUZZTIME=10s)'
	@echo 'make build         the programs, in bin/'

build:
	mkdir -p bin
	$(GO) build -o bin/ ./cmd/...

# PORT=8080 puts the door on a fixed port; without it a free one is taken.
demo: build
	bin/demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test:
	scripts/install-test-tools
	$(POSTGRES) $(GO) test -timeout 60m ./...

e2e:
	scripts/install-test-tools
	$(POSTGRES) $(GO) test -count=1 -v -run 'E2E|Browser' ./cmd/...

statemachine:
	scripts/install-test-tools
	$(POSTGRES) $(GO) test -count=1 -timeout 2h -v -run StateMachine ./cmd/doorlist -args -steps $(or $(STEPS),100000)

check:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) mod verify

bench:
	$(POSTGRES) $(GO) test -run '^$$' -bench . -benchmem ./... | grep -E '^(pkg:|Benchmark|FAIL|panic)'

FUZZTIME ?= 10s
fuzz:
	scripts/fuzz $(FUZZTIME)

clean:
	rm -rf bin
