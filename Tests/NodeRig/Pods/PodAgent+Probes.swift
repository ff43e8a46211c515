import Foundation
import Synchronization

extension PodAgent {
    /// Watches a run of a container until it has ended.
    ///
    /// - Returns: Its exit code.
    func watch(_ run: ContainerRun, hasStarted: OneShot<Bool>?) async -> Int32 {
        let name = run.container.name
        if run.exited.current == nil {
            update { record in
                record[name]?.state = .running(since: run.started)
                record[name]?.containerID = "node-rig://\(run.identifier)"
            }
        }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.awaitStart(run)
                hasStarted?.set(true)
            }
            group.addTask { await self.probeLiveness(run) }
            group.addTask { await self.probeReadiness(run) }
            group.addTask {
                guard let why = try? await run.unhealthy.wait() else { return }
                let probes = [run.container.livenessProbe, run.container.startupProbe]
                let own = probes.compactMap { $0?.terminationGracePeriodSeconds }.first
                await self.stop(run, within: own.map { .seconds($0) } ?? self.pod.spec.gracePeriod, because: why)
            }
            let code = (try? await run.exited.wait()) ?? 137
            group.cancelAll()
            return code
        }
    }

    private func awaitStart(_ run: ContainerRun) async {
        if let probe = run.container.startupProbe {
            let isGood = await ask(probe, "Startup", run) { result in
                if !result { run.unhealthy.set("failed startup probe, will be restarted") }
                return false
            }
            guard isGood == true else { return }
        }
        guard run.exited.current == nil, !Task.isCancelled else { return }
        update { $0[run.container.name]?.isStarted = true }
        run.hasStarted.set(true)
    }

    private func probeLiveness(_ run: ContainerRun) async {
        guard let probe = run.container.livenessProbe, (try? await run.hasStarted.wait()) != nil else { return }
        _ = await ask(probe, "Liveness", run) { result in
            if !result, self.deletion.current == nil {
                run.unhealthy.set("failed liveness probe, will be restarted")
            }
            return result && self.deletion.current == nil
        }
    }

    private func probeReadiness(_ run: ContainerRun) async {
        guard let probe = run.container.readinessProbe, (try? await run.hasStarted.wait()) != nil else { return }
        _ = await ask(probe, "Readiness", run) { result in
            guard run.exited.current == nil else { return false }
            if self.snapshot[run.container.name]?.isProbedReady != result {
                self.update { $0[run.container.name]?.isProbedReady = result }
            }
            return true
        }
    }

    /// Asks until `concluded` says that it is enough, or the run has ended.
    ///
    /// - Parameter concluded: Told of every result that came often enough in a row; whether to go on.
    /// - Returns: The last of these results.
    private func ask(
        _ probe: Probe, _ kind: String, _ run: ContainerRun, _ concluded: (Bool) -> Bool
    ) async -> Bool? {
        let initial = run.begin + .seconds(probe.initialDelaySeconds ?? 0)
        try? await Task.sleep(until: initial, clock: .continuous)
        var last: Bool?
        var count = 0
        var next = ContinuousClock.now
        while !Task.isCancelled, run.exited.current == nil {
            let outcome = await withDeadline(probe.timeout) {
                await self.performer.perform(probe.action, for: run, limit: probe.timeout)
            }
            guard !Task.isCancelled, run.exited.current == nil else { return nil }
            let result: Bool
            switch outcome {
            case .success: result = true
            case .failure(let message):
                result = false
                node.events.warning(
                    "Unhealthy", "\(kind) probe failed: \(message)", pod.metadata, container: run.container.name)
            }
            count = result == last ? count + 1 : 1
            last = result
            let threshold = result ? probe.successThreshold ?? 1 : probe.failureThreshold ?? 3
            if count >= threshold, !concluded(result) { return result }
            next += probe.period
            if next < .now { next = .now }
            try? await Task.sleep(until: next, clock: .continuous)
        }
        return nil
    }

    private func withDeadline(
        _ limit: Duration, _ body: @escaping @Sendable () async -> ActionOutcome
    ) async -> ActionOutcome {
        await withTaskGroup(of: ActionOutcome.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .failure("no answer within \(limit)")
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure("no answer")
        }
    }
}
