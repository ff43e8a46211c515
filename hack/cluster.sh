#!/usr/bin/env bash
# A real Kubernetes control plane on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler. There are
# no nodes: pods get as far as whoever plays the kubelet takes them.
#   hack/cluster.sh build                   compiles the programs, once (hack/control-plane.sh)
#   hack/cluster.sh up [OPTION]...          starts what does not run yet; takes some seconds
#       --without-controller-manager, --without-scheduler
#       --audit                             writes every request to DIR/audit.log, at level Metadata
#       --server-flag FLAG                  a further flag of kube-apiserver (may be repeated)
#       --parent PID                        takes it all down, data included, when that process ends
#   hack/cluster.sh down [--keep]           stops it and removes its data; --keep keeps data, ports and certificates
#   hack/cluster.sh status                  what runs, where; fails if there is no API server
#   hack/cluster.sh kubeconfig              the path of the administrator's kubeconfig
#   hack/cluster.sh kubectl ARGUMENT...     kubectl on this cluster
#   hack/cluster.sh stop-server | start-server [PROGRAM]
#                                           one program (kube-apiserver) away and back, on the same port and data
#   hack/cluster.sh compact                 etcd forgets all but the newest revision
# Every command takes `--state DIR` first (default: ${XDG_CACHE_HOME:-~/.cache}/osm/cluster): one directory, one cluster.
# With KUBEBUILDER_ASSETS set, the kube-apiserver and etcd (and what else there is) of that directory run instead.
source "$(dirname "$0")/common.sh"

programs=(etcd kube-apiserver kube-controller-manager kube-scheduler)
assets=${KUBEBUILDER_ASSETS:-$cache/control-plane}
state=$cache/cluster
command=${1:-}
(($# == 0)) || shift
if [[ ${1:-} == --state ]]; then
    state=$(realpath -m "${2:?--state needs a directory}")
    shift 2
fi
pki=$state/pki
source "$root/hack/cluster-processes.sh"
source "$root/hack/cluster-files.sh"

# --- Addresses.

read_addresses() {
    local etcd_port etcd_peer_port
    read -r etcd_port etcd_peer_port server_port <"$state/ports"
    etcd=http://127.0.0.1:$etcd_port
    etcd_peer=http://127.0.0.1:$etcd_peer_port
    server=https://127.0.0.1:$server_port
}

request() {
    curl --noproxy '*' -s -f -m 5 --cacert "$pki/ca.crt" --cert "$pki/admin.crt" --key "$pki/admin.key" "$server$1"
}

# Waits until a request succeeds; fails as soon as a program that should run has ended.
# usage: wait_for PATH PROGRAM...
wait_for() {
    local path=$1 name waiting
    shift
    for ((waiting = 0; waiting < 1200; waiting++)); do
        request "$path" >/dev/null && return
        for name in "$@"; do
            pid_of "$name" >/dev/null && continue
            tail -n 5 "$state/log/$name.log" >&2
            fail "$name has ended; its log is $state/log/$name.log"
        done
        sleep 0.1
    done
    fail "no answer to $server$path within two minutes; the logs are in $state/log"
}

# --- The commands.

up() {
    local want=(etcd kube-apiserver) controller_manager=yes scheduler=yes audit=no parent='' parent_started='' flags=() began
    while (($#)); do
        case $1 in
        --without-controller-manager) controller_manager=no ;;
        --without-scheduler) scheduler=no ;;
        --audit) audit=yes ;;
        --server-flag)
            flags+=("${2:?--server-flag needs a flag}")
            shift
            ;;
        --parent)
            parent=${2:?--parent needs a process identifier}
            parent_started=$(start_time "$parent")
            [[ -n $parent_started ]] || fail "there is no process $parent"
            shift
            ;;
        *) fail "up has no option $1" ;;
        esac
        shift
    done
    local name
    for name in etcd kube-apiserver; do
        [[ -x $assets/$name ]] || fail "there is no $assets/$name; run hack/setup.sh"
    done
    for name in kube-controller-manager kube-scheduler; do
        local option=${name#kube-}
        option=${option//-/_}
        [[ ${!option} == yes ]] || continue
        if [[ -x $assets/$name ]]; then want+=("$name"); else echo "$assets has no $name: none is started"; fi
    done

    mkdir -p "$state"/{commands,etcd,log,pki,run}
    chmod 700 "$state" "$state/etcd" "$pki"
    lock
    local missing=0
    for name in "${want[@]}"; do pid_of "$name" >/dev/null || missing=1; done
    if ((!missing)); then
        echo "cluster: already up at $(<"$state/server")"
        return
    fi
    # One cluster starts at a time, so that no two choose the same ports.
    exec 8>"$cache/cluster.lock"
    flock 8
    began=$(date +%s%N)
    trap 'undo_up' EXIT
    choose_ports
    read_addresses
    echo "$server" >"$state/server"
    write_certificates
    for name in admin kube-controller-manager kube-scheduler; do write_kubeconfig "$name"; done

    local version minor
    version=$("$assets/kube-apiserver" --version)
    version=${version#Kubernetes }
    minor=$(cut -d . -f 2 <<<"$version")
    echo "$version" >"$state/version"
    # Tokens bound to their pods, as every later version issues them.
    if ((minor < 22)); then flags+=(--feature-gates BoundServiceAccountTokenVolume=true); fi
    if [[ $audit == yes ]]; then
        printf '%s\n' 'apiVersion: audit.k8s.io/v1' 'kind: Policy' 'omitStages: [RequestReceived]' \
            'rules: [{level: Metadata}]' >"$state/audit.yaml"
        flags+=(--audit-policy-file "$state/audit.yaml" --audit-log-path "$state/audit.log")
    fi
    write_etcd_command
    write_server_command "${flags[@]}"
    # Nobody asks these for their health, so they listen nowhere; old versions have a second, insecure port.
    local quiet=(--secure-port 0)
    if ((minor < 24)); then quiet+=(--port 0); fi
    write_controller_commands "${quiet[@]}"

    if [[ -n $parent ]]; then
        write_command watchdog "$root/hack/cluster.sh" watch --state "$state" "$parent" "$parent_started"
        start watchdog
    fi
    start etcd
    start kube-apiserver
    wait_for /readyz etcd kube-apiserver
    for name in "${want[@]:2}"; do start "$name"; done
    # No pod can be created before its service account is there.
    if [[ " ${want[*]} " == *" kube-controller-manager "* ]]; then
        wait_for /api/v1/namespaces/default/serviceaccounts/default "${want[@]}"
    fi
    trap - EXIT
    echo "cluster: Kubernetes $version up at $server after $((($(date +%s%N) - began) / 1000000)) ms"
    echo "export KUBECONFIG=$state/admin.kubeconfig"
}

# What an `up` that failed or was interrupted has started is stopped; logs and data stay, to be looked at.
undo_up() {
    stop_watchdog
    stop KILL "${programs[@]}"
}

# The watchdog: takes the cluster down when its parent has ended.
# usage: watch PARENT START_TIME
watch() {
    while [[ $(start_time "$1") == "$2" ]]; do sleep 1; done
    down
}

# The watchdog does not end itself when it is what takes the cluster down.
stop_watchdog() {
    local pid
    pid=$(pid_of watchdog) || return 0
    # Its whole group: it may have a `sleep`.
    ((pid == $$)) || kill -KILL -- "-$pid" 2>/dev/null || true
    rm -f "$state/run/watchdog"
}

down() {
    local keep=no
    case ${1:-} in
    "") ;;
    --keep) keep=yes ;;
    *) fail "down has no option $1" ;;
    esac
    if [[ ! -d $state/run ]]; then
        echo "cluster: there is none in $state"
        return
    fi
    lock
    stop_watchdog
    if [[ $keep == yes ]]; then
        stop TERM kube-scheduler kube-controller-manager kube-apiserver
        stop TERM etcd
        echo "cluster: stopped; its data is in $state"
    else
        stop KILL "${programs[@]}"
        rm -rf "$state"
        echo "cluster: stopped and removed"
    fi
}

