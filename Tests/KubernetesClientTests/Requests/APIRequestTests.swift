import MeshModel
import NIOHTTP1
import Testing

@testable import KubernetesClient

@Suite("A request, as a value")
struct APIRequestTests {
    private let name = ObjectName(namespace: "n", name: "a")

    @Test(
        "Kinds have the names in paths that Kubernetes and the definitions give them",
        arguments: [
            ("Namespace", "namespaces"), ("Pod", "pods"), ("Service", "services"),
            ("ServiceAccount", "serviceaccounts"),
            ("EndpointSlice", "endpointslices"), ("MeshConfig", "meshconfigs"), ("TrafficTarget", "traffictargets"),
            ("HTTPRouteGroup", "httproutegroups"), ("TCPRoute", "tcproutes"), ("TrafficSplit", "trafficsplits"),
            ("Egress", "egresses"), ("IngressBackend", "ingressbackends"), ("Retry", "retries"),
            ("UpstreamTrafficSetting", "upstreamtrafficsettings"), ("Telemetry", "telemetries"),
            ("ExtensionService", "extensionservices"), ("MeshRootCertificate", "meshrootcertificates"),
        ])
    func plurals(kind: String, plural: String) {
        #expect(APIResource.plural(of: kind) == plural)
    }

    @Test("Kinds of the mesh are in their group, their newest version unless another is named, and their scope")
    func kinds() {
        #expect(APIResource(.namespace) == .namespace)
        #expect(APIResource(.pod) == .pod)
        #expect(APIResource(.trafficSplit).apiVersion == "split.smi-spec.io/v1alpha4")
        #expect(
            APIResource(.trafficSplit, version: "v1alpha2").description == "trafficsplits.v1alpha2.split.smi-spec.io")
        #expect(APIResource(.trafficSplit).name == "trafficsplits.split.smi-spec.io")
        #expect(APIResource.pod.description == "pods.v1")
    }

    @Test("Paths name group, version, namespace, object and subresource")
    func paths() {
        #expect(APIRequest.get(.pod, name).target == "/api/v1/namespaces/n/pods/a")
        #expect(APIRequest.get(.namespace, ObjectName(namespace: "", name: "a")).target == "/api/v1/namespaces/a")
        let patch = APIRequest.mergePatch(APIResource(.tcpRoute), name, subresource: "status", body: [1])
        #expect(patch.target == "/apis/specs.smi-spec.io/v1alpha4/namespaces/n/tcproutes/a/status")
        #expect(patch.method == .PATCH)
        #expect(patch.contentType == "application/merge-patch+json")
        let apply = APIRequest.apply(.secret, name, body: [1], fieldManager: "osm controller", force: true)
        #expect(apply.target == "/api/v1/namespaces/n/secrets/a?fieldManager=osm%20controller&force=true")
        #expect(apply.contentType == "application/apply-patch+yaml")
        // A name cannot reach another path.
        let crooked = ObjectName(namespace: "../x", name: "a/../../b?c#d")
        #expect(
            APIRequest.get(.pod, crooked).target == "/api/v1/namespaces/..%2Fx/pods/a%2F..%2F..%2Fb%3Fc%23d")
    }

    @Test("Lists and watches name what they select")
    func selection() {
        let list = APIRequest.list(.pod, namespace: nil, labelSelector: "a=b,c in (d)", continuation: "x=/+")
        #expect(list.target == "/api/v1/pods?limit=500&labelSelector=a%3Db%2Cc%20in%20%28d%29&continue=x%3D%2F%2B")
        let watch = APIRequest.watch(.pod, namespace: "n", labelSelector: nil, from: "7", timeout: 300)
        #expect(
            watch.target
                == "/api/v1/namespaces/n/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=7")
    }

    @Test(
        "A status that is no success becomes an error that names the request",
        arguments: [
            (400, KubernetesError.Code.badRequest), (401, .unauthorized), (403, .forbidden), (404, .notFound),
            (409, .conflict), (410, .gone), (413, .tooLarge), (422, .invalid), (429, .tooManyRequests),
            (500, .unavailable),
            (504, .unavailable), (302, .unexpectedStatus),
        ])
    func statuses(status: Int, code: KubernetesError.Code) {
        let error = APIResponse(status: status, headers: ["retry-after": "7"], body: Array("so".utf8)).error("GET /x")
        #expect(error.code == code)
        #expect(error.message.hasPrefix("GET /x: so"))
        #expect(error.retryAfter == .seconds(7))
    }
}
