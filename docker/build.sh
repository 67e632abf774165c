#!/bin/sh
# dist/
set -eu
node scripts/setup.mjs build
