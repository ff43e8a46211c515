import Foundation

/// The variables that a container starts with.
struct ContainerEnvironment: Sendable {
    /// Something that is not there yet, and may come.
    struct Missing: Error, CustomStringConvertible { let description: String }

    private let node: Node
    private let fields: FieldPath
    private let container: Container
    /// The variables by name.
    private(set) var variables: [String: String] = [:]

    /// Finds out what the variables are.
    ///
    /// - Throws: ``Missing``.
    init(of container: Container, in fields: FieldPath, on node: Node) throws {
        self.node = node
        self.fields = fields
        self.container = container
        let services = serviceVariables()
        var own: [String: String] = [:]
        for source in container.envFrom ?? [] { own.merge(try values(source)) { $1 } }
        for variable in container.env ?? [] {
            guard let source = variable.valueFrom else {
                // What was defined before it may be referred to.
                let known = services.merging(own) { $1 }
                own[variable.name] = Expansion.expand(variable.value ?? "", known)
                continue
            }
            if let value = try value(source, variable.name) { own[variable.name] = value }
        }
        variables = services.merging(own) { $1 }
    }

    private func value(_ source: Variable.Source, _ name: String) throws -> String? {
        if let field = source.fieldRef {
            guard let value = fields.value(field.fieldPath) else {
                throw Missing(description: "variable \(name): there is no field \(field.fieldPath)")
            }
            return value
        }
        if let resource = source.resourceFieldRef {
            let spec = fields.pod.spec
            let named = ((spec.initContainers ?? []) + spec.containers).first { $0.name == resource.containerName }
            return Quantity.text(resource, of: named ?? container)
        }
        if let key = source.configMapKeyRef {
            let map = node.configMaps[fields.pod.namespace, key.name]
            if map == nil, key.optional != true { throw Missing(description: "configmap \"\(key.name)\" not found") }
            return try present(map?.data?[key.key], key, "ConfigMap")
        }
        if let key = source.secretKeyRef {
            let secret = node.secrets[fields.pod.namespace, key.name]
            if secret == nil, key.optional != true { throw Missing(description: "secret \"\(key.name)\" not found") }
            return try present(secret?.data?[key.key].map(Self.decoded), key, "Secret")
        }
        return nil
    }

    private func present(_ value: String?, _ key: Variable.KeyReference, _ kind: String) throws -> String? {
        if value == nil, key.optional != true {
            throw Missing(description: "couldn't find key \(key.key) in \(kind) \(fields.pod.namespace)/\(key.name)")
        }
        return value
    }

    private func values(_ source: VariableSource) throws -> [String: String] {
        var values: [String: String] = [:]
        if let reference = source.configMapRef {
            let map = node.configMaps[fields.pod.namespace, reference.name]
            if map == nil, reference.optional != true {
                throw Missing(description: "configmap \"\(reference.name)\" not found")
            }
            values = map?.data ?? [:]
        } else if let reference = source.secretRef {
            let secret = node.secrets[fields.pod.namespace, reference.name]
            if secret == nil, reference.optional != true {
                throw Missing(description: "secret \"\(reference.name)\" not found")
            }
            values = (secret?.data ?? [:]).mapValues(Self.decoded)
        }
        return Dictionary(values.map { ((source.prefix ?? "") + $0.key, $0.value) }) { $1 }
    }

    private static func decoded(_ text: String) -> String {
        String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
    }

    /// The addresses of the namespace's Services, and of the API server's.
    private func serviceVariables() -> [String: String] {
        var variables: [String: String] = [:]
        let isWanted = fields.pod.spec.enableServiceLinks ?? true
        for service in node.services.all {
            let isServer = service.metadata.key == "default/kubernetes"
            guard let address = service.virtualAddress, let first = service.spec.ports?.first,
                isServer || isWanted && service.metadata.namespace == fields.pod.namespace
            else { continue }
            func upper(_ text: String) -> String { text.uppercased().replacing("-", with: "_") }
            let name = upper(service.metadata.name)
            func url(_ port: Service.Port) -> String {
                "\((port.protocol ?? "TCP").lowercased())://\(address):\(port.port)"
            }
            variables["\(name)_SERVICE_HOST"] = address
            variables["\(name)_SERVICE_PORT"] = "\(first.port)"
            variables["\(name)_PORT"] = url(first)
            for port in service.spec.ports ?? [] {
                if let portName = port.name, !portName.isEmpty {
                    variables["\(name)_SERVICE_PORT_\(upper(portName))"] = "\(port.port)"
                }
                let prefix = "\(name)_PORT_\(port.port)_\(port.protocol ?? "TCP")"
                variables[prefix] = url(port)
                variables["\(prefix)_PROTO"] = (port.protocol ?? "TCP").lowercased()
                variables["\(prefix)_PORT"] = "\(port.port)"
                variables["\(prefix)_ADDR"] = address
            }
        }
        return variables
    }
}
