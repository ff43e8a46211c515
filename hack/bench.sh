#!/usr/bin/env bash
# Measures what the mesh costs, by a release build on this machine, and says where a goal is missed (exit status 1).
#   hack/bench.sh [--json FILE] [--plot PREFIX] [--quick] [SCENARIO...]
#       --json FILE     also writes the figures to a file
#       --plot PREFIX   also draws them over the size, to PREFIX.svg and PREFIX.png
#       --quick         small sizes, for a look: many goals are for the full sizes only
#   hack/bench.sh compare A.json B.json    what differs between two files of --json
# Scenarios, all by default; those in the upper half have no proxies, or one:
#   admission      pods a second that the injector's webhook answers on one core, and how long each takes
#   certificates   certificates a second that a root signs on one core
#   compile        a whole mesh, from its objects to the cache, and the views of its proxies, in both modes
#   edits          an edit of each kind: evaluations, values translated, resources and bytes published, in both modes
#   pods           the API server's list of 10,000 pods, to the table
#   command        how long the command osm takes to start, and how large it is
#   sidecar        what a service costs in a real Envoy, visible and lazy: memory, and time to be ready
#   start          until the controller is ready where 5,000 pods are there already, in a real cluster
#   edit           an edit of each kind, to the last acknowledgement of 1,000 proxies over the wire
#   permissive     one service added where everybody sees everything
#   neighbours     whom a slow and a refusing proxy delay
#   storm          1,000 proxies connect at once
#   restart        1,000 proxies come back to a restarted controller: what they are sent again
#   memory         what a connected proxy costs: in SMI mode, in permissive mode eager and lazy
#   churn          endpoints that come and go for minutes
source "$(dirname "$0")/common.sh"
cd "$root"

scenarios=(admission certificates compile edits pods command sidecar start edit permissive neighbours storm restart memory churn)
report=hack/bench-report.py
usage() { fail "usage: hack/bench.sh [--json FILE] [--plot PREFIX] [--quick] [${scenarios[*]}]... | compare A.json B.json"; }

if [[ ${1:-} == compare ]]; then
    (($# == 3)) || usage
    exec python3 "$report" compare "$2" "$3"
fi
options=() chosen=() quick=()
while (($#)); do
    case $1 in
    --json | --plot)
        options+=("$1" "${2:?$1 needs a file}")
        mkdir -p "$(dirname "$2")"
        shift
        ;;
    --quick) quick=(--quick) ;;
    *)
        [[ " ${scenarios[*]} " == *" $1 "* ]] || usage
        chosen+=("$1")
        ;;
    esac
    shift
done
((${#chosen[@]})) || chosen=("${scenarios[@]}")

mkdir -p "$cache"
hack/setup.sh
python=python3
if [[ " ${options[*]} " == *" --plot "* ]]; then
    hack/setup.sh plots
    python=$venv/bin/python
fi

# --- The programs.

program_of() {
    case $1 in
    admission) echo AdmissionBench ;;
    certificates) echo CertificateBench ;;
    compile | edits | pods) echo CompileBench ;;
    sidecar) echo SidecarBench ;;
    command | start) ;;
    *) echo FleetBench ;;
    esac
}
step "release build (a cold one takes many minutes)"
declare -A products=()
for scenario in "${chosen[@]}"; do
    program=$(program_of "$scenario")
    [[ -z $program ]] || products[$program]=yes
    case $program in
    AdmissionBench | CertificateBench | CompileBench) ;;
    *) [[ $scenario == command ]] || products[osm-controller]=yes ;;
    esac
done
for product in "${!products[@]}"; do
    quietly "$cache/bench-build.log" swift build -c release --product "$product"
done
if [[ " ${chosen[*]} " == *" command "* ]]; then
    # As in its image: one file with Swift's runtime inside. It has a build of its own, since other options would have
    # everything compiled anew.
    quietly "$cache/bench-build.log" swift build -c release --static-swift-stdlib \
        --scratch-path "$cache/static-build" --product osm
