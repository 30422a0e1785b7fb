#!/bin/sh
# Builds the official clients that are not scripts, with pinned versions: build.sh go, java, java-1 or rust. They land in .interop.
set -eu
cd "$(dirname "$0")/$1"
out=$(cd ../../.. && pwd)/.interop
mkdir -p "$out"
case $1 in
  go) go build -o "$out/go" . ;;
  java | java-1)
    rm -rf "$out/$1-jars" # of a version before
    mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory="$out/$1-jars"
    # Each has its own Remote; the rest is in java.
    javac --release 17 -cp "$out/$1-jars/*" -sourcepath ../java -d "$out/$1-classes" Remote.java ../java/Main.java
    printf '#!/bin/sh\nexec java -cp "$0-classes:$0-jars/*" Main "$@"\n' > "$out/$1"
    chmod +x "$out/$1"
    ;;
  rust)
    cargo build --quiet --locked --target-dir "$out/target"
    cp "$out/target/debug/fastify-a2a-interop" "$out/rust"
    ;;
esac
