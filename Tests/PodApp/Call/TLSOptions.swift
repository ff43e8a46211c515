import ArgumentParser
import NIOSSL

/// TLS as a client without a sidecar speaks it: the server's chain is verified, its name is not.
struct TLSOptions: ParsableArguments {
    @Option(help: "PEM file with the client's certificate chain.") var tlsCert: String?
    @Option(help: "PEM file with the client's key.") var tlsKey: String?
    @Option(help: "PEM file with the roots; turns TLS on.") var tlsCa: String?
    @Option(help: "The server name to ask for.") var sni: String?
    @Option(parsing: .singleValue, help: "An application protocol to offer. Repeatable.") var alpn: [String] = []

    /// Whether TLS is spoken.
    var isWanted: Bool { tlsCa != nil }

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else { throw ValidationError("--tls-cert and --tls-key go together") }
        guard isWanted || (tlsCert == nil && sni == nil && alpn.isEmpty) else {
            throw ValidationError("TLS needs --tls-ca")
        }
    }

    /// The files, read; nil without TLS.
    func dialingTLS() throws -> Dialing.TLS? {
        guard let tlsCa else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(tlsCa)
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = alpn
        if let tlsCert, let tlsKey {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(tlsCert).map { .certificate($0) }
            configuration.privateKey = try .privateKey(NIOSSLPrivateKey(file: tlsKey, format: .pem))
        }
        return try Dialing.TLS(context: NIOSSLContext(configuration: configuration), serverName: sni)
    }
}
