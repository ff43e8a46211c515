import ArgumentParser
import NIOSSL

/// TLS as a server without a sidecar speaks it.
struct ServerTLSOptions: ParsableArguments {
    @Option(help: "PEM file with the server's certificate chain.") var tlsCert: String?
    @Option(help: "PEM file with the server's key.") var tlsKey: String?
    @Option(help: "PEM file with the roots of clients' certificates; turns the request for one on.")
    var tlsClientCa: String?

    /// Whether there is a certificate.
    var isWanted: Bool { tlsCert != nil && tlsKey != nil }

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else { throw ValidationError("--tls-cert and --tls-key go together") }
        guard isWanted || tlsClientCa == nil else { throw ValidationError("--tls-client-ca wants --tls-cert") }
    }

    /// The files, read; `nil` without a certificate.
    func context() throws -> NIOSSLContext? {
        guard let tlsCert, let tlsKey else { return nil }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(tlsCert).map { .certificate($0) },
            privateKey: try .privateKey(NIOSSLPrivateKey(file: tlsKey, format: .pem)))
        configuration.applicationProtocols = ["http/1.1"]
        if let tlsClientCa {
            configuration.trustRoots = .file(tlsClientCa)
            configuration.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
