import ArgumentParser
import Foundation

@testable import TestVault

/// The stand-in for a Vault as a program, for meshes that run in processes of their own.
@main
struct VaultServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answers as the part of HashiCorp Vault does that issues certificates, with a root of its own.",
        discussion:
            "Prints a line with the token that may ask the role `mesh` once it listens, and serves until it is killed.")

    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on.") var port = 8200

    func run() async throws {
        try await ServedVault.with(host: host, port: port) { served in
            print(#"{"ready":true,"port":\#(served.port),"token":"\#(StrictVault.token)"}"#)
            _ = fflush(nil)
            while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
        }
    }
}
