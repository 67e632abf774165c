#!/bin/sh
# Installs the npm packages with the development ones: build.sh needs the compiler; production.sh removes them again.
set -eu
node scripts/setup.mjs packages
