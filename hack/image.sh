#!/usr/bin/env bash
# Container images of the programs, without a container engine: OCI layouts of the programs, the Debian libraries that they
# are linked with, and what else they need, of nothing else.
#   hack/image.sh [--output DIR] [--tag TAG] [--programs DIR] [--reproduce] [--skip-setup] [IMAGE...]
#       --output DIR     where they go, one layout with a bill of materials (SPDX) beside it each; by default images in
#                        ${XDG_CACHE_HOME:-~/.cache}/osm
#       --tag TAG        by default what git describes this checkout as
#       --programs DIR   takes the programs from there instead of building them
#       --reproduce      compiles the programs a second time, from nothing, and compares the digests
#   hack/image.sh check [--skip-setup]
#       tries this script with the programs of a debug build (.build/debug) and the toolchain's libraries; the images are
#       thrown away. It takes a minute or two, a release build many (hack/test.sh does the former, its long form both)
# Images, all by default:
#   osm-controller     the control plane; user 1000, no shell
#   osm                the command; user 1000, no shell
#   osm-healthcheck    the sidecar's companion; user 1500, no shell
#   osm-init           redirects a pod's connections: a shell and iptables, as root, which iptables need
# Every image is made twice and must have one digest, is unpacked by another tool (umoci), and its program run in it, as its
# user, with its environment and the root read-only. That needs root. Programs are compiled in image-build of the cache
# directory, which is mounted at one path meanwhile: where a program was compiled is in it, and it is the same everywhere.
source "$(dirname "$0")/common.sh"
cd "$root"
usage() { fail "usage: hack/image.sh [--output DIR] [--tag TAG] [--programs DIR] [--reproduce] [--skip-setup] [${all[*]}]... | check"; }

all=(osm-controller osm osm-healthcheck osm-init)
output=$cache/images programs='' tag='' setup=yes reproduce=no check=no chosen=()
while (($#)); do
    case $1 in
    --output | --tag | --programs)
        declare "${1#--}=${2:?$1 needs a value}"
        shift
        ;;
    --skip-setup) setup=no ;;
    --reproduce) reproduce=yes ;;
    check) check=yes ;;
    *)
        [[ " ${all[*]} " == *" $1 "* ]] || usage
        chosen+=("$1")
        ;;
    esac
    shift
done
if ((!${#chosen[@]})); then
    # The command only tells its version in its image.
    if [[ $check == yes ]]; then chosen=(osm-controller osm-healthcheck osm-init); else chosen=("${all[@]}"); fi
fi
# The init container is tried with what the controller writes, and the controller comes first.
[[ " ${chosen[*]} " != *" osm-init "* ]] || chosen+=(osm-controller)
mapfile -t chosen < <(for image in "${all[@]}"; do [[ " ${chosen[*]} " != *" $image "* ]] || echo "$image"; done)
[[ $check == no || ( -z $programs && $reproduce == no ) ]] || usage
[[ -z $programs || $reproduce == no ]] || fail "--reproduce compiles the programs: leave --programs out"
((EUID == 0)) || fail "images are tried in roots of their own, which needs root: run sudo hack/image.sh"
[[ $setup == no ]] || hack/setup.sh images
layout_tool() { /usr/bin/python3 "$root/hack/image-layout.py" "$@"; }
source "$root/hack/image-trials.sh"

if [[ $check == yes ]]; then
    # What is thrown away is of no commit, and can be tried where git knows of none.
    export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1000000000}
    tag=${tag:-check} commit=unknown
else
    # The moment of everything in an image is that of the commit.
    export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
    [[ -n $tag ]] || tag=$(git describe --tags --always --dirty)
    commit=$(git rev-parse HEAD)
fi
export LC_ALL=C TZ=UTC
work=$(mktemp -d /tmp/osm-image-XXXXXX)
trap 'rm -rf "$work"' EXIT
# Where programs are compiled: the directory, and the path that it has meanwhile.
store=$cache/image-build
build=/run/osm-image-build
# How well layers are packed.
level=6
if [[ $check == yes ]]; then programs=.build/debug output=$work/images level=1; fi
mkdir -p "$output" "$cache"

# --- The programs, each one file with Swift's runtime inside.

build_date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d-%H:%M)

# Copies what git knows of this checkout, with the version written into it, to where it is built: no file of the checkout
# changes, and what has not changed since the last time is not compiled again.
# usage: export_sources DIRECTORY
export_sources() {
    local file version=Sources/MeshCLI/Commands/Environment/BuildInfo.swift
    mkdir -p "$1"
    git ls-files >"$work/files"
    [[ ! -e Package.resolved ]] || echo Package.resolved >>"$work/files"
    mkdir -p "$work/stamped"
    sed -e "s/version = \"development\"/version = \"$tag\"/" \
        -e "s/gitCommit = \"unknown\"/gitCommit = \"$commit\"/" \
        -e "s/buildDate = \"unknown\"/buildDate = \"$build_date\"/" \
        "$version" >"$work/stamped/version"
    grep -q -F "\"$tag\"" "$work/stamped/version" || fail "the version cannot be written into $version"
    while IFS= read -r file; do
        if [[ $file == "$version" ]]; then
            cmp -s "$work/stamped/version" "$1/$file" || install -D -m 0644 "$work/stamped/version" "$1/$file"
        elif [[ -L $file || -f $file ]] && ! cmp -s "$file" "$1/$file"; then
            mkdir -p "$1/$(dirname "$file")"
            cp -P "$file" "$1/$file"
        fi
    done <"$work/files"
    # What is not there any more.
    (cd "$1" && find . -type f -o -type l) | sed 's,^\./,,' | sort | comm -23 - <(sort "$work/files") |
        while IFS= read -r file; do rm -f "$1/$file"; done
}

# Runs a command where the store has the path by which programs are compiled, whosesoever cache it is in.
at_build() {
    unshare --mount bash -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' _ "$store" "$build" "$@"
}

compile() {
    local image
    mkdir -p "$store" "$build"
    # One at a time: another would change the sources of this one.
    exec 9>"$cache/image-build.lock"
    flock 9
    export_sources "$store/src"
    for image in "${chosen[@]}"; do
        [[ $image != osm-init ]] || continue
        quietly "$cache/image-build.log" at_build swift build -c release --static-swift-stdlib \
            --package-path "$build/src" --scratch-path "$build/build" --product "$image"
    done
    cp "$store/src/Package.resolved" "$work/Package.resolved"
}

if [[ -z $programs ]]; then
    step "release build (a cold one takes many minutes)"
    compile
    programs=$store/build/release
else
    [[ -e Package.resolved ]] || fail "there is no Package.resolved, by which the programs were built: run swift package resolve"
    cp Package.resolved "$work/Package.resolved"
fi

# --- Roots.

# Copies a file into the root that is being made, with plain rights.
# usage: put FILE PATH [MODE]
put() { install -D -m "${3:-0644}" "$1" "$tree$2"; }

# Copies a file of a Debian package to its own place, and notes it for the bill of materials.
# usage: put_debian FILE [MODE] [PATH]
put_debian() {
    local file
    file=$(realpath "$1")
    put "$file" "${3:-$1}" "${2:-0644}"
    sources+=("$file")
}

put_libraries() {
    local path file
    while IFS=$'\t' read -r path file; do
        case $path in
        */ld-*) put_debian "$file" 0755 "$path" ;;
        foreign)
            [[ $check == yes ]] || fail "$* needs $file, which is of no Debian package"
            put "$file" "/usr/lib/${file##*/}"
            ;;
        *) put_debian "$file" 0644 "$path" ;;
        esac
    done < <(layout_tool libraries "$@")
}

