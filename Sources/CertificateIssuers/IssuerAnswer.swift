internal import CertificateAuthority
internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// What an issuer elsewhere answered, before anybody has looked at it.
///
/// Prints as `[redacted]` where its key would show.
struct IssuerAnswer: Sendable, CustomStringConvertible, CustomReflectable {
    /// The certificate, then those above it, in PEM form.
    let chainPEM: String
    /// The key in PEM form.
    let privateKeyPEM: String
    /// The certificate of the issuer, as it says; `nil` where it says nothing.
    let issuerPEM: String?

    /// How far ahead of this machine's clock the issuer's may be.
    static let patience: Duration = .seconds(30)

    var description: String { "answer of an issuer, key [redacted]" }

    var customMirror: Mirror { Mirror(self, children: ["privateKeyPEM": "[redacted]"]) }

    init(certificates: [String], privateKeyPEM: String, issuerPEM: String?) {
        // Some texts end without a newline.
        chainPEM = certificates.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined()
        self.privateKeyPEM = privateKeyPEM
        self.issuerPEM = issuerPEM
    }

    /// The root to which it leads, as the issuer says.
    ///
    /// - Parameters:
    ///   - clock: The time, as it goes on.
    ///   - advice: What to do where the issuer says nothing.
    /// - Throws: `IssuerFailure`.
    func root(at clock: RunningClock, advice: String) throws(IssuerFailure) -> IssuerRoot {
        if let issuerPEM, !issuerPEM.isEmpty { return try IssuerRoot(pem: issuerPEM, now: clock.now) }
        guard let documents = try? PEMDocument.parseMultiple(pemString: chainPEM), documents.count > 1,
            let last = documents.last
        else { throw IssuerFailure(.malformed, "the issuer does not say which certificate is its own: \(advice)") }
        return try IssuerRoot(pem: last.pemString, now: clock.now)
    }

    /// The certificate, if it is what was asked for.
    ///
    /// Where the issuer's clock is ahead the certificate begins a moment from now: that moment is waited for.
    ///
    /// - Throws: `IssuerFailure`.
    func certificate(
        of request: LeafRequest, under root: IssuerRoot, at clock: RunningClock
    ) async throws(IssuerFailure) -> IssuedCertificate {
        if let document = try? PEMDocument.parseMultiple(pemString: String(chainPEM.prefix(64 * 1024))).first,
            let leaf = try? Certificate(pemDocument: document)
        {
            let ahead = Duration.seconds(leaf.notValidBefore.timeIntervalSince(clock.now))
            if ahead > .zero, ahead <= Self.patience {
                do { try await Task.sleep(for: ahead + .milliseconds(10)) } catch {
                    throw IssuerFailure(.unreachable, "the question was withdrawn")
                }
            }
        }
        return try await IssuedCertificate(
            checking: chainPEM, privateKeyPEM: privateKeyPEM, of: request, under: root, now: clock.now)
    }
}

/// A time that goes on from when somebody told it.
struct RunningClock: Sendable {
    private let start: Date
    private let began = ContinuousClock.now

    init(_ now: Date) { start = now }

    var now: Date { start.addingTimeInterval((ContinuousClock.now - began) / .seconds(1)) }
}

extension LeafRequest {
    /// For how many whole seconds it may be asked for, at least one: never beyond the end of the root.
    func seconds(under root: IssuerRoot?, at now: Date) -> Int64 {
        let left = root.map { Int64($0.notAfter.timeIntervalSince(now).rounded(.down)) - 1 } ?? .max
        return max(1, min(validity.components.seconds, left))
    }
}

extension IssuerFailure {
    /// What somebody else said, in one line that is short and holds nothing secret.
    static func quoted(_ text: String, hiding secrets: [String] = []) -> String {
        // A part of a key would be as bad as the whole.
        guard !text.contains("PRIVATE KEY") else { return "(left out: it holds a key)" }
        var line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for secret in secrets where !secret.isEmpty { line = line.replacing(secret, with: "[redacted]") }
        return line.count <= 200 ? line : "\(line.prefix(200))…"
    }
}
