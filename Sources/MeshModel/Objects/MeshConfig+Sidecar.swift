extension MeshConfig {
    /// How sidecars are made and run.
    public struct Sidecar: Hashable, Sendable {
        /// Whether the init container runs privileged.
        public var enablePrivilegedInitContainer: Bool = false
        /// Envoy's log level; empty for `error`.
        public var logLevel: String = ""
        /// How many proxies one controller serves; 0 for any number.
        public var maxDataPlaneConnections: Int = 0
        /// The sidecar's image; empty for the injector's own choice.
        public var envoyImage: String = ""
        /// The sidecar's image on Windows; read, without a meaning here.
        public var envoyWindowsImage: String = ""
        /// The init container's image; empty for the injector's own choice.
        public var initContainerImage: String = ""
        /// How often everything is sent anew; empty or `0s` for never.
        public var configResyncInterval: String = ""
        /// What the sidecar's container may use.
        public var resources: Resources = Resources()
        /// The least version of TLS; `nil` only without a MeshConfig.
        public var tlsMinProtocolVersion: TLSVersion?
        /// The greatest version of TLS; `nil` only without a MeshConfig.
        public var tlsMaxProtocolVersion: TLSVersion?
        /// Cipher suites for TLS 1.2 and below, preferred first; empty for the proxy's own.
        public var cipherSuites: [String] = []
        /// Curves for TLS 1.2 and below, preferred first; empty for the proxy's own.
        public var ecdhCurves: [String] = []
        /// Where a sidecar reaches its application.
        public var localProxyMode: LocalProxyMode = .localhost

        /// Zero values.
        public init() {}
    }

    /// Where a sidecar reaches its application.
    public enum LocalProxyMode: String, Hashable, Sendable, CaseIterable {
        /// At 127.0.0.1.
        case localhost = "Localhost"
        /// At the address of the pod.
        case podIP = "PodIP"
    }

    /// What a container asks for and may use: quantities by resource.
    public struct Resources: Hashable, Sendable {
        /// What it may use at most.
        public var limits: [String: String] = [:]
        /// What it is promised.
        public var requests: [String: String] = [:]

        /// No limits and no requests.
        public init() {}
    }
}

extension MeshConfig.Sidecar: Decodable {
    private enum Key: String, CodingKey {
        case enablePrivilegedInitContainer, logLevel, maxDataPlaneConnections, envoyImage, envoyWindowsImage
        case initContainerImage, configResyncInterval, resources, tlsMinProtocolVersion, tlsMaxProtocolVersion
        case cipherSuites, ecdhCurves, localProxyMode
    }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        enablePrivilegedInitContainer = try fields.value(.enablePrivilegedInitContainer, or: false)
        logLevel = try fields.value(.logLevel, or: "")
        maxDataPlaneConnections = try fields.value(.maxDataPlaneConnections, or: 0)
        envoyImage = try fields.value(.envoyImage, or: "")
        envoyWindowsImage = try fields.value(.envoyWindowsImage, or: "")
        initContainerImage = try fields.value(.initContainerImage, or: "")
        configResyncInterval = try fields.value(.configResyncInterval, or: "")
        resources = try fields.value(.resources, or: .init())
        tlsMinProtocolVersion = try fields.value(.tlsMinProtocolVersion, or: .v1_2)
        tlsMaxProtocolVersion = try fields.value(.tlsMaxProtocolVersion, or: .v1_3)
        cipherSuites = try fields.value(.cipherSuites, or: [])
        ecdhCurves = try fields.value(.ecdhCurves, or: [])
        localProxyMode = try fields.value(.localProxyMode, or: .localhost)
    }
}

extension MeshConfig.LocalProxyMode: Decodable {
    /// Reads `Localhost` or `PodIP`; the empty text is `Localhost`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let mode = text.isEmpty ? .localhost : MeshConfig.LocalProxyMode(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "`\(text)` has no meaning here: write Localhost or PodIP")
        }
        self = mode
    }
}

extension MeshConfig.Resources: Decodable {
    private enum Key: String, CodingKey { case limits, requests }

    /// A quantity, which may be written as a text or as a number.
    private struct Quantity: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let whole = try? container.decode(Int.self) {
                text = String(whole)
            } else if let number = try? container.decode(Double.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    /// Reads limits and requests.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        limits = try fields.value(.limits, or: [String: Quantity]()).mapValues(\.text)
        requests = try fields.value(.requests, or: [String: Quantity]()).mapValues(\.text)
    }
}
