internal import ArgumentParser
internal import MeshModel

/// The command `osm alpha certificate rotate`.
struct CertificateRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace the root of the workloads' certificates.",
        discussion: """
            Another MeshRootCertificate becomes active, and the one before inactive. Each step is over when every pod \
            has acknowledged it, and no request fails meanwhile. A rotation that is not over in time goes on by itself.

            EXAMPLES:
              osm alpha certificate rotate
              osm alpha certificate rotate --accept --delete
              osm alpha certificate rotate -c root-2027 --wait 5m
            """)

    @Option(help: "The name of the mesh, for messages.")
    var meshName = "osm"

    @Option(name: [.customShort("t"), .long], help: "The trust domain of the new root; by default that of the old.")
    var trustDomain: String?

    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var accept = false

    @Flag(name: [.customShort("d"), .long], help: "Delete the old MeshRootCertificate and its Secret in the end.")
    var delete = false

    @Option(name: [.customShort("w"), .long], help: "How long each step may take, such as 60s or 5m.")
    var wait = WaitTime(minutes: 1)

    @Option(name: [.customShort("f"), .long], help: "A file with the new MeshRootCertificate, whose role is inactive.")
    var file: String?

    @Option(
        name: [.customShort("c"), .customLong("meshrootcertificate")],
        help: "An inactive MeshRootCertificate of the cluster that is to become active.")
    var name: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        guard file == nil || name == nil else {
            throw ValidationError("--file and --meshrootcertificate exclude each other")
        }
        if trustDomain != nil, file != nil || name != nil {
            throw ValidationError("--trust-domain is for a root that is made: write it into the MeshRootCertificate")
        }
    }

    func run() async throws {
        try await global.withCluster("rotating the root of mesh [\(meshName)]") { cluster in
            let store = RootStore(cluster: cluster, limit: wait.duration)
            let old = try RootStore.current(of: try await store.all())
            let console = cluster.console
            guard agrees("Are you sure you want to initiate rotation?", console) else {
                throw CommandFailure("the rotation was declined: nothing was changed")
            }
            if let old {
                console.out(
                    "Found MeshRootCertificate [\(old.metadata.name)] for mesh [\(meshName)] in namespace "
                        + "[\(cluster.osmNamespace)]\n")
            } else {
                console.out("Found no MeshRootCertificate: the root is that of the Secret osm-ca-bundle\n")
            }
            let new = try await newRoot(after: old, store)
            console.out("Using MeshRootCertificate [\(new.metadata.name)] which is in Inactive role")
            try await rotate(from: old, to: new, store)
            if delete, let old { try await remove(old, after: new, store) }
            console.out(
                "\nOSM successfully rotated root certificate for mesh [\(meshName)] in namespace [\(cluster.osmNamespace)]"
            )
            console.out("\nThe new MeshRootCertificate [\(new.metadata.name)] is now active")
        }
    }

    private func agrees(_ question: String, _ console: Console) -> Bool { accept || console.confirms(question) }

    private func newRoot(after old: MeshRootCertificate?, _ store: RootStore) async throws -> MeshRootCertificate {
        if let name {
            store.cluster.console.out("using existing MeshRootCertificate \(name)")
            return try await store.inactive(named: name)
        }
        if let file {
            store.cluster.console.out("using file \(file)")
            return try await store.create(fromFile: file)
        }
        if let issuer = old?.issuer {
            guard case .tresor = issuer else {
                throw CommandFailure(
                    "please use --file or --meshrootcertificate option to provide a MeshRootCertificate for "
                        + "\(issuer.title) provider")
            }
        }
        return try await store.create(
            trustDomain: trustDomain ?? old?.trustDomain ?? MeshRootCertificate.usualTrustDomain)
    }

    private func rotate(from old: MeshRootCertificate?, to new: MeshRootCertificate, _ store: RootStore) async throws {
        // Without another object that is active the root of the Secret is in force until there is one.
        var steps: [(MeshRootCertificate, MeshRootCertificate.Role)] = old == nil ? [] : [(new, .passive)]
        steps.append((new, .active))
        if let old { steps.append((old, .inactive)) }
        for (root, role) in steps {
            let title = role.rawValue.prefix(1).uppercased() + role.rawValue.dropFirst()
            store.cluster.console.out("Moving MeshRootCertificate [\(root.metadata.name)] to \(title) role")
            guard agrees("Are you sure you want to go on?", store.cluster.console) else {
                throw CommandFailure(
                    "the rotation was declined: MeshRootCertificate [\(root.metadata.name)] was not moved to \(title) role",
                    advice: "the steps before are in effect; go on or back by `spec.role`: kubectl edit mrc -n "
                        + store.cluster.osmNamespace)
            }
            try await store.move(root, to: role)
            store.cluster.console.out("waiting for propagation...")
            store.cluster.console.out("  \(try await store.settled(root))\n")
        }
    }

    private func remove(_ old: MeshRootCertificate, after new: MeshRootCertificate, _ store: RootStore) async throws {
        guard agrees("Are you sure you want to delete the old MeshRootCertificate?", store.cluster.console) else {
            return
        }
        try await store.delete(old, keepingSecretOf: new)
    }
}
