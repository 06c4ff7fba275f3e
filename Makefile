# One command for each chore. `make run FILE=model.gguf` opens a model of yours.

FUZZ_SECONDS ?= 60
PREFIX       ?= /usr/local

INSPECT := .build/release/inspect
BIN     := $(DESTDIR)$(PREFIX)/bin
SHARE   := $(DESTDIR)$(PREFIX)/share
MANUAL  := .build/manual/plugins/GenerateManual/outputs/inspect/inspect.1
CORPUS  := .build/fuzz/corpus

# The Swift libraries go into the executable, so that it starts faster and runs without a toolchain.
RELEASE := swift build -c release
ifeq ($(shell uname), Linux)
RELEASE += --static-swift-stdlib
endif

.PHONY: run test screenshots build lint bench fuzz install clean ncurses

# The fixtures hold a damaged model on purpose, and the program says so with exit code 1.
run: build
ifdef FILE
	@$(INSPECT) '$(FILE)'
else
	@$(INSPECT) fixtures/models/* || test $$? -eq 1
endif

test: ncurses
	swift test --disable-xctest

# The pictures of the documentation, drawn from the screens that the tests know.
screenshots: ncurses
	SCREENSHOTS=1 swift test --disable-xctest --filter drawsPictures

build: ncurses
	$(RELEASE) --product inspect

lint:
	swift format lint --strict -r Sources Tests Package.swift

bench:
	swift build -c release --product bench
	.build/release/bench

# Time-bounded: what it finds is left as .build/fuzz/crash-*, and make fails.
fuzz:
	swift build -c release --scratch-path .build/fuzz --sanitize fuzzer --product fuzz
	mkdir -p $(CORPUS)
	SWIFT_BACKTRACE=enable=no .build/fuzz/release/fuzz -max_total_time=$(FUZZ_SECONDS) \
	  -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
	  -artifact_prefix=.build/fuzz/ $(CORPUS) fixtures/malformed fixtures/generated fixtures/models \
	  fixtures/schemes

# The manual page needs a plugin of the argument parser, which builds the program its own way and
# so in its own folder; without it the rest is installed.
install: build
	install -d $(BIN) $(SHARE)/man/man1 $(SHARE)/bash-completion/completions \
	  $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	install -s -m 755 $(INSPECT) $(BIN)/inspect
	$(INSPECT) --generate-completion-script bash > $(SHARE)/bash-completion/completions/inspect
	$(INSPECT) --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_inspect
	$(INSPECT) --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/inspect.fish
	swift package --scratch-path .build/manual --allow-writing-to-package-directory generate-manual \
	  && install -m 644 $(MANUAL) $(SHARE)/man/man1/inspect.1 \
	  || echo "no manual page: the plugin did not run" >&2

clean:
	rm -rf .build

# The one library that Debian's base lacks; elsewhere the system brings it.
ncurses:
	@if test "$$(uname)" != Linux || test -e /usr/include/curses.h; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
	  echo "The headers of ncurses (wide characters) are needed: install your system's" \
	    "ncurses-devel or libncurses-dev." >&2; exit 1; fi; \
	if test "$$(id -u)" = 0; then sudo=; elif command -v sudo >/dev/null; then sudo=sudo; else \
	  echo "libncurses-dev is needed. As root: apt-get install libncurses-dev" >&2; exit 1; fi; \
	echo "Installing libncurses-dev, which the browser is built with." >&2; \
	$$sudo apt-get update -q && $$sudo apt-get install -qy libncurses-dev
