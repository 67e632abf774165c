#!/bin/sh
# production.sh api|worker <folder>: makes node_modules with only what that role runs in the given folder.
set -eu
role="$1"
out="$2"
case "$role" in
  api) unneeded="@tensorflow/tfjs-node node-api-headers" ;;
  worker) unneeded="node-api-headers vega vega-lite @resvg/resvg-js dejavu-fonts-ttf" ;;
  *) echo "production.sh: api or worker, not $role" >&2; exit 1 ;;
esac
mkdir -p "$out"
cp package.json package-lock.json .npmrc "$out"
cp -r node_modules "$out"
cd "$out"
# shellcheck disable=SC2086 # a list of names
npm uninstall --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error $unneeded
rm -rf node_modules/.fitserve-*.json
if [ "$role" = worker ]; then
  # They come from the TensorFlow stage, stripped.
  rm -rf node_modules/@tensorflow/tfjs-node/deps node_modules/@tensorflow/tfjs-node/lib
fi
