/// Many pods of one identity that all see what is edited: they call one split service, and one policy guards them all.
///
/// It stands in a namespace of its own beside a mesh of any size.
struct Crowd {
    /// How many pods.
    let size: Int
    static let namespace = "crowd"

    var podNames: [MeshShape.PodName] {
        (0..<size).map { MeshShape.PodName(namespace: Self.namespace, name: "crowd-\($0)") }
    }

    /// The kinds of edits, and the file that each rewrites.
    enum Edit: String, CaseIterable, Sendable {
        case split = "TrafficSplit weight"
        case routes = "HTTPRouteGroup path"
        case target = "TrafficTarget source"
        case endpoints = "endpoint up/down"
        case config = "MeshConfig egress"

        var file: String {
            switch self {
            case .split: "crowd-split.yaml"
            case .routes: "crowd-routes.yaml"
            case .target: "crowd-target.yaml"
            case .endpoints: "crowd-slice-va.yaml"
            case .config: "mesh-config.yaml"
            }
        }
    }

    /// The file of an edit, different from one number to the next, and for 0 as the mesh begins.
    func text(_ edit: Edit, _ number: Int) -> String {
        let namespace = Self.namespace
        switch edit {
        case .split:
            return Objects.split(
                "split", namespace, apex: "apex", [("va", 10 + number % 80), ("vb", 90 - number % 80)])
        case .routes: return Objects.routes("crowd", namespace, path: "/books-\(Objects.digits(number))")
        case .target:
            return Objects.target(
                "crowd", namespace, sources: [("va", namespace)] + (number % 2 == 0 ? [] : [("vb", namespace)]))
        case .endpoints:
            return Objects.slice(
                "va", namespace, service: "va",
                [
                    Objects.Endpoint(pod: "va-0", address: Objects.address(121, 1)),
                    Objects.Endpoint(pod: "va-1", address: Objects.address(121, 2), isReady: number % 2 == 0),
                ])
        case .config: return Objects.meshConfig(isPermissive: false, hasEgress: number % 2 != 0)
        }
    }

    /// The files by name.
    var files: [String: String] {
        let namespace = Self.namespace
        var files = ["crowd-namespace.yaml": Objects.namespace(namespace)]
        files["crowd-accounts.yaml"] = ["crowd", "va", "vb"].map { Objects.account($0, namespace) }.joined()
        files["crowd-services.yaml"] = ["crowd", "apex", "va", "vb"].enumerated().map { number, name in
            Objects.service(name, namespace, address: Objects.address(191, number))
        }.joined()
        for start in stride(from: 0, to: size, by: 50) {
            let range = start..<min(start + 50, size)
            files["crowd-pods-\(Objects.digits(start)).yaml"] = range.map { number in
                Objects.pod(
                    "crowd-\(number)", namespace, account: "crowd", app: "crowd",
                    address: Objects.address(122, number))
            }.joined()
            files["crowd-slice-\(Objects.digits(start)).yaml"] = Objects.slice(
                "crowd-\(start)", namespace, service: "crowd",
                range.map { Objects.Endpoint(pod: "crowd-\($0)", address: Objects.address(122, $0)) })
        }
        files["crowd-backends.yaml"] =
            [("va-0", "va", 1), ("va-1", "va", 2), ("vb-0", "vb", 3)].map { pod, account, number in
                Objects.pod(
                    pod, namespace, account: account, app: account, address: Objects.address(121, number))
            }.joined()
            + Objects.slice(
                "vb", namespace, service: "vb",
                [Objects.Endpoint(pod: "vb-0", address: Objects.address(121, 3))])
        files["crowd-backend-policies.yaml"] = ["va", "vb"].map { name in
            Objects.routes(name, namespace, path: "/.*")
                + Objects.target(name, namespace, sources: [("crowd", namespace)])
        }.joined()
        for edit in Edit.allCases { files[edit.file] = text(edit, 0) }
        return files
    }
}
