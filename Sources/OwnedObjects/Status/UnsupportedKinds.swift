internal import FoundationEssentials
public import KubernetesClient
public import Logging
internal import MeshModel
internal import MeshStatus
public import ServiceLifecycle

/// Tells the authors of objects that this version does not put into effect that it does not, while this replica leads.
///
/// Their kinds are those of the original that are served by the API server and that no reconciler reads yet. Objects in
/// namespaces outside the mesh are left alone.
public struct UnsupportedKinds: ServiceLifecycle.Service {
    fileprivate struct Kind: Sendable {
        let name: String
        let resource: APIResource
    }

    private let client: KubernetesClient
    private let namespaces: @Sendable () -> Set<String>
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger

    private static let interval = Duration.seconds(10)

    private static let kinds = [
        Kind("MeshRootCertificate", "config", "v1alpha2", "meshrootcertificates")
    ]

    /// A writer.
    ///
    /// - Parameter namespaces: The namespaces of the mesh and of the controller.
    public init(
        client: KubernetesClient, isLeader: @escaping @Sendable () -> Bool, logger: Logger,
        namespaces: @escaping @Sendable () -> Set<String>
    ) {
        self.client = client
        self.namespaces = namespaces
        self.isLeader = isLeader
        self.logger = logger
    }

    /// Writes until the process shuts down.
    public func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if isLeader() { for kind in Self.kinds { await tell(kind) } }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func tell(_ kind: Kind) async {
        let namespaces = namespaces()
        do {
            let objects = try await client.list(
                kind.resource, namespace: nil, labelSelector: nil, as: ObservedObject.self)
            for object in objects where namespaces.contains(object.metadata.namespace) {
                let status = Self.status(of: object, kind.name)
                guard !object.isTold(status) else { continue }
                do {
                    _ = try await client.mergePatch(
                        kind.resource, object.metadata.objectName, subresource: "status",
                        body: StatusPatch(status, former: object.status))
                } catch {
                    // One that cannot be told keeps nothing from the others.
                    logger.warning(
                        "the author of an object that has no effect cannot be told",
                        metadata: [
                            "object": "\(kind.name) \(object.metadata.objectName)", "error": "\(error)",
                        ])
                }
            }
        } catch let error as KubernetesError where error.code == .notFound {
            // The kind is not served: nobody can have such an object.
        } catch {
            logger.warning(
                "the authors of objects that have no effect cannot be told",
                metadata: ["kind": "\(kind.name)", "error": "\(error)"])
        }
    }

    /// What is to say about an object.
    static func status(of object: ObservedObject, _ kind: String) -> KnownStatus {
        let message = "this version of the mesh does not put any \(kind) into effect; the object does nothing"
        let generation = object.metadata.generation
        let moment = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        let verdicts: [(Condition.Kind, Condition.Status)] = [
            (.accepted, .no), (.programmed, .no), (.ready, .no), (.stalled, .yes),
        ]
        return KnownStatus(
            uid: object.metadata.uid, observedGeneration: generation,
            conditions: verdicts.map { type, status in
                let condition = Condition(
                    type, status, .notSupported, message, observedGeneration: generation, lastTransitionTime: moment)
                guard let old = object.status[type], old.status == status else { return condition }
                return condition.since(old.lastTransitionTime)
            })
    }
}

extension UnsupportedKinds.Kind {
    fileprivate init(_ name: String, _ group: String, _ version: String, _ plural: String) {
        self.init(
            name: name,
            resource: APIResource(
                group: "\(group).openservicemesh.io", version: version, plural: plural, isNamespaced: true))
    }
}

extension ObservedObject {
    /// Whether the object has a status, but for the times.
    fileprivate func isTold(_ status: KnownStatus) -> Bool {
        let epoch = Timestamp(seconds: 0)
        return self.status.observedGeneration == status.observedGeneration
            && self.status.conditions.map { $0.since(epoch) } == status.conditions.map { $0.since(epoch) }
    }
}

extension UnsupportedKinds: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "writer about kinds without effect" }
}
