#!/bin/sh
# sizes.sh <folder> <file>: writes how large the folder of an image is, and its 20 largest parts, in MB.
set -eu
folder="$1"
{
  du -sm "$folder" | awk '{ print $1 " MB in all, without Node and its system" }'
  find "$folder" -mindepth 1 -maxdepth 3 -type d \( -path "$folder/dist" -o -path "$folder/node_modules/*" \) \
    ! -path "$folder/node_modules/@*" -prune -exec du -sm {} + -o \
    -path "$folder/node_modules/@*/*" -prune -exec du -sm {} + |
    sort -rn | head -n 20 | awk -v start="${#folder}" '{ print $1 " MB " substr($2, start + 2) }'
} >"$2"
