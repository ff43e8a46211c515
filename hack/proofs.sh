#!/usr/bin/env bash
# The promises of the mesh, put to the test on pods (network namespaces) with real Envoys: edits, crashes, renewals and
# restarts under load; then real proxies against the oracle, and against what `osm policy explain` says, on generated
# policies and requests. Prints figures.
#   hack/proofs.sh        the short form, a few minutes
#   hack/proofs.sh soak   1,000 edits of each series, 200,000 requests
# Needs root (network namespaces, iptables). Everything it starts is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
proofs=()
calls=20000
setup=yes
for argument in "$@"; do
    case $argument in
    soak)
        proofs=(--soak)
        calls=200000
        ;;
    --skip-setup) setup=no ;;
    *) fail "usage: hack/proofs.sh [soak] [--skip-setup]" ;;
    esac
done
[[ $setup == no ]] || hack/setup.sh
step "build (a cold one takes several minutes)"
mkdir -p "$cache"
quietly "$cache/build.log" swift build
programs=(--controller .build/debug/osm-controller --app .build/debug/PodApp --envoy "$cache/bin/envoy")
step "proofs"
.build/debug/PodRig prove "${programs[@]}" "${proofs[@]}"
step "semantics: real proxies against the oracle"
record=$(mktemp -d)
trap 'rm -rf "$record"' EXIT
.build/debug/PodRig semantics "${programs[@]}" --calls "$calls" --record "$record"
step "explanations: osm policy explain against the same answers"
.build/debug/ExplanationCheck "$record"