# What is the same in every image: the directories, and who its user is.
# usage: put_base USER GROUP
put_base() {
    mkdir -p "$tree"/{etc,proc,sys,dev,tmp,usr/{bin,sbin,lib,lib64}}
    local link
    for link in bin sbin lib lib64; do ln -s "usr/$link" "$tree/$link"; done
    {
        echo 'root:x:0:0:root:/:/sbin/nologin'
        [[ $1 == 0 ]] || echo "osm:x:$1:$2:osm:/:/sbin/nologin"
    } >"$tree/etc/passwd"
    {
        echo 'root:x:0:'
        [[ $2 == 0 ]] || echo "osm:x:$2:"
    } >"$tree/etc/group"
}

# The certificates of the package, not those of this machine, which may have others.
put_authorities() {
    mkdir -p "$tree/etc/ssl/certs"
    cat /usr/share/ca-certificates/mozilla/*.crt >"$tree/etc/ssl/certs/ca-certificates.crt"
    sources+=(/usr/share/ca-certificates/mozilla/*.crt)
}

put_licences() {
    local package
    for package in $(<"$1"); do put "/usr/share/doc/${package%%:*}/copyright" "/usr/share/doc/${package%%:*}/copyright"; done
}

# usage: pack NAME
pack() {
    find "$tree" -type d -exec chmod 0755 {} +
    tar --create --file "$place/$1" --directory "$tree" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
        --mtime="@$SOURCE_DATE_EPOCH" .
    rm -rf "$tree"
    mkdir "$tree"
}

# An image of a program: one layer of what Debian gives, which images share, and one of the program.
# usage: make_program_image NAME USER GROUP
make_program_image() {
    [[ -x $programs/$1 ]] || fail "there is no program $programs/$1"
    # Two builds differ in what the compiler notes of its modules for itself, and in nothing else.
    strip --strip-all -R .swift_modhash -R .note.gnu.build-id -o "$place/program" "$programs/$1"
    put_base "$2" "$3"
    put_libraries "$place/program"
    put_authorities
    layout_tool packages "${sources[@]}" >"$place/packages"
    put_licences "$place/packages"
    pack libraries
    # That of the Swift packages and of the runtime is Apache-2.0.
    put LICENSE "/usr/share/doc/$1/copyright"
    put /usr/share/common-licenses/Apache-2.0 "/usr/share/doc/$1/Apache-2.0"
    put "$place/program" "/$1" 0755
    pack "$1"
    layers=("$place/libraries" "$place/$1")
    user=$2:$3 entrypoint="/$1"
}

# The image of the init container: /bin/sh, and iptables as Debian has it, on nf_tables.
make_init_image() {
    local name multi=/usr/sbin/xtables-nft-multi modules
    modules=$(dirname "$(dpkg-query -L libxtables12 iptables | grep '/xtables/libxt_tcp.so$')")
    put_base 0 0
    put_debian /usr/bin/dash 0755
    ln -s dash "$tree/usr/bin/sh"
    put_debian "$multi" 0755
    for name in iptables iptables-restore iptables-save ip6tables ip6tables-restore ip6tables-save; do
        ln -s "${multi##*/}" "$tree/usr/sbin/$name"
    done
    for name in "$modules"/*.so; do
        if [[ -L $name ]]; then ln -s "$(readlink "$name")" "$tree$name"; else put_debian "$name"; fi
    done
    put_libraries /usr/bin/dash "$multi" "$modules"/libxt_tcp.so
    layout_tool packages "${sources[@]}" >"$place/packages"
    put_licences "$place/packages"
    pack "$1"
    layers=("$place/$1")
    user=0:0 entrypoint=/bin/sh
}

# Makes an image in a layout, and says its digest.
# usage: make NAME LAYOUT
make() {
    local place tree sources=() layers user entrypoint environment='"PATH=/usr/sbin:/usr/bin:/sbin:/bin"'
    place=$(mktemp -d "$work/make-XXXXXX") tree=$place/tree
    mkdir "$tree"
    case $1 in
    osm-init) make_init_image "$1" ;;
    osm-healthcheck) make_program_image "$1" 1500 1500 ;;
    osm-controller)
        make_program_image "$1" 1000 3000
        # By these it tells its version.
        environment+=", \"OSM_VERSION=$tag\", \"OSM_GIT_COMMIT=$commit\", \"OSM_BUILD_DATE=$build_date\""
        ;;
    *) make_program_image "$1" 1000 3000 ;;
    esac
    layout_tool image "$2" "$tag" "$SOURCE_DATE_EPOCH" "$level" "{\"User\": \"$user\", \"Entrypoint\": [\"$entrypoint\"],
        \"Env\": [$environment], \"WorkingDir\": \"/\",
        \"Labels\": {\"org.opencontainers.image.title\": \"$1\", \"org.opencontainers.image.version\": \"$tag\",
        \"org.opencontainers.image.licenses\": \"MIT\",
        \"org.opencontainers.image.revision\": \"$commit\"}}" "${layers[@]}" >"$place/digest"
    cp "$place/packages" "$2.packages"
    cp "$place/digest" "$2.digest"
    rm -rf "$place"
}

for image in "${chosen[@]}"; do
    step "$image"
    make "$image" "$work/$image"
    make "$image" "$work/again-$image"
    digest=$(<"$work/$image.digest")
    [[ $digest == "$(<"$work/again-$image.digest")" ]] || fail "$image: made twice it has two digests"
    resolved=$work/Package.resolved
    [[ $image != osm-init ]] || resolved=''
    layout_tool sbom "$image" "$tag" "$SOURCE_DATE_EPOCH" "$digest" "$work/$image.packages" "$resolved" \
        >"$work/$image.spdx.json"
    "$venv/bin/pyspdxtools" --infile "$work/$image.spdx.json" >"$work/spdx.log" 2>&1 ||
        fail "$image: its bill of materials is not as SPDX has it: $(head -n 5 "$work/spdx.log")"
    umoci unpack --image "$work/$image:$tag" "$work/bundle-$image" >"$work/umoci.log" 2>&1 ||
        fail "$image: umoci does not unpack it: $(tail -n 3 "$work/umoci.log")"
    "try_${image//-/_}" "$work/bundle-$image"
    rm -rf "$output/$image" "$output/$image."*
    mv "$work/$image" "$output/$image"
    mv "$work/$image.spdx.json" "$output/$image.spdx.json"
    mv "$work/$image.digest" "$output/$image.digest"
    printf '%-16s %s\n' digest "$digest" packed "$(du -sh --apparent-size "$output/$image" | cut -f 1)" \
        unpacked "$(du -sh --apparent-size "$work/bundle-$image/rootfs" | cut -f 1)" \
        components "$(grep -c '"SPDXID": "SPDXRef-[ds]' "$output/$image.spdx.json")"
done

if [[ $reproduce == yes ]]; then
    step "a second build, from nothing, at the same place"
    rm -rf "$store"
    compile
    for image in "${chosen[@]}"; do
        make "$image" "$work/second-$image"
        [[ $(<"$output/$image.digest") == "$(<"$work/second-$image.digest")" ]] ||
            fail "$image: compiled twice it has two digests"
        echo "$image: the same digest"
    done
fi
if [[ $check == yes ]]; then
    step "${#chosen[@]} images made of a debug build and tried"
    exit
fi
cp "$work/Package.resolved" "$output/Package.resolved"
step "images of $tag in $output"
echo "To a registry, with their digests: skopeo copy oci:$output/IMAGE:$tag docker://REGISTRY/IMAGE:$tag"
