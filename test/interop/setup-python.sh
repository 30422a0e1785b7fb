#!/bin/sh
# Makes the virtual environments of the Python interop tests, .venv/a2a-1 and .venv/a2a-0.3, with pinned clients.
set -eu
cd "$(dirname "$0")"
venvs=../../.venv
for version in 1 0.3; do
  [ -x "$venvs/a2a-$version/bin/python" ] || "${PYTHON:-python3}" -m venv "$venvs/a2a-$version"
  "$venvs/a2a-$version/bin/pip" install --quiet --disable-pip-version-check --no-compile --requirement "requirements-$version.txt"
done
