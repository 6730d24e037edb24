# `make demo` shows the whole thing; `make test` runs every test. Each installs what it needs on a fresh machine.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
GO          ?= go
POSTGRES    := $(GO) run ./store/storetest/withpostgres

# What the analyzers are, to the version: a newer one may find more, which is a change of its own.
STATICCHECK := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOSEC       := $(GO) run github.com/securego/gosec/v2/cmd/gosec@v2.26.1
GOVULNCHECK := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.8.0

# Much of the time of a test is waiting: for a browser, a disk, a letter. So twice as many run at once as there are processors.
AT_ONCE := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

.PHONY: help build demo test cve e2e statemachine rig rig-mutants check lint vulnerabilities race coverage mutation bench fuzz clean

help:
	@echo 'make demo          start a tenant and the door, and print where to click (ONCE=1: run the story once and judge it)'
	@echo 'make test          every test, on SQLite and PostgreSQL and in the browser'
	@echo 'make cve           past vulnerabilities of other servers, each with the verdict of its test (docs/vulnerabilities.md)'
	@echo 'make e2e           the tests of the whole program only'
	@echo 'make statemachine  compare the server with its model over 100,000 random steps on each database'
	@echo 'make rig           break real servers for ten minutes and check that every promise is kept (HOURS=3, SEED=7, DATABASE=sqlite, OLD=ref)'
	@echo 'make rig-mutants   show that the rig catches faulty servers: one for each patch in internal/rig/mutants (MUTANT=name)'
	@echo 'make check         format, vet, module checksums'
	@echo 'make lint          staticcheck and gosec'
	@echo 'make vulnerabilities  what is publicly known about the libraries (VULNDB=file:///path without the network)'
	@echo 'make race          the tests under the race detector, which needs a C compiler (RACE=./store, RUN=Concurrent)'
	@echo 'make coverage      every test, and how much of each package they reach'
	@echo 'make mutation      how many small mistakes in the rules, the sessions and the gate their tests notice (MUTATE=auth/visit.go, RUN=Session)'
	@echo 'make bench         how fast it is, beside the limits of the machine, as a table (JSON=file, BASE=ref, ONLY=pieces)'
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
	$(POSTGRES) $(GO) test -parallel $(AT_ONCE) -timeout 60m ./...

cve:
	scripts/install-test-tools
	GO='$(GO)' $(POSTGRES) $(GO) run ./cmd/internal/cve

e2e:
	scripts/install-test-tools
	$(POSTGRES) $(GO) test -count=1 -v -run 'E2E|Browser' ./cmd/...

statemachine:
	scripts/install-test-tools
	$(POSTGRES) $(GO) test -count=1 -timeout 2h -v -run StateMachine ./cmd/doorlist -args -steps $(or $(STEPS),100000)

# What is broken, noted and demanded: internal/rig/doc.go. Root gets a mount namespace, in which disks can be filled.
OWN_MOUNTS = $(if $(filter 0,$(shell id -u)),unshare --mount env DOORLIST_RIG_OWN_MOUNTS=1)
rig:
	scripts/install-test-tools strace
	$(OWN_MOUNTS) $(GO) run ./internal/rig/run $(if $(HOURS),--for $(HOURS)h) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE)) $(if $(OLD),--old $(OLD))

rig-mutants:
	scripts/install-test-tools
	$(OWN_MOUNTS) $(GO) run ./internal/rig/mutants $(MUTANT)

check:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) mod verify

# gosec looks at what the server is made of. What else it finds is answered beside the line that is meant (#nosec, with the reason). It is not asked about
#   G101 words such as "password" in constants: they are names and sentences
#   G104 errors that nobody looks at: of closing what failed already, and of buffered writers, which keep the first one until Flush
#   G115 conversions of integers: of lengths, times and ports, all far from their ends
#   G304 files whose names are variables: whoever runs a command names them, and no request does
lint:
	$(STATICCHECK) ./...
	$(GOSEC) -quiet -exclude=G101,G104,G115,G304 ./policy/... ./scim/... ./auth/... ./admin/... ./store ./cmd/doorlist/...

vulnerabilities:
	$(GOVULNCHECK) $(if $(VULNDB),-db $(VULNDB)) ./...

race:
	scripts/install-test-tools
	$(POSTGRES) env CGO_ENABLED=1 $(GO) test -race -timeout 3h $(if $(RUN),-run '$(RUN)') $(or $(RACE),./...)

coverage:
	scripts/install-test-tools
	$(POSTGRES) scripts/coverage

# What a mistake is, where they are made and which ones nobody can notice: cmd/internal/mutation.
mutation:
	scripts/install-test-tools
	$(GO) run ./cmd/internal/mutation $(if $(RUN),-run '$(RUN)') $(if $(ONLY),-only '$(ONLY)') $(if $(WORKERS),-workers $(WORKERS)) $(MUTATE)

# BENCH=Filter runs some of the Go benchmarks, ONLY=pieces or ONLY=server half of all, JSON=file writes the table down, BASE=ref compares with another
# commit. BENCHFLAGS="--people 1000000 --rounds 9" and the like: see docs/performance.md.
bench:
	$(GO) run ./cmd/bench $(if $(BENCH),--pieces '$(BENCH)') $(if $(ONLY),--only $(ONLY)) $(if $(JSON),--json $(JSON)) $(if $(BASE),--base $(BASE)) $(BENCHFLAGS)

FUZZTIME ?= 10s
fuzz:
	scripts/fuzz $(FUZZTIME)

clean:
	rm -rf bin
