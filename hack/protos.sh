#!/usr/bin/env bash
# Writes Generated from protos in Sources/EnvoyAPI and Sources/KubernetesAPI: run it after every change of a .proto file,
# and check in what it writes. It builds the generator of the swift-protobuf package that Package.resolved names, so that
# the generated code fits the runtime library, and runs Debian's protoc with it.
source "$(dirname "$0")/common.sh"
cd "$root"
command -v protoc >/dev/null || fail "there is no protoc; run hack/setup.sh"
mkdir -p "$cache"

step "building protoc-gen-swift (a cold build takes some minutes)"
quietly "$cache/protoc-gen-swift.log" swift build --product protoc-gen-swift -j 2
plugin=$(swift build --product protoc-gen-swift --show-bin-path)/protoc-gen-swift
# Debian's protoc comes without the files of the well-known types; the package has them.
well_known=.build/checkouts/swift-protobuf/Protos/Sources/SwiftProtobuf
[[ -e $well_known/google/protobuf/any.proto ]] || fail "$well_known is missing; run swift package resolve"

# Writes what belongs to one target, a directory of Sources.
generate() {
    local target=$1 protos=Sources/$1/protos generated=Sources/$1/Generated files
    mapfile -t files < <(cd "$protos" && find . -name '*.proto' | sed 's|^\./||' | LC_ALL=C sort)
    step "generating Swift from ${#files[@]} .proto files of $target"
    rm -rf "$generated"
    mkdir -p "$generated"
    # Directories become part of the file names: Swift wants every base name in a target once.
    protoc --plugin=protoc-gen-swift="$plugin" --proto_path="$protos" --proto_path="$well_known" \
        --swift_opt=Visibility=Public --swift_opt=FileNaming=PathToUnderscores --swift_out="$generated" "${files[@]}"
    # What the tests compare with, so that neither side is edited alone. It stands here, outside what is compiled.
    (
        cd "Sources/$target"
        find protos Generated -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >protos/SHA256SUMS
    )
    echo "protos: $(find "$generated" -name '*.swift' | wc -l) files in $generated"
}
generate EnvoyAPI
generate KubernetesAPI
