#!/usr/bin/env bash
# Figures, by a release build on this machine; but for the goals of admission, certificates and storm nothing passes or fails.
#   hack/bench.sh admission   how many pods a second the injector's webhook answers on one core, and how long each takes;
#                             fails below 2,000
#   hack/bench.sh certificates   how many certificates a second a root signs on one core; fails below 5,000
#   hack/bench.sh storm       how long until 1,000 proxies that connect at once all have their certificates; fails above 2 s
#   hack/bench.sh [start]     how long the controller takes to be ready where 5,000 pods of 500 services are there already
# Options: --pods N, --services N, --runs N.
source "$(dirname "$0")/common.sh"
cd "$root"
pods=5000 services=500 runs=5
declare -A products=([admission]=AdmissionBench [certificates]=CertificateBench [storm]=StormBench)
if [[ -n ${1:-} && -n ${products[$1]:-} ]]; then
    mkdir -p "$cache"
    hack/setup.sh
    step "release build (a cold one takes many minutes)"
    quietly "$cache/bench-build.log" swift build -c release --product "${products[$1]}"
    options=()
    if [[ $1 == storm ]]; then
        quietly "$cache/bench-build.log" swift build -c release --product osm-controller
        options=(--controller "$(swift build -c release --show-bin-path)/osm-controller")
    fi
    step "$1, $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg)"
    exec "$(swift build -c release --show-bin-path)/${products[$1]}" "${options[@]}" "${@:2}"
fi
while (($#)); do
    case $1 in
    start) shift ;;
    --pods | --services | --runs)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "$1 needs a number"
        declare "${1#--}=$2"
        shift 2
        ;;
    *) fail "usage: hack/bench.sh [start | admission | certificates | storm] [--pods N] [--services N] [--runs N]" ;;
    esac
done
mkdir -p "$cache"
hack/setup.sh
step "release build (a cold one takes many minutes)"
quietly "$cache/bench-build.log" swift build -c release --product osm-controller
controller=$(swift build -c release --show-bin-path)/osm-controller

state=$(mktemp -d) running=
export KUBECONFIG=$state/cluster/admin.kubeconfig
kubectl=$cache/bin/kubectl
leave() {
    [[ -z $running ]] || kill "$running" 2>/dev/null || true
    hack/cluster.sh down --state "$state/cluster" >/dev/null 2>&1 || true
    rm -rf "$state"
}
trap leave EXIT

