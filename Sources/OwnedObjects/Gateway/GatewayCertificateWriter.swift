public import CertificateAuthority
internal import FoundationEssentials
public import KubernetesClient
public import Logging
public import MeshModel
public import ServiceLifecycle

/// Keeps the Secret with the certificate of the ingress gateway, while this replica leads: what a gateway that is no pod of
/// the mesh shows to the mesh, and all roots that it is to trust.
///
/// What somebody edits or deletes is set right within seconds. A Secret that is not the controller's is left alone.
public struct GatewayCertificateWriter: ServiceLifecycle.Service {
    /// What came out of a look.
    public struct Finding: Equatable, Sendable {
        /// The generation of the object that asks for the certificate.
        public var generation: Int64
        /// What keeps the certificate from being what is asked for; `nil` for nothing.
        public var problem: Problem?
    }

    /// What the writer is told, and asks.
    public struct Surroundings: Sendable {
        /// What is asked for, and by which generation of its object; `nil` as long as that is not known.
        public var wish: @Sendable () -> (wish: GatewayWish, generation: Int64)?
        /// What the mesh trusts now.
        public var trust: @Sendable () -> TrustState
        /// Issues a certificate of some names and a validity under a root, whoever signs with that.
        public var issue: @Sendable ([String], Duration, TrustState.Root) async throws -> IssuedCertificate
        /// Whether a pod with a sidecar runs as a ServiceAccount.
        public var isInMesh: @Sendable (ServiceIdentity) -> Bool
        /// Told of each look what came out; `nil` where this replica does not look any more.
        public var onFinding: @Sendable (Finding?) -> Void

        /// What the writer is told, and asks.
        public init(
            wish: @escaping @Sendable () -> (wish: GatewayWish, generation: Int64)?,
            trust: @escaping @Sendable () -> TrustState,
            issue: @escaping @Sendable ([String], Duration, TrustState.Root) async throws -> IssuedCertificate,
            isInMesh: @escaping @Sendable (ServiceIdentity) -> Bool,
            onFinding: @escaping @Sendable (Finding?) -> Void
        ) {
            self.wish = wish
            self.trust = trust
            self.issue = issue
            self.isInMesh = isInMesh
            self.onFinding = onFinding
        }
    }

    /// Why the certificate is not what is asked for.
    struct Refusal: Error {
        let field: String
        let message: String

        var problem: Problem { Problem(path: "spec.certificate.ingressGateway.\(field)", message: message) }
    }

    /// What a leader remembers.
    private struct Memory {
        /// What was last asked for in words that could be read.
        var wanted: GatewayWish.Certificate?
        var told: Problem?
        /// Former Secrets that could not be deleted, for the log.
        var complaints: [ObjectName: String] = [:]
    }

    private static let interval = Duration.seconds(2)

    let client: KubernetesClient
    let meshName: String
    let holding: GatewayHolding
    let surroundings: Surroundings
    private let places: GatewayPlaces
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger

    /// A writer.
    ///
    /// - Parameters:
    ///   - meshName: Whose Secret it is.
    ///   - namespace: The namespace of the controller.
    ///   - holding: Where it tells what there is.
    public init(
        client: KubernetesClient, meshName: String, namespace: String, holding: GatewayHolding,
        isLeader: @escaping @Sendable () -> Bool, logger: Logger, _ surroundings: Surroundings
    ) {
        self.client = client
        self.meshName = meshName
        self.holding = holding
        self.surroundings = surroundings
        places = GatewayPlaces(client: client, namespace: namespace)
        self.isLeader = isLeader
        self.logger = logger
    }

