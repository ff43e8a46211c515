"""Fills a cluster with a mesh in the shape of Tests/BenchMesh: fifty services a namespace, each with an identity of its own,
pods, an EndpointSlice, a route group and a TrafficTarget that lets the five identities before it call; one split for ten
services. Objects go in by many connections at once: by kubectl it would take the better part of an hour.

usage: kubectl config view --raw --minify -o json | bench-objects.py SERVICES PODS
"""

import base64
import http.client
import json
import ssl
import sys
import tempfile
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

CONNECTIONS = 8
FAN = 5


class Server:
    """The API server of a kubeconfig, with a connection for each thread."""

    def __init__(self, config):
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.address = urllib.parse.urlsplit(cluster["server"])
        self.context = ssl.create_default_context(cafile=self.file(cluster, "certificate-authority"))
        self.context.load_cert_chain(self.file(user, "client-certificate"), self.file(user, "client-key"))
        self.local = threading.local()

    @staticmethod
    def file(entry, name):
        if name in entry:
            return entry[name]
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(base64.b64decode(entry[f"{name}-data"]))
        return file.name

    def send(self, method, path, value=None):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPSConnection(self.address.netloc, context=self.context, timeout=60)
        body = None if value is None else json.dumps(value)
        self.local.connection.request(method, path, body, {"content-type": "application/json"})
        response = self.local.connection.getresponse()
        text = response.read().decode()
        if response.status >= 300:
            raise SystemExit(f"{method} {path}: {response.status} {text[:400]}")
        return json.loads(text)

    def has(self, path):
        try:
            self.send("GET", path)
            return True
        except SystemExit:
            return False


def namespace_of(number):
    return f"bench-{number // 50:03}"


def name_of(number):
    return f"svc-{number:05}"


def address(net, number):
    return f"10.{net + number // 65536}.{number // 256 % 256}.{number % 256}"


def subject(number):
    return {"kind": "ServiceAccount", "name": name_of(number), "namespace": namespace_of(number)}


def objects(number, services, slices):
    """What a service has beside its pods, as (path below the API's root, object)."""
    namespace, name = namespace_of(number), name_of(number)

    def entry(api, plural, kind, labels=None, **fields):
        root = f"/api/{api}" if "/" not in api else f"/apis/{api}"
        metadata = {"name": name, "namespace": namespace, "labels": labels or {}}
        value = {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}
        return f"{root}/namespaces/{namespace}/{plural}", value

    yield entry("v1", "serviceaccounts", "ServiceAccount")
    ports = [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]
    yield entry("v1", "services", "Service", spec={"selector": {"app": name}, "ports": ports})
    yield entry(
        f"discovery.k8s.io/{slices[0]}", "endpointslices", "EndpointSlice",
        labels={"kubernetes.io/service-name": name}, addressType="IPv4",
        ports=[{"name": "http", "port": 8080, "protocol": "TCP"}],
        endpoints=[
            {
                "addresses": [address(64, pod)],
                "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "name": f"{name}-{pod}", "namespace": namespace},
            }
            for pod in slices[1]
        ],
    )  # fmt: skip
    matches = [{"name": "read", "pathRegex": "/books", "methods": ["GET"]}]
    yield entry("specs.smi-spec.io/v1alpha4", "httproutegroups", "HTTPRouteGroup", spec={"matches": matches})
    target = {
        "destination": subject(number),
        "sources": [subject((number - distance) % services) for distance in range(1, FAN + 1)],
        "rules": [{"kind": "HTTPRouteGroup", "name": name}],
    }
    yield entry("access.smi-spec.io/v1alpha3", "traffictargets", "TrafficTarget", spec=target)
    if number % 10 == 0:
        backends = [{"service": name_of(number + 1), "weight": 90}, {"service": name_of(number + 2), "weight": 10}]
        yield entry(
            "split.smi-spec.io/v1alpha2", "trafficsplits", "TrafficSplit", spec={"service": name, "backends": backends}
        )


def pod_object(number, pod):
    """A pod as the webhook and the kubelet leave it, but for its status, which a second request sets."""
    name = name_of(number)
    container = {
        "name": "app",
        "image": "app",
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": f"SETTING_{place}", "value": "of some length, as in real pods"} for place in range(8)],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    token = {"serviceAccountToken": {"path": "token", "audience": "osm-xds", "expirationSeconds": 3600}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{name}-{pod}", "namespace": namespace_of(number), "labels": {"app": name}},
        "spec": {
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "containers": [container],
            "volumes": [{"name": "osm-xds", "projected": {"sources": [token]}}],
        },
    }


def main(services, pods):
    server = Server(json.load(sys.stdin))
    version = "v1" if server.has("/apis/discovery.k8s.io/v1") else "v1beta1"
    for number in range(0, services, 50):
        labels = {"openservicemesh.io/monitored-by": "osm"}
        metadata = {"name": namespace_of(number), "labels": labels}
        server.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    def fill(number):
        own = range(number * pods // services, (number + 1) * pods // services)
        for path, value in objects(number, services, (version, own)):
            server.send("POST", path, value)
        for pod in own:
            path = f"/api/v1/namespaces/{namespace_of(number)}/pods"
            made = server.send("POST", path, pod_object(number, pod))
            ip = address(64, pod)
            ready = {"type": "Ready", "status": "True"}
            made["status"] = {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [ready]}
            server.send("PUT", f"{path}/{made['metadata']['name']}/status", made)
        return number

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done, _ in enumerate(pool.map(fill, range(services)), start=1):
            if done % 100 == 0 or done == services:
                print(f"{done} of {services} services", flush=True)


main(int(sys.argv[1]), int(sys.argv[2]))
