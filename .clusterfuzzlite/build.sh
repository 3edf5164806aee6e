#!/bin/bash -eu
# Builds the fuzz targets that need no socket, and puts them with their seeds and limits into $OUT, as ClusterFuzzLite wants them.
cd "$SRC/framecheck"

targets="split encode framing_text vector_file report_lines template"

cargo fuzz build -O --debug-assertions

# The seeds are written by a program that is not fuzzed: the flags of the sanitizer are not for it.
env -u RUSTFLAGS -u CFLAGS -u CXXFLAGS cargo run --quiet --manifest-path fuzz/Cargo.toml --example seed

for target in $targets; do
    cp "fuzz/target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
    # Why these limits: fuzz/run.
    printf '[libfuzzer]\nmax_len = 1024\nrss_limit_mb = 4096\n' >"$OUT/$target.options"
    if [ -d "fuzz/corpus/$target" ]; then
        zip --quiet --junk-paths --recurse-paths "$OUT/${target}_seed_corpus.zip" "fuzz/corpus/$target"
    fi
done