    /// Writes until the process shuts down.
    public func run() async {
        await cancelWhenGracefulShutdown {
            var memory = Memory()
            while !Task.isCancelled {
                if isLeader() {
                    await look(&memory)
                } else {
                    memory = Memory()
                    holding.forget()
                    places.reset()
                    surroundings.onFinding(nil)
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func look(_ memory: inout Memory) async {
        guard let (wish, generation) = surroundings.wish() else { return }
        switch wish {
        case .unknown: break
        case .nothing: memory.wanted = nil
        case .certificate(let wanted): memory.wanted = wanted
        }
        do {
            let known = try await places.load()
            if wish == .unknown, memory.wanted == nil { memory.wanted = try await present(in: known) }
            if let wanted = memory.wanted {
                try await keep(wanted)
            } else {
                holding.know(nil)
            }
            // What it had before goes once there is what it has now.
            if wish != .unknown || memory.wanted != nil {
                await letGo(of: known.subtracting([memory.wanted?.secret].compactMap { $0 }), &memory)
            }
            tell(nil, generation, &memory)
        } catch let refusal as Refusal {
            tell(refusal.problem, generation, &memory)
            holding.knowNoMore()
        } catch let error as KubernetesError
            where [.transport, .unavailable, .tooManyRequests, .cancelled].contains(error.code)
        {
            // The API server is away: it is tried again, and others tell.
        } catch {
            guard let secret = memory.wanted?.secret else { return }
            tell(Refusal(field: "secret", message: Self.words(about: secret, error)).problem, generation, &memory)
            holding.knowNoMore()
        }
    }

    /// What a Secret says that was asked for, where a former leader made it and nobody can be asked now.
    private func present(in secrets: Set<ObjectName>) async throws -> GatewayWish.Certificate? {
        for secret in secrets.sorted() {
            guard let stored = try await client.get(.secret, secret, as: GatewaySecret.self),
                stored.isOurs(in: meshName), let names = stored.certificate?.names, !names.isEmpty,
                let validity = stored.validity
            else { continue }
            return GatewayWish.Certificate(names: names, validity: .seconds(validity), secret: secret)
        }
        return nil
    }

    private static func words(about secret: ObjectName, _ error: any Error) -> String {
        let kubernetes = error as? KubernetesError
        let advice =
            switch kubernetes?.code {
            case .forbidden:
                ": let the controller get, create, patch and delete it (config/ingress-gateway is a sample)"
            case .notFound: ": create the namespace"
            default: ""
            }
        return "Secret \(secret) cannot be kept\(advice) (\(kubernetes?.message ?? "\(error)"))"
    }

    /// Each problem once.
    private func tell(_ problem: Problem?, _ generation: Int64, _ memory: inout Memory) {
        surroundings.onFinding(Finding(generation: generation, problem: problem))
        guard problem != memory.told else { return }
        memory.told = problem
        if let problem {
            logger.warning(
                "the certificate of the ingress gateway is not what is asked for",
                metadata: ["problem.path": "\(problem.path)", "problem": "\(problem.message)"])
        } else {
            logger.notice("the certificate of the ingress gateway is what is asked for")
        }
    }

    /// Deletes former Secrets, if they are the controller's.
    private func letGo(of secrets: Set<ObjectName>, _ memory: inout Memory) async {
        memory.complaints = memory.complaints.filter { secrets.contains($0.key) }
        for secret in secrets.sorted() {
            do {
                if let stored = try await client.get(.secret, secret, as: GatewaySecret.self),
                    stored.isOurs(in: meshName)
                {
                    try await client.delete(.secret, secret)
                    logger.notice(
                        "the former certificate of the ingress gateway is deleted",
                        metadata: ["object": "Secret \(secret)"])
                }
                try await places.forget(secret)
            } catch {
                guard memory.complaints[secret] != "\(error)" else { continue }
                memory.complaints[secret] = "\(error)"
                logger.warning(
                    "the former certificate of the ingress gateway cannot be deleted; it is tried again",
                    metadata: ["object": "Secret \(secret)", "error": "\(error)"])
            }
        }
    }

    /// Remembers where a Secret is, so that it is found again when it is not asked for any more.
    func remember(_ secret: ObjectName) async throws { try await places.remember(secret) }
}

extension GatewayCertificateWriter: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "gateway certificate writer" }
}
