import MeshModel
import MeshPolicy

/// Writes the objects that would allow a call, and nothing more.
struct PolicyDraft {
    let contents: MeshContents
    let client: ServiceIdentity
    let service: ObjectName
    let request: RequestDescription

    /// What refuses now.
    struct Door: Hashable, Comparable {
        let destination: ServiceIdentity
        let port: UInt16
        let wireProtocol: WireProtocol

        static func < (left: Door, right: Door) -> Bool {
            (left.destination, left.port, left.wireProtocol.rawValue)
                < (right.destination, right.port, right.wireProtocol.rawValue)
        }
    }

    /// One route object of each kind, and one TrafficTarget for each identity that is called.
    func manifest(opening doors: Set<Door>) -> String {
        var documents: [String] = []
        for (namespace, doors) in Dictionary(grouping: doors, by: \.destination.namespace).sorted(by: {
            $0.key < $1.key
        }) {
            let base = Self.name("\(client.serviceAccount)-to-\(service.name)")
            let group = free(base, .httpRouteGroup, in: namespace)
            let hasHTTP = doors.contains { $0.wireProtocol == .http }
            if hasHTTP { documents.append(routeGroup(group, in: namespace)) }
            for (destination, doors) in Dictionary(grouping: doors, by: \.destination).sorted(by: { $0.key < $1.key }) {
                let suffix = destination.serviceAccount == service.name ? "" : "-as-\(destination.serviceAccount)"
                // The requests and the ports are objects of their own: in one they would restrict each other.
                if doors.contains(where: { $0.wireProtocol == .http }) {
                    let name = free(Self.name(base + suffix), .trafficTarget, in: namespace)
                    documents.append(target(name, destination, rule: "HTTPRouteGroup", group))
                }
                let ports = Set(doors.filter { $0.wireProtocol == .tcp }.map(\.port)).sorted()
                guard !ports.isEmpty else { continue }
                let name = Self.name("\(base)\(suffix)-tcp")
                let route = free(name, .tcpRoute, in: namespace)
                documents.append(tcpRoute(route, in: namespace, ports))
                documents.append(
                    target(free(name, .trafficTarget, in: namespace), destination, rule: "TCPRoute", route))
            }
        }
        return documents.joined(separator: "---\n")
    }

    private func routeGroup(_ name: String, in namespace: String) -> String {
        var lines = [
            "apiVersion: specs.smi-spec.io/v1alpha4", "kind: HTTPRouteGroup", "metadata:", "  name: \(name)",
            "  namespace: \(namespace)", "spec:", "  matches:", "  - name: wanted",
        ]
        if let path = request.pathAlone {
            let expression = Self.escaped(path)
            // A longer expression would be refused: then any path it is.
            if expression.utf8.count <= RegularExpression.maximumLength {
                lines.append("    pathRegex: \(Self.quoted(expression))")
            }
        }
        let method = request.method.map { HTTPRouteGroup.methods.contains($0) ? $0 : "*" } ?? "*"
        lines.append("    methods: [\(Self.quoted(method))]")
        return lines.joined(separator: "\n") + "\n"
    }

    private func tcpRoute(_ name: String, in namespace: String, _ ports: [UInt16]) -> String {
        """
        apiVersion: specs.smi-spec.io/v1alpha4
        kind: TCPRoute
        metadata:
          name: \(name)
          namespace: \(namespace)
        spec:
          matches:
            ports: [\(ports.map(String.init).joined(separator: ", "))]

        """
    }

    private func target(_ name: String, _ destination: ServiceIdentity, rule kind: String, _ route: String) -> String {
        """
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata:
          name: \(name)
          namespace: \(destination.namespace)
        spec:
          destination:
            kind: ServiceAccount
            name: \(destination.serviceAccount)
            namespace: \(destination.namespace)
          sources:
          - kind: ServiceAccount
            name: \(client.serviceAccount)
            namespace: \(client.namespace)
          rules:
          - kind: \(kind)
            name: \(route)

        """
    }

    /// A name that no object of the kind has yet.
    private func free(_ name: String, _ kind: ObjectKind, in namespace: String) -> String {
        func isTaken(_ name: String) -> Bool {
            let name = ObjectName(namespace: namespace, name: name)
            return switch kind {
            case .httpRouteGroup: contents.httpRouteGroups[name] != nil
            case .tcpRoute: contents.tcpRoutes[name] != nil
            default: contents.trafficTargets[name] != nil
            }
        }
        guard isTaken(name) else { return name }
        var number = 2
        while isTaken("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }

    /// A name that Kubernetes takes, with room for a number behind it.
    private static func name(_ text: String) -> String {
        var name = String(text.prefix(200))
        while let last = name.last, last == "-" || last == "." { name.removeLast() }
        return name
    }

    /// The expression that matches a text and nothing else.
    static func escaped(_ text: String) -> String {
        text.map { "\\.+*?()|[]{}^$".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    /// A text in YAML, as JSON writes it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result.append("\\")
                result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
