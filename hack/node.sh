#!/usr/bin/env bash
# A node on which pods really run, as processes in namespaces of this machine (Tests/NodeRig), put to the test: a real
# API server (hack/cluster.sh), the real kubectl, and pods that show what the node does. A row is printed for each, with
# what was expected and what was observed; any difference fails.
#   hack/node.sh [WORD...]         all checks, a minute or two; only those with one of the words in their names, if any
#   hack/node.sh --shell           a shell on a node of its own, with a cluster and kubectl, to look around
# Needs root (namespaces, iptables). Everything it starts is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
shell=no
setup=yes
words=()
for argument in "$@"; do
    case $argument in
    --shell) shell=yes ;;
    --skip-setup) setup=no ;;
    -*) fail "usage: hack/node.sh [--shell] [--skip-setup] [WORD...]" ;;
    *) words+=("$argument") ;;
    esac
done
[[ $setup == no ]] || hack/setup.sh
hack/cluster.sh build
step "build (a cold one takes several minutes)"
mkdir -p "$cache"
quietly "$cache/build.log" swift build
step "the node"
rig=.build/debug/NodeRig
if [[ $shell == no ]]; then
    exec "$rig" enter -- "$rig" check --cluster hack/cluster.sh --kubectl "$cache/bin/kubectl" \
        --app .build/debug/PodApp "${words[@]}"
fi

# The first process of the node: the shell, and what is stopped when it ends.
on_the_node() {
    local state
    state=$(mktemp -d)
    trap 'kill %1; wait; hack/cluster.sh down --state "$state/cluster"; rm -rf "$state"' EXIT
    hack/cluster.sh up --state "$state/cluster" --server-flag --bind-address=0.0.0.0 \
        --server-flag --advertise-address=10.66.0.1 --server-flag --endpoint-reconciler-type=lease
    "$rig" run --kubeconfig "$state/cluster/admin.kubeconfig" --state "$state/node" --ready-file "$state/ready" \
        --image 'tools:*=' --image "pod-app:*=$root/.build/debug/PodApp:/pod-app" --pod "$state" 2>"$state/node.log" &
    until [[ -e $state/ready ]]; do
        kill -0 %1 2>/dev/null || { cat "$state/node.log"; exit 1; }
        sleep 0.1
    done
    echo "node: pods with the images tools:* (this machine's programs) and pod-app:* run; logs and files are in $state"
    KUBECONFIG=$state/cluster/admin.kubeconfig PATH=$cache/bin:$PATH bash --norc -i || true
}
export -f on_the_node
export root rig cache
exec "$rig" enter -- bash -euo pipefail -c on_the_node
