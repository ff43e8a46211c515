/// A variable of a container's environment.
struct Variable: Decodable, Sendable {
    struct FieldReference: Decodable, Sendable { let fieldPath: String }

    struct ResourceReference: Decodable, Sendable {
        let containerName: String?
        let resource: String
        let divisor: JSONValue?
    }

    struct KeyReference: Decodable, Sendable {
        let name: String
        let key: String
        let optional: Bool?
    }

    struct Source: Decodable, Sendable {
        let fieldRef: FieldReference?
        let resourceFieldRef: ResourceReference?
        let configMapKeyRef: KeyReference?
        let secretKeyRef: KeyReference?
    }

    let name: String
    let value: String?
    let valueFrom: Source?
}

/// An object all of whose keys are variables.
struct VariableSource: Decodable, Sendable {
    struct Reference: Decodable, Sendable {
        let name: String
        let optional: Bool?
    }

    let prefix: String?
    let configMapRef: Reference?
    let secretRef: Reference?
}
