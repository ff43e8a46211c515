internal import MeshModel

/// An object that users write for the mesh, as the API server shows it.
struct PolicyObject: Decodable, Sendable {
    /// What it says, as far as it can be read.
    enum Content: Sendable {
        /// It was read.
        case read(any MeshObject)
        /// It cannot be read.
        case unreadable(ObjectKind, Problem)
        /// It is a MeshRootCertificate, which was read or cannot be.
        case rootCertificate(Result<MeshRootCertificate, Unreadable>)
        /// It is of a kind that nothing reads.
        case unknown
    }

    /// Why an object cannot be read.
    struct Unreadable: Error {
        let problem: Problem
    }

    let content: Content
    /// `spec` as it stands, to tell whether it was edited.
    let spec: JSONContent?
    /// Whether the object is being deleted and waits for its finalizers.
    let isBeingDeleted: Bool

    private enum Key: String, CodingKey { case apiVersion, kind, spec, metadata }
    private enum MetadataKey: String, CodingKey { case deletionTimestamp }

    init(from decoder: any Decoder) throws {
        let depth = decoder.codingPath.count
        let fields = try decoder.container(keyedBy: Key.self)
        spec = try fields.decodeIfPresent(JSONContent.self, forKey: .spec)
        let metadata = try? fields.nestedContainer(keyedBy: MetadataKey.self, forKey: .metadata)
        isBeingDeleted = (try? metadata?.decodeIfPresent(String.self, forKey: .deletionTimestamp)) != nil
        let group = try fields.decodeIfPresent(String.self, forKey: .apiVersion) ?? ""
        let word = try fields.decodeIfPresent(String.self, forKey: .kind)
        if word == PolicyValidation.rootCertificateKind, group.hasPrefix("config.openservicemesh.io/") {
            content = .rootCertificate(Self.reading(MeshRootCertificate.self, decoder, depth))
            return
        }
        guard let kind = word.flatMap({ ObjectKind(rawValue: $0) }), group.hasPrefix("\(kind.group)/"),
            let type = kind.policyType
        else {
            content = .unknown
            return
        }
        content = Self.read(type, decoder, depth)
    }

    private static func read<Object: MeshObject>(_ type: Object.Type, _ decoder: any Decoder, _ depth: Int) -> Content {
        switch reading(type, decoder, depth) {
        case .success(let object): .read(object)
        case .failure(let error): .unreadable(Object.kind, error.problem)
        }
    }

    private static func reading<Object: Decodable>(
        _ type: Object.Type, _ decoder: any Decoder, _ depth: Int
    ) -> Result<Object, Unreadable> {
        do {
            return .success(try Object(from: decoder))
        } catch let error as DecodingError {
            return .failure(Unreadable(problem: Problem(error, below: depth)))
        } catch {
            return .failure(Unreadable(problem: Problem(path: "", message: "cannot be read: \(error)")))
        }
    }
}

extension ObjectKind {
    /// The type of a kind that users write for the mesh; `nil` for the kinds of Kubernetes.
    var policyType: (any MeshObject.Type)? {
        switch self {
        case .namespace, .pod, .service, .serviceAccount, .endpointSlice: nil
        case .meshConfig: MeshConfig.self
        case .trafficTarget: TrafficTarget.self
        case .httpRouteGroup: HTTPRouteGroup.self
        case .tcpRoute: TCPRoute.self
        case .trafficSplit: TrafficSplit.self
        case .egress: Egress.self
        case .ingressBackend: IngressBackend.self
        case .retry: Retry.self
        case .upstreamTrafficSetting: UpstreamTrafficSetting.self
        case .telemetry: Telemetry.self
        case .extensionService: ExtensionService.self
        }
    }
}