fi
binaries=$(swift build -c release --show-bin-path)

# --- The machine.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
figures=$work/figures machine=$work/machine
: >"$figures"
commit=$(git rev-parse --short HEAD)
git diff --quiet HEAD -- || commit+=" and edits"
cat >"$machine" <<END
processor: $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
cores: $(nproc)
memory: $(awk '/MemTotal/ {printf "%.1f GiB", $2 / 1048576}' /proc/meminfo)
kernel: $(uname -sr)
load: $(cut -d ' ' -f 1-3 /proc/loadavg)
swift: $(swift --version 2>/dev/null | grep -o 'Swift version [^ ]*' | head -n 1)
form: ${quick[0]:-full}
commit: $commit
END
step "machine"
sed 's/^/    /' "$machine"

# --- The scenarios.

broken=()
# Runs a program whose figures are gathered and whose other lines are shown. A missed goal (1) is told at the end.
measure() {
    local status=0
    { "$@" 2>&1 || echo $? >"$work/status"; } | python3 "$report" follow "$figures"
    [[ ! -e $work/status ]] || status=$(<"$work/status")
    rm -f "$work/status"
    ((status <= 1)) || broken+=("$scenario (status $status)")
}
# The full value, or the one for a look.
sized() { if ((${#quick[@]})); then echo "$2"; else echo "$1"; fi; }

number=0
for scenario in "${chosen[@]}"; do
    number=$((number + 1))
    # What others do on the machine meanwhile is in every time that follows.
    step "$scenario ($number of ${#chosen[@]}, after $((SECONDS / 60)) min, load $(cut -d ' ' -f 1 /proc/loadavg))"
    before=$(wc -l <"$figures")
    case $scenario in
    admission) measure "$binaries/AdmissionBench" --pods "$(sized 20000 2000)" ;;
    certificates) measure "$binaries/CertificateBench" --certificates "$(sized 20000 2000)" ;;
    compile)
        for mode in smi permissive; do
            for services in $(sized "100 300 1000 2000" "100 300"); do
                measure "$binaries/CompileBench" compile --mode "$mode" --services "$services"
            done
        done
        ;;
    edits)
        for mode in smi permissive; do
            measure "$binaries/CompileBench" edits --mode "$mode" --services "$(sized 100,300,1000,2000 100,300)"
        done
        ;;
    pods)
        measure "$binaries/CompileBench" pods --pods "$(sized 10000 1000)"
        measure "$binaries/CompileBench" pods --pods "$(sized 10000 1000)" --streamed
        measure "$binaries/CompileBench" pods --pods "$(sized 10000 1000)" --json
        ;;
    command)
        strip --strip-all -o "$work/osm" "$cache/static-build/release/osm"
        measure python3 hack/bench-command.py "$work/osm" "$(sized 100 20)"
        ;;
    sidecar)
        for views in "" --lazy; do
            measure "$binaries/SidecarBench" --controller "$binaries/osm-controller" --envoy "$cache/bin/envoy" \
                --services "$(sized 10,100,1000 10,100)" $views
        done
        ;;
    start) measure hack/bench-start.sh "$binaries/osm-controller" "$(sized 500 50)" "$(sized 5000 500)" "$(sized 5 2)" ;;
    *) measure "$binaries/FleetBench" "$scenario" --controller "$binaries/osm-controller" "${quick[@]}" ;;
    esac
    (($(wc -l <"$figures") > before)) || [[ " ${broken[*]} " == *" $scenario "* ]] || broken+=("$scenario (no figures)")
done

# --- The result.

step "figures"
status=0
"$python" "$report" close "$figures" "$machine" "${options[@]}" || status=$?
if ((${#broken[@]})); then
    printf 'could not be measured: %s\n' "${broken[@]}"
    exit 2
fi
exit "$status"
