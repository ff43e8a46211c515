import Foundation
import Synchronization

extension PodAgent {
    /// Runs all containers, in their order, until they have ended for good.
    func runContainers() async {
        guard await prepare() else { return }
        await withTaskGroup(of: Void.self) { group in
            let ok = await runInitContainers(&group)
            if ok, deletion.current == nil {
                update { record in
                    record.isInitialized = true
                    for index in record.containers.indices {
                        record.containers[index].state = .waiting(reason: "ContainerCreating")
                    }
                }
                await withTaskGroup(of: Void.self) { mains in
                    // One after the other; what the node sees of them, it sees when all were begun.
                    let first = await startGate.run {
                        var runs: [(Container, ContainerRun?)] = []
                        for container in pod.spec.containers where deletion.current == nil {
                            runs.append((container, await start(container)))
                        }
                        return runs
                    }
                    for (container, run) in first { mains.addTask { await self.supervise(container, from: run) } }
                }
            }
            live.withLock { $0.endsSidecars = true }
            if deletion.current == nil { await stopSidecars(until: .now + pod.spec.gracePeriod) }
        }
    }

    /// Makes the pod's volumes and its place on the network.
    ///
    /// - Returns: Whether it came to that before the pod was to end.
    private func prepare() async -> Bool {
        var complaint = ""
        while deletion.current == nil {
            do {
                if complaint.isEmpty { try await volumes.prepare() }
                try await volumes.write(fields)
                break
            } catch {
                if "\(error)" != complaint { node.events.warning("FailedMount", "\(error)", pod.metadata) }
                complaint = "\(error)"
                if await pause(.milliseconds(250)) { return false }
            }
        }
        while deletion.current == nil {
            do {
                if pod.spec.hostNetwork == true {
                    update { $0.address = NodeNamespace.address }
                } else {
                    let place = try await node.network.attach()
                    live.withLock { $0.place = place }
                    update { $0.address = place.address }
                }
                try writeNames()
                // Files that tell the address are right from the start.
                try await volumes.write(fields)
                return deletion.current == nil
            } catch {
                node.events.warning("FailedCreatePodSandBox", "\(error)", pod.metadata)
                if await pause(.seconds(1)) { return false }
            }
        }
        return false
    }

    /// Runs the init containers one after the other; sidecars only have to have started.
    ///
    /// - Returns: Whether the other containers may start.
    private func runInitContainers(_ group: inout TaskGroup<Void>) async -> Bool {
        for container in pod.spec.initContainers ?? [] {
            guard deletion.current == nil else { return false }
            if container.restartPolicy == "Always" {
                let hasStarted = OneShot<Bool>()
                group.addTask { await self.supervise(container, from: nil, hasStarted: hasStarted) }
                while hasStarted.current == nil {
                    if await pause(.zero) { return false }
                    _ = await hasStarted.wait(atMost: .milliseconds(200))
                }
            } else {
                await supervise(container, from: nil)
                guard snapshot[container.name]?.termination?.exitCode == 0 else { return false }
            }
        }
        return true
    }

    /// Rewrites what volumes show of the API server, as it changes.
    func refreshVolumes() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            guard snapshot.address != nil, !Task.isCancelled, deletion.current == nil else { continue }
            // What is missing now was there before, and stays as it was.
            try? await volumes.write(fields)
        }
    }

    /// Where the pod's `hosts`, `resolv.conf` and `hostname` are.
    var namesDirectory: String { "\(directory)/names" }

    private func writeNames() throws {
        let (address, hostname) = (snapshot.address ?? "", pod.hostname)
        let subdomain = pod.spec.subdomain.map { "\(hostname).\($0).\(pod.namespace).svc.\(DNSZone.domain)\t" } ?? ""
        var hosts = """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters
            \(address)\t\(subdomain)\(hostname)

            """
        if let aliases = pod.spec.hostAliases, !aliases.isEmpty {
            hosts += "\n# Entries added by HostAliases.\n"
            for alias in aliases { hosts += "\(alias.ip)\t\((alias.hostnames ?? []).joined(separator: "\t"))\n" }
        }
        let domains = "\(pod.namespace).svc.\(DNSZone.domain) svc.\(DNSZone.domain) \(DNSZone.domain)"
        let names = """
            nameserver \(NodeNamespace.nameServer)
            search \(domains)
            options ndots:5

            """
        try FileManager.default.createDirectory(atPath: namesDirectory, withIntermediateDirectories: true)
        for (file, text) in ["hosts": hosts, "resolv.conf": names, "hostname": "\(hostname)\n"] {
            try Data(text.utf8).write(to: URL(filePath: "\(namesDirectory)/\(file)"))
        }
    }
}
