#!/bin/sh
# Puts TensorFlow's library and tfjs-node's binding, without debug symbols, into deps/lib and lib of the given folder.
# On a machine that has pip and g++ it needs no root.
set -eu
out="$1"
if ! command -v g++ >/dev/null || ! python3 -m pip --version >/dev/null 2>&1; then
  apt-get update
  apt-get install --yes --no-install-recommends python3 python3-pip g++
  rm -rf /var/lib/apt/lists/*
fi
node scripts/setup.mjs tensorflow
mkdir -p "$out/deps/lib" "$out/lib"
cp -r node_modules/@tensorflow/tfjs-node/lib/. "$out/lib"
# Copies, because set-up's own files may be links into the user's cache.
for library in node_modules/@tensorflow/tfjs-node/deps/lib/*; do
  cp -L "$library" "$out/deps/lib"
  strip --strip-unneeded "$out/deps/lib/${library##*/}"
done