status() {
    read_addresses
    local name pid address
    echo "version     $(<"$state/version")"
    echo "server      $server"
    echo "kubeconfig  $state/admin.kubeconfig"
    echo "state       $state"
    for name in "${programs[@]}"; do
        address=
        case $name in
        etcd) address=$etcd ;;
        kube-apiserver) address=$server ;;
        esac
        if pid=$(pid_of "$name"); then
            printf '%-24s running  pid %-8s %s\n' "$name" "$pid" "$address"
        else
            printf '%-24s stopped\n' "$name"
        fi
    done
    pid_of kube-apiserver >/dev/null || fail "kube-apiserver does not run"
}

stop_server() {
    lock
    stop TERM "${1:-kube-apiserver}"
    echo "cluster: ${1:-kube-apiserver} stopped"
}

start_server() {
    lock
    read_addresses
    start "${1:-kube-apiserver}"
    wait_for /readyz etcd kube-apiserver
    echo "cluster: ${1:-kube-apiserver} started"
}

compact() {
    read_addresses
    local revision answer
    # The answer to any read holds the current revision; AA== is the key of one zero byte.
    revision=$(curl --noproxy '*' -s -f -m 10 -X POST "$etcd/v3/kv/range" -d '{"key": "AA=="}' |
        sed -nE 's/.*"revision": ?"([0-9]+)".*/\1/p')
    [[ -n $revision ]] || fail "etcd at $etcd does not tell its revision"
    answer=$(curl --noproxy '*' -s -S -m 60 -X POST "$etcd/v3/kv/compaction" \
        -d "{\"revision\": \"$revision\", \"physical\": true}")
    # Where nothing was written since the last time, it is so already.
    [[ $answer != *error* || $answer == *"has been compacted"* ]] || fail "etcd at $etcd: $answer"
    echo "cluster: etcd compacted to revision $revision"
}

kubectl() {
    local kubectl=$cache/bin/kubectl
    [[ -x $kubectl ]] || kubectl=$assets/kubectl
    [[ -x $kubectl ]] || fail "there is no $cache/bin/kubectl; run hack/setup.sh"
    # What one cluster said about its kinds must not be believed of another one on the same port.
    KUBECACHEDIR=$state/kubectl KUBECONFIG=$state/admin.kubeconfig exec "$kubectl" "$@"
}

needs_cluster() { [[ -s $state/version ]] || fail "there is no cluster in $state; run hack/cluster.sh up"; }

main() {
    case $command in
    build) exec "$root/hack/control-plane.sh" ;;
    up) up "$@" ;;
    down) down "$@" ;;
    kubeconfig) echo "$state/admin.kubeconfig" ;;
    watch) watch "$@" ;;
    status | kubectl | stop-server | start-server | compact)
        needs_cluster
        "${command/-/_}" "$@"
        ;;
    *) fail "hack/cluster.sh has no command '$command'; its head says which there are" ;;
    esac
}

# In one line, which is read whole: the watchdog may outlive an edit of this file.
main "$@"; exit
