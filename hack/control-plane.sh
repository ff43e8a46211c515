#!/usr/bin/env bash
# Makes kube-apiserver, kube-controller-manager, kube-scheduler and etcd from Debian packages alone: Debian has no
# binary package of the first three, but the source package `kubernetes` holds all that they are made of.
#   hack/control-plane.sh        puts them into ${XDG_CACHE_HOME:-~/.cache}/osm/control-plane, once (about 6 minutes)
# Needs golang-go (hack/setup.sh installs it) and 2 GB of disk meanwhile. Nothing is installed into the system.
source "$(dirname "$0")/common.sh"

version=1.20.2
tarball=kubernetes_1.20.5+really$version.orig.tar.gz # Debian's name for this version
checksum=b83c0780efb182d928dc63d46488a847f161f04e40a94b96bf5247dd671ecdfc
programs=(kube-apiserver kube-controller-manager kube-scheduler)
built=$cache/control-plane
work=$cache/control-plane.work
sources=$work/go/src/k8s.io/kubernetes # where Go looks for it without modules

# The machine's own package sources, with source packages switched on, in a private copy.
package_sources() {
    mkdir -p "$work"/apt/{parts,lists/partial,cache/archives/partial}
    local file codename
    codename=$(source /etc/os-release && echo "${VERSION_CODENAME:-none}")
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
        grep -qs "$codename" "$file" || continue
        sed -E -e 's/^Types:.*/Types: deb deb-src/' -e 's/^deb (.*)/deb \1\ndeb-src \1/' "$file" \
            >"$work/apt/parts/$(basename "$file")"
    done
    # One source out of order does not matter if the others have the packages.
    private_apt update || true
}

private_apt() {
    apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/apt/parts" \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root "$@"
}

download() {
    package_sources
    private_apt --download-only source kubernetes || true
    [[ -e $tarball ]] || fail "the package sources of this machine have no $tarball (Debian 12 has);" \
        "set KUBEBUILDER_ASSETS to a directory with kube-apiserver and etcd"
    private_apt download etcd-server golang-github-modern-go-reflect2-dev
    echo "$checksum  $tarball" | sha256sum --check
}

unpack() {
    mkdir -p "$sources"
    tar -xzf "$tarball" -C "$sources" --strip-components=1
    dpkg-deb -x etcd-server_*.deb etcd
    install -m 0755 etcd/usr/bin/etcd new/etcd
    # The vendored reflect2 1.0.1 knows the runtime of Go before 1.18 only: writes would fail. Debian's 1.0.2 fits.
    dpkg-deb -x golang-github-modern-go-reflect2-dev_*.deb reflect2
    local vendored=$sources/vendor/github.com/modern-go/reflect2
    rm -rf "$vendored"
    cp -r reflect2/usr/share/gocode/src/github.com/modern-go/reflect2 "$vendored"
}

# The description of the API, which the tarball lacks: made from the packages that are marked for it.
generate() {
    cd "$sources"
    go build -v -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    local marked
    # With the closing slash, grep follows the symbolic links in vendor.
    marked=$(grep -rl --include='*.go' --exclude='zz_generated*' '+k8s:openapi-gen=' pkg cmd plugin vendor/k8s.io/*/ |
        xargs -n 1 dirname | grep -vE '^vendor/k8s.io/(code-generator|kube-openapi|sample-)' | LC_ALL=C sort -u |
        sed 's|^|k8s.io/kubernetes/|' | paste -s -d ,)
    "$work/openapi-gen" --input-dirs "$marked" --output-package k8s.io/kubernetes/pkg/generated/openapi \
        --output-file-base zz_generated.openapi --go-header-file hack/boilerplate/boilerplate.generatego.txt \
        --report-filename "$work/openapi.report"
}

compile() {
    cd "$sources"
    # `--version` reads one of these packages, `GET /version` the other.
    local flags="-s -w" package program
    for package in component-base/version client-go/pkg/version; do
        local variable=k8s.io/kubernetes/vendor/k8s.io/$package
        flags+=" -X $variable.gitVersion=v$version -X $variable.gitMajor=1 -X $variable.gitMinor=20"
        flags+=" -X $variable.gitTreeState=clean -X $variable.buildDate=2021-01-13T13:20:00Z"
    done
    for program in "${programs[@]}"; do
        go build -v -tags providerless -trimpath -ldflags "$flags" -o "$work/new/$program" "./cmd/$program"
    done
}

mkdir -p "$cache"
exec 9>"$cache/control-plane.lock"
flock 9
if [[ -e $built/complete-$version ]]; then
    echo "control plane: Kubernetes $version and etcd in $built"
    exit
fi
[[ -x /usr/bin/go ]] || fail "there is no /usr/bin/go; run hack/setup.sh"
command -v apt-get >/dev/null ||
    fail "this is no Debian; set KUBEBUILDER_ASSETS to a directory with kube-apiserver and etcd"
started=$SECONDS
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/new"
cd "$work"
export PATH=/usr/bin:/bin GO111MODULE=off GOPATH=$work/go GOCACHE=$work/go-cache GOTOOLCHAIN=local GOFLAGS= CGO_ENABLED=0

step "the control plane: fetching the source of Kubernetes $version and etcd"
quietly "$cache/control-plane.log" download
unpack
step "the control plane: compiling Kubernetes $version (once; about 6 minutes of processor time)"
quietly "$cache/control-plane.log" generate
quietly "$cache/control-plane.log" compile
[[ $("$work/new/kube-apiserver" --version) == "Kubernetes v$version" ]] || fail "kube-apiserver does not run"
touch "$work/new/complete-$version"
rm -rf "$built"
mv "$work/new" "$built"
echo "control plane: Kubernetes $version and etcd in $built, after $((SECONDS - started)) s"
