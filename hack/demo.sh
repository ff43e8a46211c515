#!/usr/bin/env bash
# The mesh, running: the controller on config/samples/bookstore, and pods (network namespaces) with real Envoys.
# Walks through permissive mode, SMI mode, a database over TCP that speaks first (a StatefulSet, of which a pod
# restarts), a canary, an edit of a TrafficTarget, mistakes in manifests, a crash of the controller and the status of
# each object; shows who calls whom and which policy decided.
#   hack/demo.sh           shows a live table, step by step
#   hack/demo.sh --check   the same unattended; verifies each step; prints `demo: N of N checks as expected`
#   hack/demo.sh --keep    leaves everything running at the end and says how to look around
#   hack/demo.sh --cluster [--check]
#                          the bookstore in a cluster instead: a real control plane with a node on which pods really run
#                          (Tests/NodeRig), `osm install` and `kubectl apply -k config/samples`, sidecars by the
#                          webhook, what kubectl shows; verifies each step
# Needs root (network namespaces, iptables). Everything it starts is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
arguments=()
setup=yes
cluster=no
for argument in "$@"; do
    case $argument in
    --skip-setup) setup=no ;;
    --cluster) cluster=yes ;;
    --check | --keep) arguments+=("$argument") ;;
    *) fail "usage: hack/demo.sh [--cluster] [--check] [--keep]" ;;
    esac
done
[[ $setup == no ]] || hack/setup.sh
step "build (a cold one takes several minutes)"
mkdir -p "$cache"
quietly "$cache/build.log" swift build
if [[ $cluster == yes ]]; then
    ((EUID == 0)) || fail "namespaces need root: run sudo hack/demo.sh --cluster"
    hack/cluster.sh build
    state=$(mktemp -d /tmp/osm-demo-XXXXXX)
    status=0
    .build/debug/NodeRig enter -- .build/debug/PodRig node demo --root "$root" --binaries "$root/.build/debug" \
        --envoy "$cache/bin/envoy" --kubectl "$cache/bin/kubectl" --state "$state" "${arguments[@]}" || status=$?
    if ((status == 0)); then rm -rf "$state"; else echo "logs are kept in $state"; fi
    exit "$status"
fi
exec .build/debug/PodRig demo --controller .build/debug/osm-controller --app .build/debug/PodApp \
    --envoy "$cache/bin/envoy" --manifests config/samples/bookstore "${arguments[@]}"
