public import CertificateAuthority
public import FoundationEssentials
public import KubernetesClient
internal import MeshModel

/// Has certificates issued by an issuer of cert-manager, by CertificateRequests in the controller's namespace.
///
/// The keys are made here and never leave the process but to their proxies. Every request is deleted when it has been
/// answered, or has not been in time.
public struct CertManagerIssuer: CertificateIssuer {
    /// Which issuer of cert-manager is asked.
    public struct Reference: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its kind.
        public var kind: String
        /// The API group of its kind.
        public var group: String

        /// An issuer; what is left out is as in the original.
        public init(name: String = "osm-ca", kind: String = "Issuer", group: String = "cert-manager.io") {
            self.name = name
            self.kind = kind
            self.group = group
        }
    }

    /// How long is waited for the answer.
    struct Timing: Sendable {
        /// Before the first look; each wait is twice as long as the one before.
        var firstWait: Duration = .milliseconds(200)
        /// Between two looks.
        var longestWait: Duration = .seconds(1)
        /// In all, as the original does.
        var all: Duration = .seconds(60)
    }

    /// What tells the requests of the controller from others.
    static let label = ("app.kubernetes.io/managed-by", "osm-controller")
    /// What their names start with.
    static let prefix = "osm-"

    private let client: KubernetesClient
    private let namespace: String
    private let reference: Reference
    private let probe: LeafRequest
    private let timing: Timing

    /// An issuer; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - reference: Which issuer it is.
    ///   - namespace: The controller's.
    ///   - client: The API server.
    ///   - probe: What is asked for to learn the root: a workload that is allowed to be in the mesh. The key is thrown
    ///     away.
    public init(_ reference: Reference, namespace: String, client: KubernetesClient, probe: LeafRequest) {
        self.init(reference, namespace: namespace, client: client, probe: probe, timing: Timing())
    }

    init(
        _ reference: Reference, namespace: String, client: KubernetesClient, probe: LeafRequest, timing: Timing
    ) {
        self.reference = reference
        self.namespace = namespace
        self.client = client
        self.probe = probe
        self.timing = timing
    }

    /// The certificate of the issuer: what cert-manager says of one that it issues for the purpose.
    ///
    /// - Throws: `IssuerFailure`.
    public func root() async throws(IssuerFailure) -> IssuerRoot {
        let clock = RunningClock(Date())
        let answer = try await ask(for: probe, under: nil, at: clock)
        let root = try answer.root(
            at: clock,
            advice: "use a kind of issuer that fills `status.ca` of its CertificateRequests, such as CA or Vault")
        _ = try await answer.certificate(of: probe, under: root, at: clock)
        return root
    }

    /// A key and a certificate.
    ///
    /// - Throws: `IssuerFailure`.
    public func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        let clock = RunningClock(now)
        return try await ask(for: request, under: root, at: clock).certificate(of: request, under: root, at: clock)
    }

    /// Deletes requests that were left behind, as by a controller that was killed.
    ///
    /// - Parameters:
    ///   - age: How old they are at least; far more than any answer takes.
    ///   - now: The time.
    /// - Returns: How many there were.
    /// - Throws: `IssuerFailure`.
    @discardableResult
    public func removeLeftovers(olderThan age: Duration = .seconds(600), now: Date) async throws(IssuerFailure) -> Int {
        let selector = "\(Self.label.0)=\(Self.label.1)"
        do {
            let requests = try await client.list(
                CertificateRequest.resource, namespace: namespace, labelSelector: selector, as: CertificateRequest.self)
            var count = 0
            for metadata in requests.map(\.metadata) where metadata.name.hasPrefix(Self.prefix) {
                guard let created = metadata.creationTimestamp.flatMap({ try? Date($0, strategy: .iso8601) }),
                    now.timeIntervalSince(created) >= age / .seconds(1)
                else { continue }
                let name = ObjectName(namespace: namespace, name: metadata.name)
                if try await client.delete(CertificateRequest.resource, name) { count += 1 }
            }
            return count
        } catch {
            throw failure(error, "looking for old CertificateRequests")
        }
    }

    private var name: String { "\(reference.kind) \(reference.name) of cert-manager" }

    private func ask(
        for request: LeafRequest, under root: IssuerRoot?, at clock: RunningClock
    ) async throws(IssuerFailure) -> IssuerAnswer {
        let signing = try SigningRequest(request)
        // The name is chosen here, so that what was asked for can be deleted though the answer was lost.
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        let name = ObjectName(namespace: namespace, name: Self.prefix + suffix)
        let object = CertificateRequest(
            metadata: .init(name: name.name, namespace: namespace, labels: [Self.label.0: Self.label.1]),
            spec: .init(
                request: Data(signing.pem.utf8), duration: "\(request.seconds(under: root, at: clock.now))s",
                isCA: false, usages: ["key encipherment", "digital signature"],
                issuerRef: .init(name: reference.name, kind: reference.kind, group: reference.group)))
        do throws(IssuerFailure) {
            try await create(object, name)
            let (certificates, issuer) = try await answer(to: name)
            await remove(name)
            return IssuerAnswer(
                certificates: [certificates, issuer].filter { !$0.isEmpty }, privateKeyPEM: signing.privateKeyPEM,
                issuerPEM: issuer)
        } catch {
            await remove(name)
            throw error
        }
    }

    private func create(_ object: CertificateRequest, _ name: ObjectName) async throws(IssuerFailure) {
        do {
            guard try await client.create(CertificateRequest.resource, name, body: object) else {
                throw IssuerFailure(.unreachable, "there is a CertificateRequest \(name) already")
            }
        } catch {
            throw failure(error, "making a CertificateRequest in \(namespace)")
        }
    }

    /// Waits for the answer.
    private func answer(to request: ObjectName) async throws(IssuerFailure) -> (certificates: String, issuer: String) {
        let end = ContinuousClock.now + timing.all
        var wait = timing.firstWait
        var obstacle = "nobody has approved it"
        while ContinuousClock.now < end {
            do {
                try await Task.sleep(for: wait)
                wait = min(wait * 2, timing.longestWait)
                guard
                    let object = try await client.get(
                        CertificateRequest.resource, request, as: CertificateRequest.self)
                else { throw IssuerFailure(.unreachable, "somebody deleted CertificateRequest \(request)") }
                switch CertificateRequestVerdict(object.status, of: name) {
                case .pending(let reason): obstacle = reason
                case .signed(let certificates, let issuer): return (certificates, issuer)
                case .failed(let failure): throw failure
                }
            } catch {
                // A server that is away for a moment may be back in time.
                if let error = error as? KubernetesError, [.transport, .unavailable].contains(error.code) {
                    obstacle = "the API server does not answer"
                    continue
                }
                throw failure(error, "waiting for CertificateRequest \(request)")
            }
        }
        throw IssuerFailure(
            .unreachable,
            "\(name) did not sign within \(timing.all): \(obstacle). See that it exists in \(namespace) and is ready,"
                + " and that cert-manager and an approver run")
    }

    /// Deletes a request, also where nobody waits for the answer any more; what fails here is found later.
    private func remove(_ name: ObjectName) async {
        var request = APIRequest.delete(CertificateRequest.resource, name)
        request.survivesCancellation = true
        _ = try? await client.send(request)
    }

    private func failure(_ error: any Error, _ what: String) -> IssuerFailure {
        if let failure = error as? IssuerFailure { return failure }
        let failure = IssuerFailure(kubernetes: error, doing: what)
        let advice =
            switch failure.code {
            case .denied: ". Allow it with config/cert-manager"
            case .configuration: ". Install cert-manager: its kinds are not served"
            default: ""
            }
        return IssuerFailure(failure.code, failure.message + advice, retryAfter: failure.retryAfter)
    }
}
