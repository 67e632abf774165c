#!/bin/sh
# data-folder.sh <folder> <user>: where the store is mounted; a new volume takes its owner from here.
set -eu
mkdir -p "$1"
chown "$2" "$1"
