import Foundation
import Synchronization

extension PodAgent {
    /// Keeps a container going as its restart policy says, until it has ended for good.
    ///
    /// - Parameters:
    ///   - first: Its first run, if there is one already.
    ///   - hasStarted: Set once it has started for the first time.
    func supervise(_ container: Container, from first: ContainerRun?, hasStarted: OneShot<Bool>? = nil) async {
        var run = first
        var restarts = 0
        while true {
            if run == nil, deletion.current == nil, !isEnding(container) {
                run = await startGate.run { await start(container) }
            }
            guard let current = run else {
                // It could not even be made, which may change.
                if isEnding(container) { return }
                if await pause(.seconds(1)) { return }
                continue
            }
            run = nil
            let code = await watch(current, hasStarted: hasStarted)
            let end = ContainerRecord.Termination(
                exitCode: code, started: current.started, finished: Timestamp.now,
                containerID: "node-rig://\(current.identifier)")
            live.withLock { $0.runs[container.name] = nil }
            update { record in
                record[container.name]?.state = .terminated(end)
                record[container.name]?.isStarted = false
                record[container.name]?.isProbedReady = false
            }
            guard deletion.current == nil, !isEnding(container), isRestarted(container, after: code) else { return }
            restarts += 1
            guard await backOff(container, end, restarts, ran: ContinuousClock.now - current.begin) else { return }
        }
    }

    private func isRestarted(_ container: Container, after code: Int32) -> Bool {
        if isInit(container) {
            return container.restartPolicy == "Always" || code != 0 && pod.spec.restartPolicy != "Never"
        }
        return pod.spec.restarts(after: code)
    }

    private func isInit(_ container: Container) -> Bool {
        (pod.spec.initContainers ?? []).contains { $0.name == container.name }
    }

    /// Whether a sidecar is to end, since everything else has.
    private func isEnding(_ container: Container) -> Bool {
        container.restartPolicy == "Always" && isInit(container) && live.withLock(\.endsSidecars)
    }

    /// Waits before a restart: not before the first one, then longer each time.
    ///
    /// - Returns: Whether there is to be one.
    private func backOff(
        _ container: Container, _ end: ContainerRecord.Termination, _ restarts: Int, ran: Duration
    ) async -> Bool {
        let wait = restarts == 1 ? .zero : min(node.settings.backOff * (1 << min(restarts - 2, 10)), .seconds(300))
        if wait > .zero, ran < .seconds(600) {
            let message = "back-off \(wait) restarting failed container=\(container.name) pod=\(pod.metadata.name)"
            update { record in
                record[container.name]?.state = .waiting(reason: "CrashLoopBackOff", message: message)
                record[container.name]?.last = end
            }
            node.events.warning(
                "BackOff", "Back-off restarting failed container", pod.metadata, container: container.name)
            if await pause(wait) { return false }
        }
        update { record in
            record[container.name]?.last = end
            record[container.name]?.restarts += 1
        }
        return !isEnding(container)
    }

    /// Starts a run of a container, and does what follows its start.
    ///
    /// - Returns: The run; `nil` if there could be none, of which the status then tells.
    func start(_ container: Container) async -> ContainerRun? {
        guard let image = node.images[container.image] else {
            let message = "no image in the rig's table is named \(container.image)"
            wait(container, "ErrImagePull", message)
            node.events.warning("Failed", "Failed to pull image \"\(container.image)\": \(message)", pod.metadata)
            return nil
        }
        node.events.normal(
            "Pulled", "Container image \"\(container.image)\" already present on machine", pod.metadata,
            container: container.name)
        let run: ContainerRun
        do {
            run = try prepare(container, image)
        } catch {
            wait(container, "CreateContainerConfigError", "\(error)")
            node.events.warning("Failed", "Error: \(error)", pod.metadata, container: container.name)
            return nil
        }
        node.events.normal("Created", "Created container \(container.name)", pod.metadata, container: container.name)
        do {
            try await run.start(script: "\(volumes.scripts)/\(run.identifier).sh")
        } catch {
            wait(container, "RunContainerError", "\(error)")
            node.events.warning("Failed", "Error: \(error)", pod.metadata, container: container.name)
            return nil
        }
        live.withLock { $0.runs[container.name] = run }
        node.events.normal("Started", "Started container \(container.name)", pod.metadata, container: container.name)
        if let action = container.lifecycle?.postStart {
            let outcome = await performer.perform(action, for: run, limit: .seconds(3600))
            if case .failure(let message) = outcome {
                node.events.warning("FailedPostStartHook", message, pod.metadata, container: container.name)
                await stop(run, within: pod.spec.gracePeriod, because: "FailedPostStartHook")
            }
        }
        return run
    }

    /// What performs actions for this pod.
    var performer: ActionPerformer {
        ActionPerformer(address: snapshot.address ?? NodeNamespace.address, http: http)
    }

    private func wait(_ container: Container, _ reason: String, _ message: String) {
        update { $0[container.name]?.state = .waiting(reason: reason, message: message) }
    }

    private func prepare(_ container: Container, _ image: ImageTable.Image) throws -> ContainerRun {
        let identity = try ContainerIdentity(container, in: pod.spec)
        let variables = try ContainerEnvironment(of: container, in: fields, on: node).variables
        let expand: (String) -> String = { Expansion.expand($0, variables) }
        let command = container.command.flatMap { $0.isEmpty ? nil : $0.map(expand) } ?? image.entrypoint
        let words = command + (container.args ?? []).map(expand)
        guard !words.isEmpty else {
            throw ContainerEnvironment.Missing(description: "the image has no program, and the container no command")
        }
        let restarts = snapshot[container.name]?.restarts ?? 0
        let identifier = "\(container.name)-\(restarts)-\(UInt32.random(in: 0..<UInt32.max))"
        let manager = FileManager.default
        let logs = logDirectory(of: container.name)
        for path in [volumes.scripts, logs, "\(node.settings.directory)/box"] {
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let launch = ContainerLaunch(
            box: "\(node.settings.directory)/box", network: live.withLock(\.place)?.path, hostname: pod.hostname,
            names: namesDirectory, image: image, mounts: try mounts(container),
            isReadOnly: container.securityContext?.readOnlyRootFilesystem ?? false, identity: identity,
            variables: variables, workingDirectory: container.workingDir ?? "/", words: words,
            mark: "\(volumes.scripts)/\(identifier).begun")
        return ContainerRun(of: container, launch: launch, identifier: identifier, log: "\(logs)/\(restarts).log")
    }

    /// Where the files with what a container printed are, one for each run.
    func logDirectory(of container: String) -> String {
        "\(node.settings.directory)/logs/\(pod.namespace)_\(pod.metadata.name)_\(pod.uid)/\(container)"
    }

    private func mounts(_ container: Container) throws -> [ContainerLaunch.Mount] {
        try (container.volumeMounts ?? []).map { mount in
            guard let volume = pod.spec.volumes?.first(where: { $0.name == mount.name }),
                let path = volumes.path(of: volume)
            else { throw ContainerEnvironment.Missing(description: "volume \(mount.name) not found") }
            let part = mount.subPath.map { "/\($0)" } ?? ""
            if volume.emptyDir != nil, !part.isEmpty {
                try FileManager.default.createDirectory(atPath: path + part, withIntermediateDirectories: true)
            }
            return ContainerLaunch.Mount(
                source: path + part, path: mount.mountPath, isReadOnly: mount.readOnly ?? false)
        }
    }
}
