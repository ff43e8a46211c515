// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
]

/// Generated code is compiled as its generator writes it: only the language mode is ours.
let generated: [SwiftSetting] = [.swiftLanguageMode(.v6)]

// The products of other packages, named once.
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grpcCore: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcNIOTransport: Target.Dependency = .product(
    name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let certificateReloading: Target.Dependency = .product(name: "NIOCertificateReloading", package: "swift-nio-extras")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let swiftProtobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let swiftASN1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A target may depend only on targets above it in this list (`Tests/PackageTests` checks the imports).
let package = Package(
    name: "osm",
    products: [
        .executable(name: "osm-controller", targets: ["osm-controller"]),
        .executable(name: "osm-healthcheck", targets: ["osm-healthcheck"]),
        .executable(name: "osm", targets: ["osm"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.11.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // What users write, and what a proxy must do: pure.
        .target(name: "MeshModel", swiftSettings: strict),
        .target(name: "MeshPolicy", dependencies: ["MeshModel"], swiftSettings: strict),
        .target(name: "Incremental", swiftSettings: strict),
        .target(
            name: "PolicyCompiler", dependencies: ["MeshModel", "MeshPolicy", "Incremental"],
            swiftSettings: strict),
        .target(name: "XDSCache", dependencies: ["MeshModel", crypto], swiftSettings: strict),
        .target(name: "EnvoyAPI", dependencies: [swiftProtobuf], exclude: ["protos"], swiftSettings: generated),
        .target(
            name: "EnvoyTranslator",
            dependencies: ["MeshModel", "MeshPolicy", "XDSCache", "EnvoyAPI", swiftProtobuf],
            swiftSettings: strict),
        .target(
            name: "MeshStatus", dependencies: ["MeshModel", "PolicyCompiler", "XDSCache"], swiftSettings: strict),
        .target(name: "Injector", dependencies: ["MeshModel", "EnvoyAPI", swiftProtobuf], swiftSettings: strict),

        // Input and output.
        .target(
            name: "KubernetesAPI", dependencies: [swiftProtobuf], exclude: ["protos"], swiftSettings: generated),
        .target(
            name: "KubernetesClient",
            dependencies: [
                "MeshModel", "KubernetesAPI", asyncHTTPClient, logging, metrics, nioCore, nioHTTP1, nioPosix, nioSSL,
                subprocess,
                swiftProtobuf, yams,
            ], swiftSettings: strict),
        .target(
            name: "ManifestSource", dependencies: ["MeshModel", logging, serviceLifecycle, yams], swiftSettings: strict),
        .target(
            name: "Reconcilers",
            dependencies: ["MeshModel", "PolicyCompiler", logging, metrics, serviceLifecycle], swiftSettings: strict),
        .target(
            name: "CertificateAuthority",
            dependencies: [
                "MeshModel", crypto, cryptoExtras, metrics, swiftASN1, x509,
            ], swiftSettings: strict),
        .target(
            name: "CertificateIssuers",
            dependencies: [
                "MeshModel", "KubernetesClient", "CertificateAuthority", asyncHTTPClient, crypto, logging, nioCore,
                nioHTTP1, nioSSL, swiftASN1, x509,
            ], swiftSettings: strict),
        .target(name: "ProxyIdentity", dependencies: ["MeshModel", crypto, jwtKit], swiftSettings: strict),
        .target(
            name: "XDSServer",
            dependencies: [
                "MeshModel", "XDSCache", "EnvoyAPI", logging, metrics, nioCore, nioHPACK, nioHTTP2, nioPosix, nioSSL,
                serviceLifecycle, swiftProtobuf,
            ], swiftSettings: strict),
        .target(
            name: "ControlLoop",
            dependencies: [
                "MeshModel", "MeshPolicy", "Incremental", "PolicyCompiler", "EnvoyTranslator", "XDSCache",
                "MeshStatus", "Reconcilers", logging, metrics, serviceLifecycle,
            ], swiftSettings: strict),
        .target(
            name: "PolicyAnalysis",
            dependencies: [
                "MeshModel", "MeshPolicy", "Incremental", "PolicyCompiler", "XDSCache", "EnvoyAPI", "EnvoyTranslator",
                "ManifestSource", "ControlLoop", swiftProtobuf,
            ], swiftSettings: strict),
        .target(
            name: "OwnedObjects",
            dependencies: [
                "MeshModel", "XDSCache", "MeshStatus", "CertificateAuthority", "KubernetesClient", logging, metrics,
                serviceLifecycle,
            ], swiftSettings: strict),
        .target(
            name: "Observability",
            dependencies: [hummingbird, logging, metrics, nioCore, nioHTTPTypes, serviceLifecycle],
            swiftSettings: strict),
        .target(
            name: "AdmissionServer",
            dependencies: [
                "MeshModel", "Injector", "Observability", certificateReloading, hummingbird, hummingbirdTLS, logging,
                metrics, nioCore, nioSSL, serviceLifecycle,
            ], swiftSettings: strict),

        // The composition root.
        .executableTarget(
            name: "osm-controller",
            dependencies: [
                "MeshModel", "MeshPolicy", "PolicyCompiler", "XDSCache", "EnvoyTranslator", "Injector",
                "KubernetesClient", "OwnedObjects", "ManifestSource", "Reconcilers", "CertificateAuthority",
                "CertificateIssuers", "ProxyIdentity", "XDSServer", "ControlLoop", "PolicyAnalysis",
                "MeshStatus", "AdmissionServer", "Observability", argumentParser, asyncHTTPClient, certificateReloading,
                logging, metrics, nioCore, nioSSL, serviceLifecycle, unixSignals,
            ], swiftSettings: strict),

        // The manifests of an installation: the files of `config` and `crds` themselves, by links.
        .target(
            name: "MeshInstallation", dependencies: ["MeshModel", yams], resources: [.embedInCode("Files")],
            swiftSettings: strict),

        // The command of those who run a mesh.
        .target(
            name: "MeshCLI",
            dependencies: [
                "MeshModel", "PolicyCompiler", "XDSCache", "MeshStatus", "KubernetesClient", "ManifestSource",
                "MeshInstallation", "PolicyAnalysis", argumentParser, asyncHTTPClient, logging, nioCore, nioHTTP1,
                subprocess, unixSignals, yams,
            ], swiftSettings: strict),
        .executableTarget(name: "osm", dependencies: ["MeshCLI"], swiftSettings: strict),

        // What a sidecar needs beside Envoy in its pod.
        .executableTarget(
            name: "osm-healthcheck",
            dependencies: [
                "Observability", argumentParser, asyncHTTPClient, grpcCore, grpcNIOTransport, hummingbird, httpTypes,
                logging, nioCore, nioHTTP1, nioHTTPTypes, nioPosix, serviceLifecycle, unixSignals,
            ], swiftSettings: strict),

        // What tests and test programs share, and the programs.
        .target(
            name: "TestInstruments", dependencies: [logging], path: "Tests/TestInstruments", swiftSettings: strict),
        .target(name: "TestCluster", path: "Tests/TestCluster", swiftSettings: strict),
        .target(
            name: "TestVault",
            dependencies: [crypto, cryptoExtras, nioCore, nioHTTP1, nioPosix, nioSSL, swiftASN1, x509],
            path: "Tests/TestVault", swiftSettings: strict),
        .executableTarget(
            name: "VaultServer", dependencies: ["TestVault", argumentParser], path: "Tests/VaultServer",
            swiftSettings: strict),
        .target(
            name: "Oracle", dependencies: ["MeshModel", "TestInstruments"], path: "Tests/Oracle", swiftSettings: strict),
        .executableTarget(
            name: "PodApp",
            dependencies: [
                "EnvoyAPI", argumentParser, asyncHTTPClient, grpcCore, grpcNIOTransport, nioCore, nioHTTP1, nioPosix,
                nioSSL, nioWebSocket, swiftProtobuf,
            ], path: "Tests/PodApp", swiftSettings: strict),
        .executableTarget(
            name: "PodRig",
            dependencies: ["MeshModel", "ManifestSource", "TestInstruments", "Oracle", argumentParser],
            path: "Tests/PodRig", swiftSettings: strict),
        .executableTarget(
            name: "ExplanationCheck",
            dependencies: ["MeshModel", "MeshPolicy", "ManifestSource", "PolicyAnalysis", argumentParser],
            path: "Tests/ExplanationCheck", swiftSettings: strict),
        .executableTarget(
            name: "NodeRig",
            dependencies: [
                "KubernetesClient", argumentParser, asyncHTTPClient, grpcCore, grpcNIOTransport, nioCore, nioHTTP1,
                nioPosix, nioSSL, serviceLifecycle, subprocess, unixSignals, yams,
            ], path: "Tests/NodeRig", swiftSettings: strict),

        // What `hack/bench.sh` runs.
        .target(name: "BenchReport", path: "Tests/BenchReport", swiftSettings: strict),
        .target(
            name: "BenchMesh",
            dependencies: ["MeshModel", "PolicyCompiler", "XDSCache", "ControlLoop"], path: "Tests/BenchMesh",
            swiftSettings: strict),
        .target(
            name: "ProxyFleet",
            dependencies: ["EnvoyAPI", nioCore, nioHPACK, nioHTTP2, nioPosix, nioSSL, swiftProtobuf],
            path: "Tests/ProxyFleet", swiftSettings: strict),
        .executableTarget(
            name: "AdmissionBench",
            dependencies: ["MeshModel", "Injector", "AdmissionServer", "BenchReport", argumentParser],
            path: "Tests/AdmissionBench", swiftSettings: strict),
        .executableTarget(
            name: "CertificateBench",
            dependencies: ["MeshModel", "CertificateAuthority", "BenchReport", argumentParser],
            path: "Tests/CertificateBench", swiftSettings: strict),
        .executableTarget(
            name: "FleetBench",
            dependencies: ["BenchReport", "ProxyFleet", argumentParser, unixSignals],
            path: "Tests/FleetBench", swiftSettings: strict),
        .executableTarget(
            name: "CompileBench",
            dependencies: [
                "MeshModel", "Incremental", "KubernetesClient", "PolicyCompiler", "Reconcilers", "XDSCache",
                "ControlLoop",
                "BenchReport", "BenchMesh", argumentParser, logging, nioCore, nioHTTP1, nioPosix,
            ], path: "Tests/CompileBench", exclude: ["Recorded"], swiftSettings: strict),
        .executableTarget(
            name: "SidecarBench", dependencies: ["BenchReport", argumentParser], path: "Tests/SidecarBench",
            swiftSettings: strict),

        // Tests, in the order of the targets above.
        .testTarget(
            name: "MeshModelTests", dependencies: ["MeshModel", "TestInstruments", yams], swiftSettings: strict),
        .testTarget(name: "IncrementalTests", dependencies: ["Incremental"], swiftSettings: strict),
        .testTarget(
            name: "PolicyCompilerTests",
            dependencies: ["MeshModel", "MeshPolicy", "Incremental", "PolicyCompiler", "Oracle", "TestInstruments"],
            swiftSettings: strict),
        .testTarget(name: "XDSCacheTests", dependencies: ["MeshModel", "XDSCache"], swiftSettings: strict),
        .testTarget(
            name: "MeshStatusTests",
            dependencies: ["MeshModel", "MeshPolicy", "PolicyCompiler", "XDSCache", "MeshStatus"],
            swiftSettings: strict),
        .testTarget(name: "GeneratedAPITests", dependencies: ["EnvoyAPI", swiftProtobuf], swiftSettings: strict),
        .testTarget(
            name: "EnvoyTranslatorTests",
            dependencies: [
                "MeshModel", "MeshPolicy", "PolicyCompiler", "XDSCache", "EnvoyAPI", "EnvoyTranslator", "Injector",
                "ManifestSource", "Reconcilers", "CertificateAuthority", "ProxyIdentity", "XDSServer", "ControlLoop",
                "osm-controller", "TestInstruments", logging, serviceLifecycle, swiftProtobuf,
            ], swiftSettings: strict),
        .testTarget(
            name: "InjectorTests", dependencies: ["MeshModel", "Injector", "TestInstruments"], swiftSettings: strict),
        .testTarget(
            name: "KubernetesClientTests",
            dependencies: [
                "MeshModel", "KubernetesAPI", "KubernetesClient", "TestCluster", "TestInstruments", asyncHTTPClient,
                logging, metrics, nioCore, nioHTTP1, nioPosix, nioSSL, swiftProtobuf,
            ], swiftSettings: strict),
        .testTarget(name: "ManifestSourceTests", dependencies: ["MeshModel", "ManifestSource"], swiftSettings: strict),
        .testTarget(
            name: "ReconcilersTests", dependencies: ["MeshModel", "PolicyCompiler", "Reconcilers"],
            swiftSettings: strict),
        .testTarget(
            name: "CertificateAuthorityTests",
            dependencies: [
                "MeshModel", "CertificateAuthority", "Observability", "TestInstruments", crypto, cryptoExtras,
                swiftASN1, x509,
            ], swiftSettings: strict),
        .testTarget(
            name: "CertificateIssuersTests",
            dependencies: [
                "MeshModel", "KubernetesClient", "CertificateAuthority", "CertificateIssuers", "TestCluster",
                "TestInstruments", "TestVault", crypto, cryptoExtras, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
                swiftASN1, x509,
            ], swiftSettings: strict),
        .testTarget(
            name: "ProxyIdentityTests", dependencies: ["MeshModel", "ProxyIdentity", "TestCluster", crypto, jwtKit],
            swiftSettings: strict),
        .testTarget(
            name: "XDSServerTests",
            dependencies: [
                "MeshModel", "XDSCache", "CertificateAuthority", "XDSServer", logging, metrics, nioCore, nioEmbedded,
                nioHTTP2,
            ], swiftSettings: strict),
        .testTarget(
            name: "ControlLoopTests",
            dependencies: [
                "MeshModel", "MeshPolicy", "PolicyCompiler", "XDSCache", "MeshStatus", "ControlLoop", "TestInstruments",
                "BenchMesh",
            ], swiftSettings: strict),
        .testTarget(
            name: "OwnedObjectsTests",
            dependencies: [
                "MeshModel", "XDSCache", "MeshStatus", "CertificateAuthority", "KubernetesClient", "OwnedObjects",
                "TestCluster", "TestInstruments", logging, serviceLifecycle,
            ], swiftSettings: strict),
        .testTarget(
            name: "PolicyAnalysisTests",
            dependencies: [
                "MeshModel", "XDSCache", "ManifestSource", "ControlLoop", "PolicyAnalysis", "PolicyCompiler", "Oracle",
                "TestInstruments",
            ], exclude: ["Differences"], swiftSettings: strict),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: [
                "Observability", "TestInstruments", asyncHTTPClient, logging, metrics, nioCore, nioHTTP1,
                serviceLifecycle,
            ], swiftSettings: strict),
        .testTarget(
            name: "AdmissionServerTests",
            dependencies: [
                "MeshModel", "Injector", "CertificateAuthority", "AdmissionServer", "Observability", "TestInstruments",
                asyncHTTPClient, certificateReloading, logging, metrics, nioCore, nioHTTP1, nioPosix, nioSSL,
                serviceLifecycle,
            ], swiftSettings: strict),
        .testTarget(
            name: "ClusterTests", dependencies: ["MeshModel", "Injector", "TestCluster", yams],
            exclude: ["Injection/Cases"], swiftSettings: strict),
        .testTarget(
            name: "ControllerTests",
            dependencies: [
                "MeshModel", "XDSCache", "EnvoyAPI", "Injector", "XDSServer", "ProxyIdentity", "CertificateAuthority",
                "CertificateIssuers", "ControlLoop", "PolicyCompiler", "MeshStatus", "KubernetesClient",
                "Observability", "osm-controller", "TestCluster", "TestInstruments", "TestVault", "ProxyFleet",
                argumentParser, asyncHTTPClient, crypto, grpcCore, grpcNIOTransport, logging, nioCore, nioHPACK,
                nioPosix,
                nioSSL, serviceLifecycle,
                swiftProtobuf,
            ], swiftSettings: strict),
        .testTarget(
            name: "ProxyFleetTests", dependencies: ["EnvoyAPI", "ProxyFleet", swiftProtobuf], swiftSettings: strict),
        .testTarget(
            name: "HealthcheckTests",
            dependencies: [
                "Observability", "osm-healthcheck", grpcCore, grpcNIOTransport, httpTypes, nioCore, nioPosix,
            ], swiftSettings: strict),
        .testTarget(
            name: "MeshInstallationTests", dependencies: ["MeshModel", "MeshInstallation", "TestCluster", yams],
            swiftSettings: strict),
        .testTarget(
            name: "MeshCLITests",
            dependencies: ["MeshModel", "MeshStatus", "MeshCLI", "TestCluster", argumentParser, nioCore, nioPosix],
            swiftSettings: strict),
        .testTarget(name: "PackageTests", swiftSettings: strict),
    ]
)
