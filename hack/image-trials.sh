# Tries of unpacked images: the program of each runs in it. Part of hack/image.sh; source it, do not run it.

# Becomes a program in an image, as its user, in a network of its own, with the root read-only and a directory /try to write
# in, where the file `pid` says which process it is.
# usage: within BUNDLE DIRECTORY PROGRAM [ARGUMENT]...
within() (
    bundle=$1 directory=$2
    shift 2
    user=$(of_config "$bundle" user)
    environment=$(of_config "$bundle" environment)
    mkdir -p "$bundle/rootfs/try" "$directory"
    chown "$user" "$directory"
    exec unshare --mount --net bash -c '
        rootfs=$1 directory=$2 user=$3
        mapfile -t environment <<<"$4"
        shift 4
        ip link set lo up
        mount --bind "$rootfs" "$rootfs"
        mount --bind "$directory" "$rootfs/try"
        mount -t proc proc "$rootfs/proc"
        mount -t tmpfs tmpfs "$rootfs/dev"
        for device in null zero random urandom; do
            touch "$rootfs/dev/$device"
            mount --bind "/dev/$device" "$rootfs/dev/$device"
        done
        mount -o remount,bind,ro "$rootfs"
        echo $$ >"$directory/pid"
        exec env -i "${environment[@]}" chroot --userspec="$user" "$rootfs" "$@"' \
        _ "$bundle/rootfs" "$directory" "$user" "$environment" "$@"
)

# usage: of_config BUNDLE user|words|environment
of_config() {
    /usr/bin/python3 -c '
import json, sys
process = json.load(open(sys.argv[1]))["process"]
print({"user": "{uid}:{gid}".format(**process["user"]), "words": " ".join(process["args"]),
       "environment": "\n".join(process["env"])}[sys.argv[2]])' \
        "$1/config.json" "$2"
}

# An image of one user and one program, in which nobody can begin a shell.
# usage: expect_bare BUNDLE USER PROGRAM
expect_bare() {
    local found
    [[ $(of_config "$1" user) == "$2" ]] || fail "the image's user is $(of_config "$1" user), not $2"
    [[ $(of_config "$1" words) == "$3" ]] || fail "the image's program is $(of_config "$1" words), not $3"
    found=$(find "$1/rootfs" -path '*bin/*')
    [[ -z $found ]] || fail "there are other programs in the image: $found"
    found=$(find "$1/rootfs" ! -type l \( -perm /6000 -o -perm -0002 \))
    [[ -z $found ]] || fail "files of the image run as others, or may be written by all: $found"
    found=$(find "$1/rootfs" ! -user root)
    [[ -z $found ]] || fail "files of the image are not root's: $found"
}

# Starts a program in an image and waits until it says a word, if one is given; sets `running` to its process.
# usage: begin BUNDLE DIRECTORY WORD PROGRAM [ARGUMENT]...
begin() {
    local word=$3 directory=$2 waiting
    mkdir -p "$directory"
    within "$1" "$2" "${@:4}" >"$directory.log" 2>&1 &
    for ((waiting = 0; waiting < 300; waiting++)); do
        if [[ -s $directory/pid ]] && { [[ -z $word ]] || grep -q "$word" "$directory.log"; }; then
            running=$(<"$directory/pid")
            return
        fi
        sleep 0.1
    done
    [[ ! -e $directory/pid ]] || kill -KILL "$(<"$directory/pid")" 2>/dev/null || true
    fail "$4 does not say \"$word\" in its image: $(tail -n 5 "$directory.log")"
}

# The controller serves a directory of manifests, writes what a pod gets, and ends when it is told to.
try_osm_controller() {
    local directory=$work/try-controller running status=0
    expect_bare "$1" 1000:3000 /osm-controller
    [[ $'\n'$(of_config "$1" environment)$'\n' == *$'\n'"OSM_VERSION=$tag"$'\n'* ]] ||
        fail "the controller is not told its version, $tag"
    mkdir -p "$directory/manifests"
    cp config/samples/bookstore/*.yaml "$directory/manifests"
    cat >"$directory/manifests/pod.yaml" <<YAML
apiVersion: v1
kind: Pod
metadata: {name: bookbuyer-1, namespace: bookbuyer, uid: 2f1c1f0e-7d3c-4d64-9a53-3f0f5b6a0c11, labels: {app: bookbuyer}}
spec: {serviceAccountName: bookbuyer, containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.0.0.7, podIPs: [{ip: 10.0.0.7}, {ip: "fd00::7"}]}
YAML
    begin "$1" "$directory" '"message":"serving"' /osm-controller run --manifests /try/manifests --state /try/state
    kill -TERM "$running"
    wait $! || status=$?
    ((status == 0)) || fail "osm-controller ends with status $status when it is told to: $(tail -n 5 "$directory.log")"
    within "$1" "$directory" /osm-controller pod-files --manifests /try/manifests --state /try/state --out /try/files \
        --pod bookbuyer/bookbuyer-1 --controller 127.0.0.1:15128 >"$directory.log" 2>&1 ||
        fail "osm-controller writes no files in its image: $(tail -n 5 "$directory.log")"
    cp "$directory/files/redirect.sh" "$work/redirect.sh"
    echo "tried            as 1000:3000: serves manifests, ends when told to, writes a pod's files"
}

try_osm() {
    expect_bare "$1" 1000:3000 /osm
    within "$1" "$work/try-osm" /osm version --client-only >"$work/osm.log" 2>&1 ||
        fail "osm does not tell its version in its image: $(tail -n 5 "$work/osm.log")"
    echo "tried            as 1000:3000: $(head -n 1 "$work/osm.log")"
}

# The helper answers at its port.
try_osm_healthcheck() {
    local running answer waiting
    expect_bare "$1" 1500:1500 /osm-healthcheck
    begin "$1" "$work/try-healthcheck" '' /osm-healthcheck serve
    for ((waiting = 0; waiting < 100; waiting++)); do
        answer=$(nsenter --target "$running" --net curl --noproxy '*' -s -m 5 http://127.0.0.1:15904/osm-healthcheck) && break
        sleep 0.1
    done
    kill -TERM "$running"
    wait $! || fail "osm-healthcheck ends with status $? when it is told to"
    [[ $answer == *"must hold a port"* ]] || fail "osm-healthcheck answers \"$answer\" in its image"
    echo "tried            as 1500:1500: answers at its port, ends when told to"
}

# The rules that the product makes for a pod are put into a network, twice, as a restarted container does.
try_osm_init() {
    local directory=$work/try-init rules family
    [[ $(of_config "$1" user) == 0:0 ]] || fail "the image's user is not root, without which iptables do nothing"
    [[ -s $work/redirect.sh ]] || fail "the image osm-init is tried with what osm-controller's image writes: make both"
    mkdir -p "$directory"
    cp "$work/redirect.sh" "$directory"
    rules=$(within "$1" "$directory" /bin/sh -ec '
        for time in once again; do /bin/sh -c "$(while IFS= read -r line; do echo "$line"; done </try/redirect.sh)"; done
        iptables -t nat -S
        ip6tables -t nat -S' 2>&1) || fail "the rules cannot be made in the image: $rules"
    for family in 127.0.0.1/32 ::1/128; do
        [[ $(grep -c -e "-A OSM_PROXY_OUTBOUND -d $family -j RETURN" <<<"$rules") == 1 ]] ||
            fail "the rules of $family are not there, or twice: $rules"
    done
    echo "tried            as root, with the rules of a pod: $(grep -c '^-A' <<<"$rules") of both families, also run twice"
}
