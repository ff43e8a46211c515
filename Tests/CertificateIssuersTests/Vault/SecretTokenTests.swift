import CertificateAuthority
import KubernetesClient
import MeshModel
import TestCluster
import Testing

@testable import CertificateIssuers

@Suite("The token of a Vault in a Secret of a real API server")
struct SecretTokenTests {
    @Test("is read as it is now, and what is missing is named")
    func secret() async throws {
        try await CertManagerCluster.with { cluster in
            let name = ObjectName(namespace: cluster.namespace, name: "vault-token")
            func write(_ data: String) async throws {
                try await cluster.cluster.kubectlOutput(
                    ["apply", "-f", "-"],
                    input: """
                        {apiVersion: v1, kind: Secret, metadata: {name: vault-token, namespace: \(cluster.namespace)},
                        stringData: \(data)}
                        """)
            }
            let source = SecretTokenSource(cluster.administrator, secret: name, key: "token")
            func failing() async -> IssuerFailure? { await issuerFailure { _ = try await source.token() } }
            #expect(await failing()?.message.contains("\(name)") == true)
            #expect(await failing()?.code == .configuration)
            try await write(#"{other: "x"}"#)
            #expect(await failing()?.message.contains("has no key `token`") == true)
            try await write(#"{token: "hvs.first\n"}"#)
            #expect(try await source.token().value == "hvs.first")
            try await write(#"{token: "hvs.second"}"#)
            #expect(try await source.token().value == "hvs.second")
            try await write(#"{token: "hvs.sec ret"}"#)
            let failure = await failing()
            #expect(failure?.code == .configuration)
            #expect(failure?.message.contains("key `token`") == true && failure?.message.contains("hvs") == false)
            // The account may do nothing with Secrets.
            try await cluster.withAccount { client in
                let source = SecretTokenSource(client, secret: name, key: "token")
                let failure = await issuerFailure { _ = try await source.token() }
                #expect(failure?.code == .denied)
            }
        }
    }
}
