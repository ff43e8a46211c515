import CertificateAuthority
import TestInstruments

/// A mesh of replicas that lag, pods that come and go, and kubelets of which some never bring the new root, to see what a plan
/// of the servers' root does.
struct ServedMesh {
    typealias State = ServerTrustPlan.State

    struct Pod {
        /// What its files say.
        var trusted: Set<String>
        /// Whether its files ever change: those of a subPath never do.
        var isDeaf: Bool
        /// Where it is connected, and the root of the certificate that it was shown.
        var stream: (replica: Int, root: String)?
        var isWaived = false
    }

    struct Replica {
        var state: State
        /// What the leader was last told.
        var report: (root: String, pods: [Int: String])
    }

    private(set) var state = State(signing: "r0")
    /// The roots in the ConfigMaps.
    private(set) var bundle: Set<String> = ["r0"]
    private(set) var isWanted = false
    private(set) var pods: [Int: Pod] = [:]
    private(set) var replicas: [Int: Replica] = [:]
    /// How often a pod was shown nothing that it trusts, though it had been told of every root that was in use.
    private(set) var strangers: [String] = []
    private var random: SeededGenerator
    private var roots = 1
    private var nextPod = 0
    /// Whether the kubelets have had time since the bundle became what it is.
    private var hasWaited = true

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        for number in 0..<2 { start(number) }
        for _ in 0..<5 { connect(newPod(), to: 0) }
    }

    /// One thing happens.
    mutating func happen() {
        let replica = Int.random(in: 0..<3, using: &random)
        let pod = pods.keys.sorted().randomElement(using: &random) ?? newPod()
        let isThere = replicas[replica] != nil
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<14: if isThere { replicas[replica]?.state = state }
        case 14..<26: mount(pod)
        case 26..<40: if isThere { connect(pod, to: replica) }
        case 40..<58: if isThere { report(replica) }
        case 58..<64: pods[pod]?.stream = nil
        case 64..<67: if isThere { connect(newPod(), to: replica) }
        case 67..<69: pods[pod] = nil
        case 69..<71: stop(replica)
        case 71..<74: if !isThere { start(replica) }
        case 74..<77: isWanted = true
        case 77..<79: isWanted = isWanted && state.next == nil
        case 79..<84: write()
        case 84..<86: wait()
        case 86..<87: pods[pod]?.isWaived = true
        default: lead()
        }
    }

    /// Everybody does their part; how many changes it took.
    mutating func settle() -> Int {
        var changes = 0
        for number in 0..<3 where replicas[number] == nil { start(number) }
        for number in pods.keys where pods[number]?.isDeaf == true {
            // The operator makes it anew.
            pods[number] = Pod(trusted: bundle, isDeaf: false)
        }
        for _ in 0..<12 {
            write()
            for number in pods.keys.sorted() { mount(number) }
            wait()
            for number in replicas.keys.sorted() { replicas[number]?.state = state }
            for number in pods.keys.sorted() { connect(number, to: 0) }
            for number in replicas.keys.sorted() { report(number) }
            if lead() { changes += 1 }
        }
        return changes
    }

    var decision: ServerTrustPlan.Decision { ServerTrustPlan.decide(state, observation) }

    private var wantedBundle: Set<String> { Set([state.signing, state.next, state.previous].compactMap { $0 }) }

    private var observation: ServerTrustPlan.Observation {
        .init(
            isWanted: isWanted, isDistributed: bundle == wantedBundle && hasWaited,
            pods: pods.map { number, pod in
                let root = replicas.values.compactMap { $0.report.pods[number] }.first
                return .init(
                    name: "\(number)", isConnected: root != nil, root: root, isWaived: pod.isWaived)
            },
            replicas: Dictionary(uniqueKeysWithValues: replicas.map { ("\($0.key)", $0.value.report.root) }))
    }

    @discardableResult
    private mutating func lead() -> Bool {
        switch decision.change {
        case nil: return false
        case .begin:
            state.next = "r\(roots)"
            roots += 1
        case .cancel: state.next = nil
        case .advance:
            state = State(signing: state.next ?? state.signing, previous: state.signing)
            isWanted = false
        case .finish: state = State(signing: state.signing)
        }
        return true
    }

    /// The writer of the ConfigMaps comes round.
    private mutating func write() {
        guard bundle != wantedBundle else { return }
        bundle = wantedBundle
        hasWaited = false
    }

    /// Time passes: every kubelet that ever brings anything has brought what there is.
    private mutating func wait() {
        for number in pods.keys { mount(number) }
        hasWaited = true
    }

    private mutating func mount(_ number: Int) {
        guard pods[number]?.isDeaf == false else { return }
        pods[number]?.trusted = bundle
    }

    private mutating func newPod() -> Int {
        nextPod += 1
        pods[nextPod] = Pod(trusted: bundle, isDeaf: Int.random(in: 0..<6, using: &random) == 0)
        return nextPod
    }

    private mutating func start(_ number: Int) {
        replicas[number] = Replica(state: state, report: (state.signing, [:]))
    }

    private mutating func stop(_ number: Int) {
        guard replicas.count > 1 else { return }
        replicas[number] = nil
        for pod in pods.keys where pods[pod]?.stream?.replica == number { pods[pod]?.stream = nil }
    }

    /// A pod connects: it is shown the present certificate, and where it refuses that, the former one.
    private mutating func connect(_ number: Int, to replica: Int) {
        guard let pod = pods[number], let shown = replicas[replica]?.state else { return }
        let former = pods[number]?.stream?.replica
        pods[number]?.stream = nil
        if let root = [shown.signing, shown.previous].compactMap({ $0 }).first(where: pod.trusted.contains) {
            pods[number]?.stream = (replica, root)
        } else if !pod.isWaived {
            strangers.append("pod \(number) trusts \(pod.trusted.sorted()), replica \(replica) shows \(shown)")
        }
        report(replica)
        if let former, former != replica, replicas[former] != nil { report(former) }
    }

    private mutating func report(_ number: Int) {
        guard let replica = replicas[number] else { return }
        let connected = pods.compactMapValues { $0.stream?.replica == number ? $0.stream?.root : nil }
        replicas[number]?.report = (replica.state.signing, connected)
    }
}
