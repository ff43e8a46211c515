import MeshModel

@testable import OwnedObjects

/// Objects as an API server keeps them: whoever names another version than the present one is refused.
struct CallStore {
    private(set) var objects: [String: CallObject] = [:]
    /// All that happened, as watches tell: names, and what was there from then on.
    private(set) var events: [(name: String, object: CallObject?)] = []

    private mutating func set(_ name: String, _ data: [String: String]?) {
        let object = data.map {
            CallObject(
                metadata: .init(name: name, namespace: "osm-system"), resourceVersion: "\(events.count + 1)", data: $0)
        }
        objects[name] = object
        events.append((name, object))
    }

    /// Takes a write, or refuses it.
    mutating func take(_ write: CallLedger.Write) {
        let name = CallText.name(write.shard)
        guard objects[name]?.resourceVersion == write.resourceVersion else { return }
        var data = objects[name]?.data ?? [:]
        for (key, text) in write.data { data[key] = text }
        if data != objects[name]?.data { set(name, data) }
    }

    /// Somebody edits or deletes an object.
    mutating func damage(using random: inout some RandomNumberGenerator) {
        guard let name = objects.keys.sorted().randomElement(using: &random), var data = objects[name]?.data else {
            return
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: set(name, nil)
        case 1:
            data["README"] = "an aid"
            set(name, data)
        default:
            guard let key = data.keys.sorted().randomElement(using: &random) else { return }
            data[key] = Bool.random(using: &random) ? "nonsense" : nil
            set(name, data)
        }
    }

    func holds(_ call: CallReplica.Call) -> Bool {
        guard let key = CallText.key(of: call.identity) else { return false }
        let text = objects[CallText.name(CallText.shard(of: call.identity))]?.data[key] ?? ""
        return CallText.ports(text).ports.contains(call.port)
    }
}

/// A replica that remembers all calls that it hears of, and takes all but those that it has forgotten for in use.
struct CallReplica {
    struct Call: Hashable, Comparable {
        let identity: ServiceIdentity
        let port: ServicePort

        static func < (first: Call, second: Call) -> Bool {
            (first.identity, first.port) < (second.identity, second.port)
        }

        static func random(using random: inout some RandomNumberGenerator) -> Call {
            let account = "account-\(Int.random(in: 0..<6, using: &random))"
            let service = "service-\(Int.random(in: 0..<12, using: &random))"
            return Call(
                identity: ServiceIdentity(namespace: "shop", serviceAccount: account),
                port: ServicePort(service: ObjectName(namespace: "shop", name: service), port: 80))
        }
    }

    private var ledger = CallLedger()
    private var calls: CallLedger.Calls = [:]
    private var gone: CallLedger.Calls = [:]
    private var heard = 0

    var isDue: Bool { ledger.isDue }
    var isNew: Bool { calls.isEmpty }
    func knows(_ call: Call) -> Bool { calls[call.identity]?.contains(call.port) == true }

    /// A pod here calls something.
    mutating func learn(_ call: Call) {
        guard calls[call.identity, default: []].insert(call.port).inserted else { return }
        ledger.told(remembered: [call.identity: calls[call.identity] ?? []], forgotten: [:])
    }

    /// Sees that who called is gone.
    mutating func forget(_ call: Call) {
        gone[call.identity, default: []].insert(call.port)
        calls[call.identity]?.remove(call.port)
        ledger.told(remembered: [:], forgotten: [call.identity: [call.port]])
    }

    /// Hears of some of what happened since the last time.
    mutating func hear(_ store: CallStore, most: Int) {
        for event in store.events.dropFirst(heard).prefix(most) {
            heard += 1
            let news = event.object.map { ledger.observed($0).news } ?? ledger.removed(event.name)
            for (identity, ports) in news.remembered { calls[identity, default: []].formUnion(ports) }
            // What is in use is said again.
            for (identity, ports) in news.dropped {
                let unused = ports.intersection(gone[identity] ?? [])
                calls[identity]?.subtract(unused)
                guard unused != ports else { continue }
                ledger.told(remembered: [identity: calls[identity] ?? []], forgotten: [:])
            }
        }
    }

    mutating func write(to store: inout CallStore, at now: Duration) {
        for write in ledger.writes(at: now) { store.take(write) }
    }
}
