"""The files of a container image, from directories, without a container engine: hack/image.sh calls it.

usage: image-layout.py libraries PROGRAM...          what the programs are linked with, as PATH<TAB>FILE lines: the path
                                                     in an image, and the file here
       image-layout.py packages FILE...              the Debian packages that files come from, one to a line
       image-layout.py sbom IMAGE VERSION CREATED DIGEST PACKAGES RESOLVED
                                                     the bill of materials (SPDX 2.3, JSON) of an image; PACKAGES has one
                                                     Debian package to a line, RESOLVED is Package.resolved or empty
       image-layout.py image LAYOUT TAG CREATED LEVEL CONFIG LAYER...
                                                     an OCI layout of one image, of layers as tar archives, packed by gzip's
                                                     LEVEL; CONFIG is the `config` of the image as JSON. Prints its digest.
CREATED is in seconds since 1970. The same arguments give the same bytes.
"""

import datetime
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def moment(seconds):
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def libraries(programs):
    """By their paths in an image, where everything is below /usr and the loader finds it by the links there."""
    found = {}
    for line in output("ldd", *programs).splitlines():
        words = line.split()
        if not words or words[0].endswith(":") or words[0] == "linux-vdso.so.1":
            continue
        if words[0].startswith("/"):
            # The loader, by its full path in the program.
            path, file = words[0], words[0]
        elif len(words) > 2 and words[1] == "=>" and words[2].startswith("/"):
            path, file = words[2], words[2]
        else:
            sys.exit(f"error: {' '.join(programs)}: {line.strip()}")
        found[file] = path if path.startswith("/usr/") else "/usr" + path
    for file, path in sorted(found.items(), key=lambda item: item[1]):
        if package_of(os.path.realpath(file)) is None:
            print(f"foreign\t{file}")
        else:
            print(f"{path}\t{os.path.realpath(file)}")


def package_of(file):
    """dpkg knows some files below /usr by their former places in /; `None` for a file of none."""
    for name in (file, file.removeprefix("/usr"), "/usr" + file):
        found = subprocess.run(["dpkg-query", "-S", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if found.returncode == 0:
            return found.stdout.splitlines()[0].split(": ")[0].split(",")[0]
    return None


def packages(files):
    found = {file: package_of(file) for file in files}
    for file, package in found.items():
        if package is None:
            sys.exit(f"error: {file} is of no Debian package")
    print("\n".join(sorted(set(found.values()))))


def sbom(image, version, created, digest, packages, resolved):
    described = [
        {
            "SPDXID": "SPDXRef-image",
            "name": image,
            "versionInfo": version,
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest.removeprefix("sha256:")}],
            "primaryPackagePurpose": "CONTAINER",
            "licenseDeclared": "MIT",
        }
    ]
    for name in open(packages).read().split():
        form = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${Maintainer}"
        package, number, architecture, source, source_number, maintainer = output(
            "dpkg-query", "-W", "-f", form, name).split("\t")
        described.append({
            "SPDXID": f"SPDXRef-deb-{spdx_name(package)}",
            "name": package,
            "versionInfo": number,
            "supplier": f"Organization: {maintainer.replace('<', '(').replace('>', ')')}",
            "sourceInfo": f"built from the Debian source package {source} {source_number}",
            "externalRefs": [purl(f"pkg:deb/debian/{package}@{number}?arch={architecture}")],
        })
    if resolved:
        compiler = output("swift", "--version").splitlines()[0]
        described.append({"SPDXID": "SPDXRef-swift", "name": "Swift runtime", "versionInfo": compiler})
        for pin in sorted(json.load(open(resolved))["pins"], key=lambda pin: pin["identity"]):
            state = pin["state"]
            place = pin["location"].removesuffix(".git")
            described.append({
                "SPDXID": f"SPDXRef-swift-{spdx_name(pin['identity'])}",
                "name": pin["identity"],
                "versionInfo": state.get("version", state["revision"]),
                "downloadLocation": f"git+{place}@{state['revision']}",
                "externalRefs": [purl(f"pkg:swift/{place.split('://')[-1]}@{state.get('version', state['revision'])}")],
            })
    for package in described:
        package.setdefault("downloadLocation", "NOASSERTION")
        package["filesAnalyzed"] = False
        package.setdefault("licenseDeclared", "NOASSERTION")
        package["licenseConcluded"] = "NOASSERTION"
        package["copyrightText"] = "NOASSERTION"
    relationships = [relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image")]
    relationships += [relationship("SPDXRef-image", "CONTAINS", package["SPDXID"]) for package in described[1:]]
    json.dump(
        {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{image} {version}",
            # A name, not an address: it is as unique as the image.
            "documentNamespace": f"https://openservicemesh.io/spdx/{image}/{digest.removeprefix('sha256:')}",
            "creationInfo": {"created": moment(created), "creators": ["Tool: osm-hack-image"]},
            "packages": described,
            "relationships": relationships,
        }, sys.stdout, indent=2, sort_keys=True)
    print()


def spdx_name(name):
    return "".join(letter if letter.isalnum() or letter in ".-" else "-" for letter in name)


def purl(locator):
    return {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": locator.replace("+", "%2B"),
    }


def relationship(element, kind, other):
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": other}


class Blobs:
    """The blobs of a layout."""

    def __init__(self, layout):
        self.directory = os.path.join(layout, "blobs", "sha256")
        os.makedirs(self.directory)

    def add(self, data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.directory, digest), "wb") as file:
            file.write(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


def packed(data, level):
    """Compressed, with nothing of the moment or the machine in it."""
    target = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=level, fileobj=target, mtime=0) as file:
        file.write(data)
    return target.getvalue()


def written(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def image(layout, tag, created, level, config, layers):
    vendor = "application/vnd.oci.image"
    blobs = Blobs(layout)
    contents = [open(layer, "rb").read() for layer in layers]
    architecture = output("dpkg", "--print-architecture").strip()
    configuration = {
        "created": moment(created),
        "architecture": architecture,
        "os": "linux",
        "config": json.loads(config),
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(data).hexdigest()}" for data in contents],
        },
        "history": [{"created": moment(created), "created_by": os.path.basename(layer)} for layer in layers],
    }
    manifest = blobs.add(
        written({
            "schemaVersion": 2,
            "mediaType": f"{vendor}.manifest.v1+json",
            "config": blobs.add(written(configuration), f"{vendor}.config.v1+json"),
            "layers": [blobs.add(packed(data, level), f"{vendor}.layer.v1.tar+gzip") for data in contents],
        }), f"{vendor}.manifest.v1+json")
    entry = manifest | {
        "annotations": {"org.opencontainers.image.ref.name": tag},
        "platform": {"architecture": architecture, "os": "linux"},
    }
    with open(os.path.join(layout, "index.json"), "wb") as file:
        file.write(written({"schemaVersion": 2, "mediaType": f"{vendor}.index.v1+json", "manifests": [entry]}))
    with open(os.path.join(layout, "oci-layout"), "wb") as file:
        file.write(written({"imageLayoutVersion": "1.0.0"}))
    print(manifest["digest"])


def main(command, *arguments):
    if command == "libraries":
        libraries(arguments)
    elif command == "packages":
        packages(arguments)
    elif command == "sbom":
        sbom(*arguments)
    elif command == "image":
        layout, tag, created, level, config, *layers = arguments
        image(layout, tag, created, int(level), config, layers)
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
