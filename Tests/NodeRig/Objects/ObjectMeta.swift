/// The metadata of an object, as far as the rig reads it.
struct ObjectMeta: Codable, Hashable, Sendable {
    var name: String
    var namespace: String?
    var uid: String?
    var resourceVersion: String?
    var creationTimestamp: String?
    var deletionTimestamp: String?
    var deletionGracePeriodSeconds: Int?
    var labels: [String: String]?
    var annotations: [String: String]?

    /// What no other object of the kind has.
    var key: String { "\(namespace ?? "")/\(name)" }
}

/// A number, or a name that stands for one.
enum NumberOrName: Codable, Hashable, Sendable {
    case number(Int)
    case name(String)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else {
            let text = try value.decode(String.self)
            self = Int(text).map { .number($0) } ?? .name(text)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .number(let number): try value.encode(number)
        case .name(let name): try value.encode(name)
        }
    }
}

/// Settings by name, which pods see as variables and files.
struct ConfigMap: StoredObject {
    let metadata: ObjectMeta
    let data: [String: String]?
    let binaryData: [String: String]?
}

/// Secret settings by name, in base64.
struct Secret: StoredObject {
    let metadata: ObjectMeta
    let data: [String: String]?
}

/// An address for pods that do one thing.
struct Service: StoredObject {
    struct Port: Decodable, Hashable, Sendable {
        let name: String?
        let port: Int
        let `protocol`: String?
    }

    struct Spec: Decodable, Sendable {
        let type: String?
        let clusterIP: String?
        let externalName: String?
        let ports: [Port]?
        let publishNotReadyAddresses: Bool?
    }

    let metadata: ObjectMeta
    let spec: Spec

    /// The virtual address; `nil` where there is none.
    var virtualAddress: String? {
        spec.clusterIP.flatMap { $0.isEmpty || $0 == "None" ? nil : $0 }
    }
}

/// Some of the addresses behind a Service.
struct EndpointSlice: StoredObject {
    struct Conditions: Decodable, Hashable, Sendable { let ready: Bool? }

    struct Endpoint: Decodable, Hashable, Sendable {
        let addresses: [String]
        let conditions: Conditions?
        let hostname: String?

        var isReady: Bool { conditions?.ready ?? true }
    }

    struct Port: Decodable, Hashable, Sendable {
        let name: String?
        let port: Int?
        let `protocol`: String?
    }

    let metadata: ObjectMeta
    let addressType: String
    let endpoints: [Endpoint]?
    let ports: [Port]?

    /// The name of the Service.
    var service: String? { metadata.labels?["kubernetes.io/service-name"] }
}
