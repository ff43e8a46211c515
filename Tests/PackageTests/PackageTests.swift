import Testing

@Suite("The package")
struct PackageTests {
    private let manifest: PackageManifest

    init() throws { manifest = PackageManifest(try Checkout.text("Package.swift")) }

    private static let pureExceptions: [String: Set<String>] = [:]

    @Test("is read from its manifest")
    func reading() throws {
        #expect(manifest.targets.count >= 30)
        #expect(manifest.targets.first?.name == "MeshModel")
        #expect(
            manifest["Reconcilers"]
                == PackageManifest.Target(
                    name: "Reconcilers", path: "Sources/Reconcilers", targets: ["MeshModel", "PolicyCompiler"],
                    products: ["Logging", "Metrics", "ServiceLifecycle"], isTest: false))
        #expect(manifest["PodRig"]?.path == "Tests/PodRig")
        #expect(manifest["PackageTests"]?.isTest == true)
        for target in manifest.targets {
            #expect(try !Checkout.swiftFiles(target.path).isEmpty, "\(target.name) has no sources")
        }
    }

    @Test("has targets that import what they declare, and of its own only what stands above")
    func imports() throws {
        for target in manifest.targets {
            let broken = Rules.imports(of: target, manifest, try Checkout.swiftFiles(target.path))
            #expect(broken == [])
        }
    }

    @Test("has a pure upper half: no concurrency, clock, log or network down to the injector")
    func purity() throws {
        let pure = manifest.targets(through: "Injector")
        #expect(
            pure.map(\.name) == [
                "MeshModel", "MeshPolicy", "Incremental", "PolicyCompiler", "XDSCache", "EnvoyAPI", "EnvoyTranslator",
                "MeshStatus", "Injector",
            ])
        let files = try pure.flatMap { try Checkout.swiftFiles($0.path) }
        #expect(Rules.purity(files, except: Self.pureExceptions) == [])
    }

    @Test("has oracles and rigs that share nothing with what they judge")
    func independence() throws {
        let own = Set(manifest.targets.map(\.name))
        let oracle = try Checkout.swiftFiles("Tests/Oracle")
        #expect(oracle.count >= 5)
        #expect(Rules.imports(ofThisPackage: own, only: ["MeshModel", "TestInstruments"], oracle) == [])
        let rig = try Checkout.swiftFiles("Tests/PodRig")
        #expect(
            Rules.imports(ofThisPackage: own, only: ["MeshModel", "ManifestSource", "Oracle", "TestInstruments"], rig)
                == [])
        let node = try Checkout.swiftFiles("Tests/NodeRig")
        #expect(Rules.imports(ofThisPackage: own, only: ["KubernetesClient"], node) == [])
        let app = try Checkout.swiftFiles("Tests/PodApp")
        // What proxies send to test servers are Envoy's messages, which a test compares with Envoy's own.
        #expect(Rules.imports(ofThisPackage: own, only: ["EnvoyAPI"], app) == [])
        let fleet = try Checkout.swiftFiles("Tests/ProxyFleet", "Tests/FleetBench")
        #expect(Rules.imports(ofThisPackage: own, only: ["BenchReport", "EnvoyAPI", "ProxyFleet"], fleet) == [])
    }

    @Test("holds nothing that turns the compiler's checks off or ends the process")
    func safety() throws {
        let (sources, tests) = (try Checkout.swiftFiles("Sources"), try Checkout.swiftFiles("Tests"))
        #expect(Rules.safety(sources + tests) == [])
        #expect(Rules.bareTasks(sources) == [])
    }

    @Test("has short files, named for what is in them")
    func files() throws {
        let files = try Checkout.swiftFiles("Sources", "Tests")
        #expect(files.count > 150)
        #expect(Rules.length(files) == [])
        #expect(Rules.names(files) == [])
    }
}
