#!/usr/bin/env bash
# Each kind of policy at work on pods (network namespaces) with real Envoys: a table of cases, expected and observed.
#   hack/policies.sh           all kinds, a few minutes
#   hack/policies.sh KIND...   only these, such as Egress or Retry
# Needs root (network namespaces, iptables). Everything it starts is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
kinds=()
setup=yes
for argument in "$@"; do
    case $argument in
    --skip-setup) setup=no ;;
    -*) fail "usage: hack/policies.sh [--skip-setup] [KIND...]" ;;
    *) kinds+=("$argument") ;;
    esac
done
[[ $setup == no ]] || hack/setup.sh
step "build (a cold one takes several minutes)"
mkdir -p "$cache"
quietly "$cache/build.log" swift build
step "policies"
exec .build/debug/PodRig policies --controller .build/debug/osm-controller --app .build/debug/PodApp \
    --envoy "$cache/bin/envoy" "${kinds[@]}"
