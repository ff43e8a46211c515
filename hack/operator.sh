#!/usr/bin/env bash
# The promises of the operator, put to the test in a cluster of its own: a real API server (hack/cluster.sh), real
# service account tokens, pods (network namespaces) with real Envoys, and the controller as a plain process with the
# rights of its service account. Prints figures; what is not as promised is printed with what was expected and seen.
#   hack/operator.sh [NAME...]        the short form, about nine minutes; only the proofs named, if any are
#   hack/operator.sh soak [NAME...]   200 edits, two minutes without an API server
#   hack/operator.sh --keep [NAME...] leaves everything running at the end and says how to look around
# Needs root (network namespaces, iptables). Everything it starts is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
options=()
names=()
setup=yes
for argument in "$@"; do
    case $argument in
    soak) options+=(--soak) ;;
    --keep) options+=(--keep) ;;
    --skip-setup) setup=no ;;
    -*) fail "usage: hack/operator.sh [soak] [--keep] [--skip-setup] [NAME...]" ;;
    *) names+=("$argument") ;;
    esac
done
[[ $setup == no ]] || hack/setup.sh
hack/cluster.sh build
step "build (a cold one takes several minutes)"
mkdir -p "$cache"
quietly "$cache/build.log" swift build
step "the operator"
exec .build/debug/PodRig operator --controller .build/debug/osm-controller --app .build/debug/PodApp \
    --envoy "$cache/bin/envoy" --kubectl "$cache/bin/kubectl" --cluster hack/cluster.sh \
    --kustomize crds --kustomize config/default "${options[@]}" "${names[@]}"
