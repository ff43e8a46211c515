import Foundation
import MeshModel

/// A certificate made by openssl with a root of the mesh, as other programs than the product make theirs.
struct HandMadeCertificate {
    let chain: String
    let key: String
    let roots: String

    /// Makes one that names DNS names only, as those of the original do.
    ///
    /// - Parameters:
    ///   - root: The file of the root and its key.
    ///   - directory: Where it is written.
    init(_ names: [String], root: String, in directory: String) throws {
        (chain, key, roots) = ("\(directory)/cert.pem", "\(directory)/key.pem", "\(directory)/roots.pem")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let (request, extensions) = ("\(directory)/request.pem", "\(directory)/extensions")
        let text = """
            subjectAltName = \(names.map { "DNS:\($0)" }.joined(separator: ","))
            keyUsage = critical, digitalSignature, keyEncipherment
            extendedKeyUsage = clientAuth, serverAuth

            """
        try Data(text.utf8).write(to: URL(filePath: extensions))
        try Command([
            "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj",
            "/O=Open Service Mesh/CN=\(names[0])",
        ]).check()
        try Command([
            "openssl", "x509", "-req", "-in", request, "-CA", root, "-CAkey", root, "-set_serial", "\(getpid())",
            "-days", "1", "-extfile", extensions, "-out", chain,
        ]).check()
        try Data(try Command(["openssl", "x509", "-in", root]).check().utf8).write(to: URL(filePath: roots))
        // Applications and Envoy run as other users.
        try Command(["chmod", "-R", "a+rX", directory]).check()
        try Command(["chmod", "a+r", key]).check()
    }

    /// The options of a call with it.
    var options: [String] { ["--tls-ca", roots, "--tls-cert", chain, "--tls-key", key] }
}

/// The inbound side of a sidecar of the original, as a fixed configuration.
///
/// What is in it that concerns mutual TLS is as the original has it: the name of DNS alone, ALPN `osm`, callers by their names
/// of DNS. Where the control plane of the original would push it, it is a file here.
enum OriginalSidecar {
    /// - Parameters:
    ///   - certificate: What it shows.
    ///   - caller: The only identity that it answers.
    ///   - port: Where it listens, in the place of the application.
    ///   - application: The port of the application.
    static func bootstrap(
        _ certificate: HandMadeCertificate, caller: String, serverName: String, port: UInt16, application: UInt16
    ) -> String {
        """
        static_resources:
          listeners:
          - name: inbound
            address: {socket_address: {address: 0.0.0.0, port_value: \(port)}}
            listener_filters:
            - name: envoy.filters.listener.tls_inspector
              typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector}
            filter_chains:
            - filter_chain_match: {server_names: [\(serverName)], transport_protocol: tls, application_protocols: [osm]}
              transport_socket:
                name: envoy.transport_sockets.tls
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                  require_client_certificate: true
                  common_tls_context:
                    tls_certificates:
                    - {certificate_chain: {filename: \(certificate.chain)}, private_key: {filename: \(certificate.key)}}
                    validation_context: {trusted_ca: {filename: \(certificate.roots)}}
              filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: inbound
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes: [{match: {prefix: /}, route: {cluster: application}}]
                  http_filters:
                  - name: envoy.filters.http.rbac
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
                      rules:
                        policies:
                          callers:
                            permissions: [{any: true}]
                            principals: [{authenticated: {principal_name: {exact: \(caller)}}}]
                  - name: envoy.filters.http.router
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          clusters:
          - name: application
            type: STATIC
            connect_timeout: 1s
            load_assignment:
              cluster_name: application
              endpoints:
              - lb_endpoints:
                - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: \(application)}}}
        """
    }
}
