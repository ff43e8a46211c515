import EnvoyAPI
import Foundation
import SwiftProtobuf

/// The certificate in a secret, read by openssl.
struct SecretText {
    /// The URI and DNS names, in the order of the certificate.
    let identities: [String]

    init(_ body: Data) throws {
        let secret = try Envoy_Extensions_TransportSockets_Tls_V3_Secret(serializedBytes: body)
        let chain = secret.tlsCertificate.certificateChain
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = ["x509", "-noout", "-ext", "subjectAltName"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let text = chain.inlineString.isEmpty ? chain.inlineBytes : Data(chain.inlineString.utf8)
        try input.fileHandleForWriting.write(contentsOf: text)
        try input.fileHandleForWriting.close()
        let answer = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        identities = answer.split(whereSeparator: { ", \n".contains($0) }).compactMap { word in
            for prefix in ["URI:", "DNS:"] where word.hasPrefix(prefix) { return String(word.dropFirst(4)) }
            return nil
        }
    }
}
