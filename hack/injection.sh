#!/usr/bin/env bash
# The promises of injection and admission, put to the test in a cluster with a node whose pods really run (Tests/NodeRig):
# a real API server, config/default as it stands, sidecars by the webhook, real iptables rules and tokens. Prints figures;
# what is not as promised is printed with what was expected and seen.
#   hack/injection.sh [NAME...]       the short form, some minutes; only the proofs named, if any are
#   hack/injection.sh soak [NAME...]  the long form
#   hack/injection.sh --keep-logs ... leaves the logs, and says where
# Needs root. Everything runs in namespaces of its own and is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
options=()
names=()
setup=yes
keep=no
for argument in "$@"; do
    case $argument in
    soak) options+=(--soak) ;;
    --keep-logs) keep=yes ;;
    --skip-setup) setup=no ;;
    -*) fail "usage: hack/injection.sh [soak] [--keep-logs] [--skip-setup] [NAME...]" ;;
    *) names+=("$argument") ;;
    esac
done
((EUID == 0)) || fail "namespaces need root: run sudo hack/injection.sh"
[[ $setup == no ]] || hack/setup.sh
hack/cluster.sh build
step "build (a cold one takes several minutes)"
mkdir -p "$cache"
quietly "$cache/build.log" swift build
step "injection and admission"
state=$(mktemp -d /tmp/osm-injection-XXXXXX)
status=0
.build/debug/NodeRig enter -- .build/debug/PodRig node prove --root "$root" --binaries "$root/.build/debug" \
    --envoy "$cache/bin/envoy" --kubectl "$cache/bin/kubectl" --state "$state" "${options[@]}" "${names[@]}" || status=$?
if ((status != 0)) || [[ $keep == yes ]]; then echo "logs are kept in $state"; else rm -rf "$state"; fi
exit "$status"
