#!/bin/sh
# data-folder.sh <folder> <user>: makes the folder where the store is mounted; a new volume takes its owner from it.
set -eu
mkdir -p "$1"
chown "$2" "$1"