# Prints a List of what is there: namespaces of 50 services each, per service an account, pods, a slice, a TrafficTarget.
objects() {
    awk -v kind="$1" -v slices="${2:-v1}" -v pods="$pods" -v services="$services" '
        function meta(name) { return "\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns "\"" }
        function emit(text) { printf "%s%s", separator, text; separator = ",\n" }
        function address(n) { return "10." 64 + int(n / 65536) "." int(n / 256) % 256 "." n % 256 }
        BEGIN {
            each = int((pods + services - 1) / services)
            print "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":["
            for (s = 0; s < services; s++) {
                ns = "bench-" int(s / 50); name = "svc-" s
                if (kind == "namespaces" && s % 50 == 0)
                    emit("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"" ns "\",\"labels\":{\"openservicemesh.io/monitored-by\":\"osm\"}}}")
                if (kind == "services") {
                    emit("{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\"," meta(name) "}}")
                    emit("{\"apiVersion\":\"v1\",\"kind\":\"Service\"," meta(name) "},\"spec\":{\"selector\":{\"app\":\"" name "\"},\"ports\":[{\"name\":\"http\",\"port\":80,\"targetPort\":8080,\"protocol\":\"TCP\"}]}}")
                    emit("{\"apiVersion\":\"access.smi-spec.io/v1alpha3\",\"kind\":\"TrafficTarget\"," meta(name) "},\"spec\":{\"destination\":{\"kind\":\"ServiceAccount\",\"name\":\"" name "\",\"namespace\":\"" ns "\"},\"sources\":[{\"kind\":\"ServiceAccount\",\"name\":\"svc-" (s + 1) % services "\",\"namespace\":\"" ns "\"}],\"rules\":[]}}")
                }
                if (kind == "slices") {
                    text = ""
                    for (p = s * each; p < (s + 1) * each && p < pods; p++)
                        text = text (text == "" ? "" : ",") "{\"addresses\":[\"" address(p) "\"],\"conditions\":{\"ready\":true},\"targetRef\":{\"kind\":\"Pod\",\"name\":\"" name "-" p "\",\"namespace\":\"" ns "\"}}"
                    emit("{\"apiVersion\":\"discovery.k8s.io/" slices "\",\"kind\":\"EndpointSlice\"," meta(name) ",\"labels\":{\"kubernetes.io/service-name\":\"" name "\"}},\"addressType\":\"IPv4\",\"ports\":[{\"name\":\"http\",\"port\":8080,\"protocol\":\"TCP\"}],\"endpoints\":[" text "]}")
                }
                for (p = s * each; (kind == "pods" || kind == "statuses") && p < (s + 1) * each && p < pods; p++) {
                    spec = "\"spec\":{\"serviceAccountName\":\"" name "\",\"automountServiceAccountToken\":false,\"containers\":[{\"name\":\"app\",\"image\":\"app\",\"ports\":[{\"containerPort\":8080}],\"env\":[{\"name\":\"A\",\"value\":\"of some length, as in real pods\"}],\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"}}}],\"volumes\":[{\"name\":\"osm\",\"projected\":{\"sources\":[{\"serviceAccountToken\":{\"path\":\"token\",\"audience\":\"osm-xds\",\"expirationSeconds\":3600}}]}}]}"
                    status = "\"status\":{\"phase\":\"Running\",\"podIP\":\"" address(p) "\",\"podIPs\":[{\"ip\":\"" address(p) "\"}],\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}"
                    emit("{\"apiVersion\":\"v1\",\"kind\":\"Pod\"," meta(name "-" p) ",\"labels\":{\"app\":\"" name "\"}}," (kind == "pods" ? spec : status) "}")
                }
            }
            print "]}"
        }'
}

step "cluster"
hack/cluster.sh up --state "$state/cluster" --without-controller-manager --without-scheduler 2>&1 | tail -n 1
"$kubectl" apply --server-side -k crds >/dev/null
"$kubectl" wait --for=condition=Established crd --all --timeout=60s >/dev/null
"$kubectl" create namespace osm-system >/dev/null
"$kubectl" apply --server-side -f config/default/meshconfig.yaml >/dev/null
version=v1
"$kubectl" get --raw /apis/discovery.k8s.io/v1 >/dev/null 2>&1 || version=v1beta1
step "objects: $services services, $pods pods (some minutes)"
for kind in namespaces services slices pods; do
    objects "$kind" "$version" >"$state/$kind.json"
    quietly "$state/create.log" "$kubectl" create --validate=false -f "$state/$kind.json"
    echo "    $kind: $(wc -l <"$state/create.log") objects"
done
objects statuses >"$state/statuses.json"
quietly "$state/status.log" "$kubectl" replace --subresource=status --validate=false -f "$state/statuses.json"

step "starts"
for ((run = 1; run <= runs; run++)); do
    started=$(date +%s%N)
    "$controller" run --kubeconfig "$KUBECONFIG" --listen 127.0.0.1:0 --health 127.0.0.1:19091 --http none \
        --replica "bench-$run" >"$state/controller.log" 2>&1 &
    running=$!
    until [[ $(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:19091/readyz) == 200 ]]; do
        kill -0 "$running" 2>/dev/null || fail "the controller ended: $(tail -n 3 "$state/controller.log")"
        sleep 0.01
    done
    ready=$((($(date +%s%N) - started) / 1000000))
    memory=$(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$running/status")
    echo "figure: start $run: ready after $ready ms with $pods pods and $services services; $memory MB resident"
    kill "$running"
    wait "$running" 2>/dev/null || true
    running=
done
