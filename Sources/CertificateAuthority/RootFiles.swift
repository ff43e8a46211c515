public import FoundationEssentials
internal import Glibc

/// The roots of a mesh as files of one directory, whose names say what each is for.
///
/// `mesh-root.pem` signs, `mesh-root-next.pem` is trusted and will sign, `mesh-root-previous.pem` signed before and is
/// still trusted. Whoever stops in the midst of a change leaves files that stand for the state before it or after it,
/// and in both every root that may have signed is there. One process at a time reads or changes the names.
///
/// A root that has ended proves nothing any more: as the previous or next one it counts as absent, and where the one
/// that signs has ended while the next one holds, the next one takes its place.
public struct RootFiles: Sendable {
    /// What the files hold.
    public struct Roots: Sendable {
        /// The root that signs.
        public let signing: CertificateAuthority
        /// The root that will sign.
        public let next: CertificateAuthority?
        /// The root that signed before.
        public let previous: CertificateAuthority?

        /// The roots by their identifiers.
        public var plan: RootPlan {
            RootPlan(signing: signing.identifier, next: next?.identifier, previous: previous?.identifier)
        }

        /// What every pod must trust, in PEM: each root once, in an order that does not depend on what it is for.
        public var trustedPEM: String {
            let roots = [signing, next, previous].compactMap { $0 }
            let pems = Dictionary(roots.map { ($0.identifier, $0.rootPEM) }) { first, _ in first }
            return pems.sorted { $0.key < $1.key }.map(\.value).joined()
        }
    }

    /// The common name of a root.
    private static let name = "osm-ca.openservicemesh.io"

    private let directory: String

    /// The files of a directory, which must exist.
    public init(directory: String) { self.directory = directory }

    private var signing: String { directory + "/mesh-root.pem" }
    private var next: String { directory + "/mesh-root-next.pem" }
    private var previous: String { directory + "/mesh-root-previous.pem" }

    /// The roots; the one that signs is made first if there is none.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `file`, `root` or `validity`, the file in its message.
    public func loadOrCreate(algorithm: KeyAlgorithm = .ecdsaP256, now: Date) throws -> Roots {
        try locked {
            try replaceEndedRoot(now: now)
            let signing = try CertificateAuthority.loadOrCreate(
                at: signing, name: Self.name, algorithm: algorithm, now: now)
            return try roots(signing: signing, now: now)
        }
    }

    /// The roots, of which the one that signs must be there.
    ///
    /// - Throws: As ``loadOrCreate(algorithm:now:)``.
    public func load(now: Date) throws -> Roots {
        try locked {
            try replaceEndedRoot(now: now)
            return try present(now: now)
        }
    }

    /// Begins a replacement: makes the next root.
    ///
    /// - Throws: `CertificateAuthorityError`, with the code `replacement` if one is under way.
    public func beginReplacement(algorithm: KeyAlgorithm = .ecdsaP256, now: Date) throws -> Roots {
        try locked {
            let step = try present(now: now).plan.step
            guard step == .settled else {
                throw CertificateAuthorityError(
                    .replacement,
                    "a replacement is under way in \(directory), \(step): the controller's log names the pods that it"
                        + " waits for; wait for its end, or take it back with --cancel")
            }
            _ = try CertificateAuthority.loadOrCreate(at: next, name: Self.name, algorithm: algorithm, now: now)
            return try present(now: now)
        }
    }

    /// Takes a replacement back: by the same steps, the root that signs last is the one that did not at the time.
    ///
    /// - Throws: `CertificateAuthorityError`, with the code `replacement` if none is under way.
    public func cancelReplacement(now: Date) throws -> Roots {
        try locked {
            switch try present(now: now).plan.step {
            case .settled:
                throw CertificateAuthorityError(
                    .replacement, "no replacement is under way in \(directory): there is nothing to take back")
            case .distributing: try move(next, to: previous)
            case .reissuing: try move(previous, to: next)
            }
            return try present(now: now)
        }
    }

    /// Ends the step of a plan, since every pod has done its part.
    ///
    /// - Parameter plan: What the decision rests on; if the files stand for another by now, nothing happens.
    /// - Throws: `CertificateAuthorityError`.
    public func advance(from plan: RootPlan, now: Date) throws {
        try locked {
            guard try present(now: now).plan == plan else { return }
            switch plan.step {
            case .settled:
                // Left by a change that was interrupted; it is the root that signs.
                if plan.previous != nil { try remove(previous) }
            case .distributing:
                try keep(signing, as: previous)
                try move(next, to: signing)
            case .reissuing: try remove(previous)
            }
        }
    }

    private func present(now: Date) throws -> Roots {
        guard let signing = try CertificateAuthority.load(at: signing, now: now) else {
            throw CertificateAuthorityError(
                .file, "there is no \(signing): name the state directory of a controller that has run")
        }
        return try roots(signing: signing, now: now)
    }

    private func roots(signing: CertificateAuthority, now: Date) throws -> Roots {
        Roots(signing: signing, next: try read(next, now: now), previous: try read(previous, now: now))
    }

    /// A root that does not sign; `nil` also if it has ended, or not begun.
    private func read(_ path: String, now: Date) throws -> CertificateAuthority? {
        do { return try CertificateAuthority.load(at: path, now: now) } catch let error as CertificateAuthorityError
            where error.code == .validity
        {
            return nil
        }
    }

    /// Lets the next root sign where the present one has ended: nothing that it signed is good any more.
    private func replaceEndedRoot(now: Date) throws {
        guard let present = try CertificateAuthority.load(at: signing, now: nil), present.notAfter <= now,
            try read(next, now: now) != nil
        else { return }
        try move(next, to: signing)
    }

    /// Gives a file a second name; until the first one is given to another file, both stand for the same root.
    private func keep(_ path: String, as other: String) throws {
        guard unlink(other) == 0 || errno == ENOENT, link(path, other) == 0 else { throw failure(other) }
        try synchronize()
    }

    private func move(_ path: String, to other: String) throws {
        guard rename(path, other) == 0 else { throw failure(other) }
        try synchronize()
    }

    private func remove(_ path: String) throws {
        guard unlink(path) == 0 else { throw failure(path) }
        try synchronize()
    }

    private func synchronize() throws {
        do {
            try PrivateFile(path: signing).synchronizeDirectory()
        } catch let failure as PrivateFile.Failure {
            throw CertificateAuthorityError(.file, failure.description)
        }
    }

    private func locked<Result>(_ body: () throws -> Result) throws -> Result {
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure(directory) }
        defer { close(file) }
        var tries = 0
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            tries += 1
            guard errno == EWOULDBLOCK || errno == EINTR else { throw failure(directory) }
            // Longer than the making of any key takes.
            guard tries < 3_000 else {
                throw CertificateAuthorityError(
                    .file, "\(directory) is being changed by another process for 30 s: see what that does, or end it")
            }
            usleep(10_000)
        }
        return try body()
    }

    private func failure(_ path: String) -> CertificateAuthorityError {
        CertificateAuthorityError(
            .file, "\(path) cannot be changed (\(String(cString: strerror(errno)))): let this user write there")
    }
}

extension RootPlan.Step: CustomStringConvertible {
    /// The step as messages name it.
    public var description: String {
        switch self {
        case .settled: "every pod must trust only the root that signs"
        case .distributing: "step 1: every pod must trust the next root, too"
        case .reissuing: "step 2: every pod must get a certificate of the root that signs now"
        }
    }
}
