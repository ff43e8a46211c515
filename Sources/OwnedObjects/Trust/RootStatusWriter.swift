internal import FoundationEssentials
public import KubernetesClient
public import Logging
internal import MeshModel
internal import MeshStatus
public import ServiceLifecycle

/// Tells in the status of each MeshRootCertificate how far the mesh is with it, while this replica leads.
public struct RootStatusWriter: ServiceLifecycle.Service {
    private static let interval = Duration.seconds(1)
    /// What somebody else wrote into a status is set right within this time.
    private static let resync = Duration.seconds(10)
    private static let resource = APIResource(
        group: "config.openservicemesh.io", version: "v1alpha2", plural: "meshrootcertificates", isNamespaced: true)

    private let client: KubernetesClient
    private let namespace: String
    private let instance: String
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger
    private let report: @Sendable () -> (mesh: RootStatus.Standing, objects: [RootStatus])?

    /// A writer.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the controller: objects elsewhere have no meaning.
    ///   - instance: The replica, as events name it.
    ///   - report: What there is to say; `nil` as long as that is not known.
    public init(
        client: KubernetesClient, namespace: String, instance: String, isLeader: @escaping @Sendable () -> Bool,
        logger: Logger,
        report: @escaping @Sendable () -> (mesh: RootStatus.Standing, objects: [RootStatus])?
    ) {
        self.client = client
        self.namespace = namespace
        self.instance = instance
        self.isLeader = isLeader
        self.logger = logger
        self.report = report
    }

    /// What is in the API server, as far as is known.
    private struct Stored {
        var status: KnownStatus
        var seen: ContinuousClock.Instant
    }

    /// Writes until the process shuts down.
    public func run() async {
        await cancelWhenGracefulShutdown {
            var stored: [String: Stored] = [:]
            var recorder = EventRecorder(client: client, instance: instance, logger: logger)
            var events = RootEvents()
            while !Task.isCancelled {
                if isLeader(), let report = report() {
                    let uids = Set(report.objects.map(\.metadata.uid))
                    stored = stored.filter { uids.contains($0.key) }
                    var told: [RootEvents.Told] = []
                    for object in report.objects {
                        stored[object.metadata.uid] = await Self.tell(
                            report.mesh, object, known: stored[object.metadata.uid], &told, client, logger)
                    }
                    told += events.telling(report.mesh.state, report.objects, now: Date())
                    for (event, metadata) in told {
                        await recorder.record(.init(event: event, subject: Self.subject(metadata)))
                    }
                } else {
                    stored = [:]
                    events = RootEvents()
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private static func subject(_ metadata: ObjectMetadata) -> EventSubject {
        EventSubject(
            apiVersion: resource.apiVersion, kind: "MeshRootCertificate", name: metadata.objectName, uid: metadata.uid)
    }

    /// Writes what there is to say, once, without events.
    ///
    /// - Parameter mesh: How far the mesh is; `nil` as long as it cannot begin, since no root can sign.
    public static func tell(
        _ mesh: RootStatus.Standing?, _ objects: [RootStatus], _ client: KubernetesClient, _ logger: Logger
    ) async {
        var told: [RootEvents.Told] = []
        for object in objects { _ = await tell(mesh, object, known: nil, &told, client, logger) }
    }

    /// Writes what differs.
    ///
    /// - Parameter told: Gets what of it is worth an event.
    /// - Returns: What is there now; `nil` if that is not known.
    private static func tell(
        _ mesh: RootStatus.Standing?, _ object: RootStatus, known: Stored?, _ told: inout [RootEvents.Told],
        _ client: KubernetesClient, _ logger: Logger
    ) async -> Stored? {
        let name = object.metadata.objectName
        let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        if let known, known.seen.duration(to: .now) < resync,
            object.status(mesh, former: known.status, now: now) == known.status
        {
            return known
        }
        do {
            guard let stored = try await client.get(resource, name, as: ObservedObject.self),
                stored.metadata.uid == object.metadata.uid
            else { return nil }
            let status = object.status(mesh, former: stored.status, now: now)
            if stored.status != status {
                try await client.mergePatch(
                    resource, name, subresource: "status", body: StatusPatch(status, former: stored.status))
                if let event = RootEvents.telling(stored.status, status) { told.append((event, object.metadata)) }
            }
            return Stored(status: status, seen: .now)
        } catch {
            // One that cannot be told keeps nothing from the others.
            logger.warning(
                "the status of a MeshRootCertificate cannot be written",
                metadata: ["object": "MeshRootCertificate \(name)", "error": "\(error)"])
            return nil
        }
    }
}

extension RootStatusWriter: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "writer about roots" }
}
