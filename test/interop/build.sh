#!/bin/sh
# Builds the official clients that are not scripts, with pinned versions: build.sh go, java or rust. They land in .interop.
set -eu
cd "$(dirname "$0")/$1"
out=$(cd ../../.. && pwd)/.interop
mkdir -p "$out"
case $1 in
  go) go build -o "$out/go" . ;;
  java)
    mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory="$out/jars"
    javac --release 17 -cp "$out/jars/*" -d "$out/classes" ./*.java
    printf '#!/bin/sh\nhere=$(dirname "$0")\nexec java -cp "$here/classes:$here/jars/*" Main "$@"\n' > "$out/java"
    chmod +x "$out/java"
    ;;
  rust)
    cargo build --quiet --locked --release --target-dir "$out/target"
    cp "$out/target/release/fastify-a2a-interop" "$out/rust"
    ;;
esac
