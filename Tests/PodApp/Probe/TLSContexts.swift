import NIOSSL
import Synchronization

/// Files of certificates, each read once.
final class TLSContexts: Sendable {
    private let contexts = Mutex<[ProbeRequest.TLS: NIOSSLContext]>([:])

    /// The context for a request; the name of the server is not part of it.
    func context(of tls: ProbeRequest.TLS) throws -> NIOSSLContext {
        try contexts.withLock { contexts in
            let key = ProbeRequest.TLS(
                roots: tls.roots, certificate: tls.certificate, key: tls.key, serverName: "",
                isMesh: tls.isMesh)
            if let context = contexts[key] { return context }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(tls.roots)
            configuration.certificateVerification = .noHostnameVerification
            if tls.isMesh { configuration.applicationProtocols = ["osm"] }
            if let certificate = tls.certificate, let key = tls.key {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
                configuration.privateKey = try .privateKey(NIOSSLPrivateKey(file: key, format: .pem))
            }
            let context = try NIOSSLContext(configuration: configuration)
            contexts[key] = context
            return context
        }
    }
}
