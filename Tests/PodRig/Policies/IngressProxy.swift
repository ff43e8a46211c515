import Foundation

/// A real proxy at the edge of the cluster, in a pod without a sidecar, in front of a pod of the mesh.
///
/// It listens on two ports: behind the first it speaks plain text to the pod, behind the second TLS with its own
/// certificate.
struct IngressProxy {
    /// Where it speaks plain text to the mesh.
    static let plainPort: UInt16 = 8080
    /// Where it speaks TLS to the mesh.
    static let securePort: UInt16 = 8443

    /// Where NGINX takes gRPC, and speaks TLS to the mesh.
    static let grpcPort: UInt16 = 8090

    private static let nginxProgram = "/usr/sbin/nginx"

    /// The name of the pod in which it runs.
    let pod: String
    /// The pod of the mesh that it leads to.
    var backend: String { "\(address):\(PolicyPods.httpPort)" }
    /// The name that it asks for in TLS; `nil` for none.
    let serverName: String?
    /// The name that it wants to see in the certificate.
    let verifiedName: String
    /// Where its files are.
    private let directory: String
    private let address: String
    private let certificate: (roots: String, chain: String, key: String)

    /// The files of a proxy with the certificate of an account of `edge`.
    init(
        _ run: PolicyRun, in pod: String, before backend: String, as account: String = "ingress",
        serverName: String?, verifiedName: String
    ) throws {
        self.pod = pod
        address = try run.pod(backend).specification.address
        self.serverName = serverName
        self.verifiedName = verifiedName
        let options = try run.certificate(of: account, in: "edge")
        certificate = (options[1], options[3], options[5])
        directory = "\(run.rig.directory)/edge-\(pod)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// Starts Debian's NGINX until the situation ends.
    func startNGINX(_ run: PolicyRun) throws {
        guard FileManager.default.isExecutableFile(atPath: Self.nginxProgram) else {
            throw RigError(.machine, "there is no program \(Self.nginxProgram): run hack/setup.sh")
        }
        let place = "\(directory)/nginx.conf"
        try Data(nginx.utf8).write(to: URL(filePath: place))
        try start(run, "nginx", [Self.nginxProgram, "-e", "\(directory)/error.log", "-c", place, "-g", "daemon off;"])
    }

    /// Starts Envoy until the situation ends.
    func startEnvoy(_ run: PolicyRun) throws {
        let place = "\(directory)/envoy.yaml"
        try Data(envoy.utf8).write(to: URL(filePath: place))
        try start(
            run, "edge-envoy",
            [run.rig.programs.envoy, "-c", place, "--concurrency", "1", "--disable-hot-restart", "-l", "warning"])
    }

    private func start(_ run: PolicyRun, _ name: String, _ words: [String]) throws {
        try Command(["chown", "-R", "\(RunningPod.applicationUser)", directory]).check()
        let url = "http://127.0.0.1:\(Self.plainPort)/"
        try run.start("\(pod)-\(name)", in: pod, words) { try run.get(pod, url) != "no response" }
    }

    /// By the settings that the annotations of ingress-nginx stand for.
    private var nginx: String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "    \($0)_temp_path \(directory)/\($0);\n" }.joined()
        let name =
            serverName.map { "proxy_ssl_server_name on; proxy_ssl_name \($0);" } ?? "proxy_ssl_name \(verifiedName);"
        // It verifies the name that it asks for: an account's name is in the certificate, a service's is not.
        let verification = serverName == nil || serverName == verifiedName ? "on" : "off"
        return """
            pid \(directory)/nginx.pid;
            worker_processes 1;
            events {}
            http {
                access_log off;
            \(temporary)    proxy_http_version 1.1;
                proxy_set_header Host $http_host;
                server {
                    listen \(Self.plainPort);
                    location / { proxy_pass http://\(backend); }
                }
                server {
                    listen \(Self.securePort);
                    location / {
                        proxy_pass https://\(backend);
                        proxy_ssl_certificate \(certificate.chain);
                        proxy_ssl_certificate_key \(certificate.key);
                        proxy_ssl_trusted_certificate \(certificate.roots);
                        proxy_ssl_verify \(verification);
                        \(name)
                    }
                }
                server {
                    listen \(Self.grpcPort) http2;
                    location / {
                        grpc_pass grpcs://\(address):\(PolicyPods.grpcPort);
                        grpc_ssl_certificate \(certificate.chain);
                        grpc_ssl_certificate_key \(certificate.key);
                        grpc_ssl_trusted_certificate \(certificate.roots);
                        grpc_ssl_verify on;
                        grpc_ssl_name \(verifiedName);
                    }
                }
            }

            """
    }

    private var envoy: String {
        """
        static_resources:
          listeners:
        \(listener("plain", Self.plainPort))
        \(listener("secure", Self.securePort))
          clusters:
        \(cluster("plain"))
        \(cluster("secure"))
            transport_socket:
              name: envoy.transport_sockets.tls
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                sni: \(serverName ?? "")
                common_tls_context:
                  tls_certificates:
                    - certificate_chain: {filename: \(certificate.chain)}
                      private_key: {filename: \(certificate.key)}
                  validation_context:
                    trusted_ca: {filename: \(certificate.roots)}
                    match_typed_subject_alt_names:
                      - san_type: DNS
                        matcher: {exact: \(verifiedName)}
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                auto_config: {}

        """
    }

    private func listener(_ name: String, _ port: UInt16) -> String {
        """
            - name: \(name)
              address: {socket_address: {address: 0.0.0.0, port_value: \(port)}}
              filter_chains:
                - filters:
                    - name: envoy.filters.network.http_connection_manager
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                        stat_prefix: \(name)
                        route_config:
                          virtual_hosts:
                            - {name: all, domains: ["*"], routes: [{match: {prefix: "/"}, route: {cluster: \(name)}}]}
                        http_filters:
                          - name: envoy.filters.http.router
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
        """
    }

    private func cluster(_ name: String) -> String {
        """
          - name: \(name)
            type: STATIC
            connect_timeout: 5s
            load_assignment:
              cluster_name: \(name)
              endpoints:
                - lb_endpoints:
                    - endpoint: {address: {socket_address: {address: \(address), port_value: \(PolicyPods.httpPort)}}}
        """
    }
}
