#!/bin/sh
# Builds dist/.
set -eu
node scripts/setup.mjs build
