/// One program of a pod.
struct Container: Decodable, Sendable {
    struct Port: Decodable, Sendable {
        let name: String?
        let containerPort: Int
    }

    struct Mount: Decodable, Sendable {
        let name: String
        let mountPath: String
        let subPath: String?
        let readOnly: Bool?
    }

    struct Capabilities: Decodable, Sendable {
        let add: [String]?
        let drop: [String]?
    }

    struct SecurityContext: Decodable, Sendable {
        let runAsUser: Int?
        let runAsGroup: Int?
        let runAsNonRoot: Bool?
        let privileged: Bool?
        let allowPrivilegeEscalation: Bool?
        let readOnlyRootFilesystem: Bool?
        let capabilities: Capabilities?
    }

    struct Resources: Decodable, Sendable {
        let limits: [String: JSONValue]?
        let requests: [String: JSONValue]?
    }

    struct Lifecycle: Decodable, Sendable {
        let postStart: Action?
        let preStop: Action?
    }

    let name: String
    let image: String
    let command: [String]?
    let args: [String]?
    let env: [Variable]?
    let envFrom: [VariableSource]?
    let ports: [Port]?
    let volumeMounts: [Mount]?
    let workingDir: String?
    let resources: Resources?
    let securityContext: SecurityContext?
    let lifecycle: Lifecycle?
    let livenessProbe: Probe?
    let readinessProbe: Probe?
    let startupProbe: Probe?
    let restartPolicy: String?

    /// The number of a port.
    func number(of port: NumberOrName) -> Int? {
        switch port {
        case .number(let number): number
        case .name(let name): ports?.first { $0.name == name }?.containerPort
        }
    }
}

/// What the node asks of a container: by a program in it, or from outside.
struct Action: Decodable, Sendable {
    struct Exec: Decodable, Sendable { let command: [String]? }

    struct Header: Decodable, Sendable {
        let name: String
        let value: String
    }

    struct HTTPGet: Decodable, Sendable {
        let path: String?
        let port: NumberOrName
        let host: String?
        let scheme: String?
        let httpHeaders: [Header]?
    }

    struct TCPSocket: Decodable, Sendable {
        let port: NumberOrName
        let host: String?
    }

    struct GRPC: Decodable, Sendable {
        let port: Int
        let service: String?
    }

    struct Sleep: Decodable, Sendable { let seconds: Int }

    let exec: Exec?
    let httpGet: HTTPGet?
    let tcpSocket: TCPSocket?
    let grpc: GRPC?
    let sleep: Sleep?
}

/// A question that is asked again and again.
struct Probe: Decodable, Sendable {
    let action: Action
    let initialDelaySeconds: Int?
    let periodSeconds: Int?
    let timeoutSeconds: Int?
    let successThreshold: Int?
    let failureThreshold: Int?
    let terminationGracePeriodSeconds: Int?

    private enum CodingKeys: CodingKey {
        case initialDelaySeconds, periodSeconds, timeoutSeconds, successThreshold, failureThreshold
        case terminationGracePeriodSeconds
    }

    init(from decoder: any Decoder) throws {
        action = try Action(from: decoder)
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        initialDelaySeconds = try fields.decodeIfPresent(Int.self, forKey: .initialDelaySeconds)
        periodSeconds = try fields.decodeIfPresent(Int.self, forKey: .periodSeconds)
        timeoutSeconds = try fields.decodeIfPresent(Int.self, forKey: .timeoutSeconds)
        successThreshold = try fields.decodeIfPresent(Int.self, forKey: .successThreshold)
        failureThreshold = try fields.decodeIfPresent(Int.self, forKey: .failureThreshold)
        terminationGracePeriodSeconds = try fields.decodeIfPresent(Int.self, forKey: .terminationGracePeriodSeconds)
    }

    var period: Duration { .seconds(max(1, periodSeconds ?? 10)) }
    var timeout: Duration { .seconds(max(1, timeoutSeconds ?? 1)) }
}
