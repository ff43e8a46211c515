#!/usr/bin/env bash
# Formats our Swift sources in place; with --lint it only checks them. Generated code is left as its generator wrote it.
source "$(dirname "$0")/common.sh"
cd "$root"
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.swift' | grep -v '/Generated/')
if [[ ${1:-} == --lint ]]; then
    swift format lint --strict --parallel "${files[@]}"
else
    swift format format --in-place --parallel "${files[@]}"
fi
echo "format: ${#files[@]} files"
