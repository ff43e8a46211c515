internal import MeshModel
internal import MeshStatus

/// Something that happened to an object, for whoever reads `kubectl describe`.
struct ObjectEvent: Equatable, Sendable {
    /// Whether somebody should do something about it.
    enum Weight: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    let weight: Weight
    let reason: String
    let message: String

    init(_ weight: Weight, reason: String, message: String) {
        self.weight = weight
        self.reason = reason
        self.message = message
    }

    /// What a change of a status is worth telling, in the order of conditions.
    static func telling(_ former: KnownStatus?, _ status: KnownStatus) -> [ObjectEvent] {
        let isNewGeneration = former?.observedGeneration != status.observedGeneration
        return status.conditions.compactMap { condition in
            guard [.accepted, .resolvedRefs, .programmed].contains(condition.type) else { return nil }
            let old = former?[condition.type]
            let isSame = old?.status == condition.status && old?.reason == condition.reason
            // A new generation that stays wrong in the same way is told again, one that stays good is not.
            guard !isSame || (isNewGeneration && condition.type == .programmed && condition.status == .yes) else {
                return isSame && condition.status == .no && old?.message != condition.message && isNewGeneration
                    ? ObjectEvent(condition) : nil
            }
            return ObjectEvent(condition)
        }
    }

    /// The event of a condition that came to be; `nil` for what is no news.
    init?(_ condition: Condition) {
        switch (condition.type, condition.status) {
        case (.accepted, .yes), (.programmed, .yes): weight = .normal
        case (.accepted, .no), (.resolvedRefs, .no): weight = .warning
        case (.programmed, .no) where condition.reason == .proxyRejected: weight = .warning
        default: return nil
        }
        reason = condition.reason.rawValue
        message = condition.message
    }
}

/// The object that an event is about.
struct EventSubject: Hashable, Sendable {
    let apiVersion: String
    let kind: String
    let name: ObjectName
    let uid: String

    init(apiVersion: String, kind: String, name: ObjectName, uid: String) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
    }

    /// An object of the mesh's tables.
    init(_ key: ObjectKey, uid: String) {
        let version = key.kind.versions.first ?? ""
        self.init(
            apiVersion: key.kind.group.isEmpty ? version : "\(key.kind.group)/\(version)", kind: key.kind.rawValue,
            name: key.name, uid: uid)
    }
}

/// An Event of `v1` about an object.
struct EventBody: Codable {
    struct Metadata: Codable {
        let name: String
        let namespace: String
    }
    struct Reference: Codable {
        let apiVersion: String
        let kind: String
        let namespace: String
        let name: String
        let uid: String
    }
    struct Source: Codable { let component: String }

    var apiVersion = "v1"
    var kind = "Event"
    let metadata: Metadata
    let involvedObject: Reference
    let reason: String
    let message: String
    let type: String
    let source: Source
    let reportingComponent: String
    let reportingInstance: String
    let firstTimestamp: String
    let lastTimestamp: String
    let count: Int

    /// As many characters of a message the API server takes (source: the validation of events, 1024).
    private static let longestMessage = 1000

    init(_ event: ObjectEvent, about subject: EventSubject, component: String, instance: String, time: String) {
        let text = String(event.message.prefix(Self.longestMessage))
        let hash = StableHash.text("\(subject.kind) \(subject.uid) \(event.reason) \(text)")
        metadata = Metadata(name: "\(subject.name.name).\(hash)", namespace: subject.name.namespace)
        involvedObject = Reference(
            apiVersion: subject.apiVersion, kind: subject.kind, namespace: subject.name.namespace,
            name: subject.name.name, uid: subject.uid)
        reason = event.reason
        message = text
        type = event.weight.rawValue
        source = Source(component: component)
        reportingComponent = component
        reportingInstance = instance
        firstTimestamp = time
        lastTimestamp = time
        count = 1
    }
}

/// A hash that is the same in every process (FNV-1a, 64 bits; source: its published constants).
enum StableHash {
    /// The hash of a text.
    static func value(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    /// Sixteen hexadecimal digits.
    static func text(_ text: String) -> String {
        let digits = String(value(text), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
