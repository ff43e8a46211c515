#!/usr/bin/env bash
# What a release consists of, in one directory: the images, the command, and one file of manifests that names the images by
# their digests.
#   hack/release.sh --registry REGISTRY [--version VERSION] [--output DIR] [--programs DIR] [--reproduce] [--skip-setup]
#       --registry REGISTRY   where the images will be, such as registry.example.com/mesh
#       --version VERSION     by default what git describes this checkout as
#       --output DIR          by default releases/VERSION in ${XDG_CACHE_HOME:-~/.cache}/osm
#       --programs DIR        takes the programs from there instead of building them
#       --reproduce           compiles all a second time, from nothing, and compares the digests (hack/image.sh)
# In it: osm-linux-ARCHITECTURE, IMAGE.oci.tar and IMAGE.spdx.json of each image, install.yaml, digests, Package.resolved,
# SHA256SUMS. The same commit with the same Package.resolved, compiler and Debian packages gives the same bytes. Nothing is
# sent anywhere.
source "$(dirname "$0")/common.sh"
cd "$root"
usage() { fail "usage: hack/release.sh --registry REGISTRY [--version VERSION] [--output DIR] [--programs DIR] [--reproduce]" \
    "[--skip-setup]"; }

registry='' version='' output='' programs='' options=()
while (($#)); do
    case $1 in
    --registry | --version | --output | --programs)
        declare "${1#--}=${2:?$1 needs a value}"
        shift
        ;;
    --skip-setup | --reproduce) options+=("$1") ;;
    *) usage ;;
    esac
    shift
done
[[ -n $registry ]] || usage
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export LC_ALL=C TZ=UTC
[[ -n $version ]] || version=$(git describe --tags --always --dirty)
[[ -n $output ]] || output=$cache/releases/$version
[[ -z $programs ]] || options+=(--programs "$programs")
work=$(mktemp -d /tmp/osm-release-XXXXXX)
trap 'rm -rf "$work"' EXIT

hack/image.sh --output "$work/images" --tag "$version" "${options[@]}"
programs=${programs:-$cache/image-build/build/release}
mkdir "$work/release"
images=(osm-controller osm osm-healthcheck osm-init)
for image in "${images[@]}"; do
    tar --create --file "$work/release/$image.oci.tar" --directory "$work/images/$image" --sort=name --format=ustar \
        --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" .
    cp "$work/images/$image.spdx.json" "$work/release"
    echo "$registry/$image@$(<"$work/images/$image.digest")" >>"$work/release/digests"
done
cp "$work/images/Package.resolved" "$work/release"
program=$work/release/osm-linux-$(dpkg --print-architecture)
strip --strip-all -R .swift_modhash -R .note.gnu.build-id -o "$program" "$programs/osm"

step "manifests"
digest() { cat "$work/images/$1.digest"; }
"$program" install --dry-run --set "osm.image.registry=$registry,osm.image.tag=$version" \
    --set "osm.image.digest.osmController=$(digest osm-controller)" \
    --set "osm.image.digest.osmSidecarInit=$(digest osm-init)" \
    --set "osm.image.digest.osmHealthcheck=$(digest osm-healthcheck)" >"$work/release/install.yaml"
for image in osm-controller osm-init osm-healthcheck; do
    grep -q -F "$registry/$image@$(digest "$image")" "$work/release/install.yaml" ||
        fail "install.yaml does not name $image by its digest"
done
! grep -E 'osm-[a-z]+:latest' "$work/release/install.yaml" || fail "install.yaml names an image by its tag"
(cd "$work/release" && sha256sum -- * >"$work/sums" && mv "$work/sums" SHA256SUMS && sha256sum --quiet --check SHA256SUMS)

rm -rf "$output"
mkdir -p "$(dirname "$output")"
mv "$work/release" "$output"
step "release $version in $output"
(cd "$output" && du -h --apparent-size -- * && cat digests)
echo "To the registry, with these digests: skopeo copy oci-archive:IMAGE.oci.tar docker://$registry/IMAGE:$version"
echo "Into a cluster: kubectl apply --server-side -f install.yaml, twice, since kinds come first; or osm install --set ..."
