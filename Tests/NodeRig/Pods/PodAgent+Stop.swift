import Foundation
import Synchronization

extension PodAgent {
    /// Ends the pod: its containers all at once, then its sidecars, the last one first.
    func terminate(within time: Duration) async {
        let deadline = ContinuousClock.now + time
        let sidecars = sidecarNames
        let runs = live.withLock(\.runs)
        await withTaskGroup(of: Void.self) { group in
            for (name, run) in runs where !sidecars.contains(name) {
                group.addTask { await self.stop(run, until: deadline, because: "") }
            }
        }
        live.withLock { $0.endsSidecars = true }
        await stopSidecars(until: deadline)
        // One that began meanwhile.
        for run in live.withLock(\.runs).values { await stop(run, until: deadline, because: "") }
    }

    private var sidecarNames: [String] {
        (pod.spec.initContainers ?? []).filter { $0.restartPolicy == "Always" }.map(\.name)
    }

    /// Ends the sidecars, the last one first.
    func stopSidecars(until deadline: ContinuousClock.Instant) async {
        for name in sidecarNames.reversed() {
            guard let run = run(of: name) else { continue }
            await stop(run, until: deadline, because: "")
        }
    }

    /// Ends a run of a container within a time from now.
    func stop(_ run: ContainerRun, within time: Duration, because reason: String) async {
        await stop(run, until: .now + time, because: reason)
    }

    /// Ends a run of a container: what it wants done before, then SIGTERM, and SIGKILL when its time is over.
    func stop(_ run: ContainerRun, until deadline: ContinuousClock.Instant, because reason: String) async {
        guard run.beginStopping() else {
            _ = try? await run.exited.wait()
            return
        }
        let (name, container) = (run.container.name, run.container)
        node.events.normal(
            "Killing", "Stopping container \(name)\(reason.isEmpty ? "" : ": \(reason)")", pod.metadata, container: name
        )
        if let action = container.lifecycle?.preStop, run.process != nil, deadline > .now {
            let limit = deadline - .now
            let outcome = await withTaskGroup(of: ActionOutcome?.self) { group in
                group.addTask { await self.performer.perform(action, for: run, limit: limit) }
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
            if case .failure(let message) = outcome {
                node.events.warning("FailedPreStopHook", message, pod.metadata, container: name)
            }
        }
        run.signal(SIGTERM)
        // Whatever came before, there is a moment for the program itself.
        let rest = max(deadline - .now, deletion.current == .zero ? .zero : .seconds(2))
        if await run.exited.wait(atMost: rest) == nil {
            run.signal(SIGKILL)
            _ = try? await run.exited.wait()
        }
    }
}
