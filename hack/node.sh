#!/usr/bin/env bash
# A node on which pods really run, as processes in namespaces of this machine (Tests/NodeRig), put to the test: a real
# API server (hack/cluster.sh), the real kubectl, and pods that show what the node does. A row is printed for each, with
# what was expected and what was observed; any difference fails.
#   hack/node.sh [WORD...]         all checks, a minute or two; only those with one of the words in their names, if any
#   hack/node.sh --shell           a shell on a node of its own, with a cluster and kubectl, to look around
# Needs root (namespaces, iptables). Everything it starts is stopped when it ends, however it ends.
source "$(dirname "$0")/common.sh"
cd "$root"
rig=.build/debug/NodeRig

# The first process of the node: a shell, and what is stopped when it ends.
on_the_node() {
    state=$(mktemp -d)
    trap 'kill %1; wait; hack/cluster.sh down --state "$state/cluster"; rm -rf "$state"' EXIT
    hack/cluster.sh up --state "$state/cluster" --server-flag --bind-address=0.0.0.0 \
        --server-flag --advertise-address=10.66.0.1 --server-flag --endpoint-reconciler-type=lease
    "$rig" run --kubeconfig "$state/cluster/admin.kubeconfig" --state "$state/node" --ready-file "$state/ready" \
        --image 'tools:*=' --image 'pod-app:*=.build/debug/PodApp:/pod-app' 2>"$state/node.log" &
    until [[ -e $state/ready ]]; do
        kill -0 %1 2>/dev/null || fail "$(<"$state/node.log")"
        sleep 0.1
    done
    echo "node: pods run with the images tools:* (this machine's programs) and pod-app:*; logs and files are in $state"
    KUBECONFIG=$state/cluster/admin.kubeconfig PATH=$cache/bin:$PATH bash --norc -i || true
}

if [[ ${1:-} == --on-the-node ]]; then
    on_the_node
    exit
fi
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
[[ $shell == no ]] || exec "$rig" enter -- hack/node.sh --on-the-node
exec "$rig" enter -- "$rig" check --cluster hack/cluster.sh --kubectl "$cache/bin/kubectl" \
    --app .build/debug/PodApp "${words[@]}"
