#!/usr/bin/env bash
# How long the controller takes to be ready in a cluster that has many pods already, against a real kube-apiserver;
# figures as hack/bench.sh takes them.
#   hack/bench-start.sh CONTROLLER SERVICES PODS RUNS
source "$(dirname "$0")/common.sh"
cd "$root"
(($# == 4)) || fail "usage: hack/bench-start.sh CONTROLLER SERVICES PODS RUNS"
controller=$1 services=$2 pods=$3 runs=$4

state=$(mktemp -d) running=
export KUBECONFIG=$state/cluster/admin.kubeconfig
kubectl=$cache/bin/kubectl
leave() {
    [[ -z $running ]] || kill "$running" 2>/dev/null || true
    hack/cluster.sh down --state "$state/cluster" >/dev/null 2>&1 || true
    rm -rf "$state"
}
trap leave EXIT

echo "a cluster"
hack/cluster.sh up --state "$state/cluster" --without-controller-manager --without-scheduler 2>&1 | tail -n 1
"$kubectl" apply --server-side -k crds >/dev/null
"$kubectl" wait --for=condition=Established crd --all --timeout=60s >/dev/null
"$kubectl" create namespace osm-system >/dev/null
"$kubectl" apply --server-side -f config/default/meshconfig.yaml >/dev/null
echo "objects: $services services, $pods pods (a minute or two)"
"$kubectl" config view --raw --minify -o json | python3 hack/bench-objects.py "$services" "$pods"

figure() { printf '{"scenario":"start","measure":"%s","size":%d,"value":%s,"unit":"%s"}\n' "$1" "$pods" "$2" "$3"; }
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
times=() memories=()
for ((run = 1; run <= runs; run++)); do
    started=$(date +%s%N)
    "$controller" run --kubeconfig "$KUBECONFIG" --listen 127.0.0.1:0 --health "127.0.0.1:$port" --http none \
        --replica "bench-$run" >"$state/controller.log" 2>&1 &
    running=$!
    until [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/readyz") == 200 ]]; do
        kill -0 "$running" 2>/dev/null || fail "the controller ended: $(tail -n 3 "$state/controller.log")"
        (($(date +%s%N) - started < 120000000000)) || fail "the controller was not ready after two minutes"
        sleep 0.01
    done
    times+=("$((($(date +%s%N) - started) / 1000000))")
    memories+=("$(awk '/VmRSS/ {print $2 / 1024}' "/proc/$running/status")")
    echo "start $run: ready after ${times[-1]} ms, ${memories[-1]} MB resident"
    kill "$running"
    wait "$running" 2>/dev/null || true
    running=
done
median() { printf '%s\n' "$@" | sort -g | awk '{value[NR] = $1} END {print value[int((NR + 1) / 2)]}'; }
figure "until ready, median" "$(median "${times[@]}")" ms
figure "resident when ready, median" "$(median "${memories[@]}")" MB
