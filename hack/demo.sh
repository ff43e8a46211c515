#!/usr/bin/env bash
# The mesh, running: the controller on config/samples/bookstore, and pods (network namespaces) with real Envoys.
# Walks through permissive mode, SMI mode, a database over TCP that speaks first (a StatefulSet, of which a pod
# restarts), a canary, an edit of a TrafficTarget, mistakes in manifests, a crash of the controller and the status of
# each object; shows who calls whom and which policy decided.
#   hack/demo.sh           shows a live table, step by step
#   hack/demo.sh --check   the same unattended; verifies each step; prints `demo: N of N checks as expected`
#   hack/demo.sh --keep    leaves everything running at the end and says how to look around
# Needs root (network namespaces, iptables). Everything it starts is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
arguments=()
setup=yes
for argument in "$@"; do
    case $argument in
    --skip-setup) setup=no ;;
    --check | --keep) arguments+=("$argument") ;;
    *) fail "usage: hack/demo.sh [--check] [--keep]" ;;
    esac
done
[[ $setup == no ]] || hack/setup.sh
step "build (a cold one takes several minutes)"
mkdir -p "$cache"
quietly "$cache/build.log" swift build
exec .build/debug/PodRig demo --controller .build/debug/osm-controller --app .build/debug/PodApp \
    --envoy "$cache/bin/envoy" --manifests config/samples/bookstore "${arguments[@]}"
