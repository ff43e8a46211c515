import CertificateAuthority
import TestInstruments

/// A mesh of replicas that lag and pods that come and go, under wishes that change at any time, to see what a plan does.
struct TrustedMesh {
    struct Pod {
        /// The replica that it is connected to.
        var replica: Int?
        var trusted: Set<String> = []
        var leaf: String?
        var epoch: Int64 = 0
    }

    struct Replica {
        var state: TrustState
        /// What the leader was last told.
        var report: (epoch: Int64, signer: String, pods: [Int: (epoch: Int64, leaf: String?)])
    }

    static func root(_ id: String) -> TrustState.Root {
        TrustState.Root(
            id: id, pem: "\(id)\n", object: "mrc-\(id)", trustDomain: id == "d" ? "example.org" : "cluster.local",
            source: .secret(name: id))
    }

    private(set) var state: TrustState
    private(set) var wish: TrustPlan.Wish
    private(set) var pods: [Int: Pod] = [:]
    private var replicas: [Int: Replica] = [:]
    private var random: SeededGenerator
    private var nextPod = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        wish = TrustPlan.Wish(signing: Self.root("a"))
        state = TrustState(signing: Self.root("a"))
        for number in 0..<2 { start(number) }
        for _ in 0..<5 { connect(newPod(), to: 0) }
    }

    /// One thing happens.
    mutating func happen() {
        let replica = Int.random(in: 0..<3, using: &random)
        let pod = pods.keys.sorted().randomElement(using: &random) ?? newPod()
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<15: if replicas[replica] != nil { follow(replica) }
        case 15..<35: acknowledge(pod)
        case 35..<50: renew(pod)
        case 50..<70: if replicas[replica] != nil { report(replica) }
        case 70..<76: pods[pod]?.replica = nil
        case 76..<84: if replicas[replica] != nil { connect(pod, to: replica) }
        case 84..<87: if replicas[replica] != nil { connect(newPod(), to: replica) }
        case 87..<89: pods[pod] = nil
        case 89..<91: stop(replica)
        case 91..<94: if replicas[replica] == nil { start(replica) }
        case 94..<96: wish = anyWish()
        default: lead()
        }
    }

    /// Everybody does their part until nothing is left to do; how many epochs that took.
    mutating func settle() -> Int64 {
        let first = state.epoch
        for number in 0..<3 where replicas[number] == nil { start(number) }
        for _ in 0..<20 {
            for pod in pods.keys.sorted() {
                if pods[pod]?.replica == nil { connect(pod, to: 0) }
            }
            for number in replicas.keys.sorted() { follow(number) }
            for pod in pods.keys.sorted() {
                acknowledge(pod)
                renew(pod)
            }
            for number in replicas.keys.sorted() { report(number) }
            lead()
        }
        return state.epoch - first
    }

    var decision: TrustPlan.Decision { TrustPlan.decide(state, wish, observation) }

    /// Pods of which one does not trust the other's certificate.
    var strangers: [String] {
        // Who was never connected talks to nobody.
        let begun = pods.filter { $0.value.leaf != nil }
        return begun.flatMap { one, first in
            begun.compactMap { other, second in
                second.leaf.map { first.trusted.contains($0) } ?? true
                    ? nil : "\(one) trusts \(first.trusted.sorted()), \(other) has one of \(second.leaf ?? "")"
            }
        }
    }

    private var observation: TrustObservation {
        TrustObservation(
            pods: pods.keys.map { number in
                let reports = replicas.values.compactMap { $0.report.pods[number] }
                let last = reports.max { $0.epoch < $1.epoch }
                return .init(
                    name: "\(number)", isConnected: last != nil, epoch: last?.epoch ?? 0, issuer: last?.leaf)
            },
            participants: replicas.map {
                .init(name: "\($0.key)", epoch: $0.value.report.epoch, issuer: $0.value.report.signer)
            })
    }

    private mutating func lead() {
        if let next = decision.next { state = next }
    }

    private mutating func newPod() -> Int {
        nextPod += 1
        pods[nextPod] = Pod()
        return nextPod
    }

    private mutating func start(_ number: Int) {
        replicas[number] = Replica(state: state, report: (0, "", [:]))
        report(number)
    }

    private mutating func stop(_ number: Int) {
        guard replicas.count > 1 else { return }
        replicas[number] = nil
        for pod in pods.keys where pods[pod]?.replica == number { pods[pod]?.replica = nil }
    }

    private mutating func follow(_ number: Int) { replicas[number]?.state = state }

    private mutating func connect(_ number: Int, to replica: Int) {
        let former = pods[number]?.replica
        pods[number]?.replica = replica
        acknowledge(number)
        renew(number)
        report(replica)
        if let former, former != replica { report(former) }
    }

    private mutating func acknowledge(_ number: Int) {
        guard let replica = pods[number]?.replica, let state = replicas[replica]?.state else { return }
        pods[number]?.trusted = Set(state.roots.map(\.id))
        pods[number]?.epoch = state.epoch
    }

    private mutating func renew(_ number: Int) {
        guard let replica = pods[number]?.replica, let state = replicas[replica]?.state else { return }
        pods[number]?.leaf = state.signing
    }

    private mutating func report(_ number: Int) {
        guard let replica = replicas[number] else { return }
        let connected = pods.filter { $0.value.replica == number }
        replicas[number]?.report = (
            replica.state.epoch, replica.state.signing, connected.mapValues { ($0.epoch, $0.leaf) }
        )
    }

    private mutating func anyWish() -> TrustPlan.Wish {
        let roots = ["a", "b", "c", "d"].map(Self.root)
        return TrustPlan.Wish(
            signing: Int.random(in: 0..<8, using: &random) == 0 ? nil : roots.randomElement(using: &random),
            passive: roots.filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
    }
}
