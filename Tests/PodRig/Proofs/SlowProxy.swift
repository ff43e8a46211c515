/// A proxy that takes an edit late.
struct SlowProxy {
    /// How it comes to that.
    enum Cause: CaseIterable {
        /// It does nothing at all.
        case paused
        /// What the controller sends does not arrive; its requests go on, by what it has.
        case cutOff
    }

    let pod: RunningPod
    let cause: Cause

    /// Lets it be slow from now on.
    func begin() throws {
        switch cause {
        case .paused: pod.pauseEnvoy()
        case .cutOff: try filter("-I")
        }
    }

    /// Lets it catch up.
    func end() throws {
        switch cause {
        case .paused: pod.resumeEnvoy()
        case .cutOff: try filter("-D")
        }
    }

    private func filter(_ action: String) throws {
        let rule = ["INPUT", "-p", "tcp", "-s", NodeNetwork.nodeAddress, "--sport", "15128", "-j", "DROP"]
        try Command(pod.namespace.command(["iptables", "-w", action] + rule)).check()
    }
}
