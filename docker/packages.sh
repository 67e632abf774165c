#!/bin/sh
# npm packages, development ones included: `build` needs the compiler, `production.sh` takes them out again.
set -eu
node scripts/setup.mjs packages
