import Foundation

/// What one Envoy has from the controller: each resource with its version and the time when it was taken.
struct ConfigDump {
    /// A resource of an Envoy, by the part of its configuration and its name.
    struct Key: Hashable, Comparable, CustomStringConvertible {
        let part: String
        let name: String

        var description: String { "\(part) \(name)" }

        static func < (left: Key, right: Key) -> Bool { (left.part, left.name) < (right.part, right.name) }
    }

    struct Entry: Equatable, CustomStringConvertible {
        let version: String
        let updated: String

        var description: String { "\(version.prefix(8)) of \(updated)" }
    }

    private(set) var entries: [Key: Entry] = [:]

    /// Asks the Envoy of a pod.
    init(of pod: RunningPod) throws {
        let words = ["curl", "--silent", "--show-error", "--max-time", "5", "http://127.0.0.1:15000/config_dump"]
        let text = try Command(pod.namespace.command(words)).check()
        let dump = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        for part in dump?["configs"] as? [[String: Any]] ?? [] {
            let type = (part["@type"] as? String ?? "").split(separator: ".").last.map(String.init) ?? ""
            collect(part, part: type, name: nil)
        }
    }

    /// What was not as it is in this dump, for people.
    func changes(since before: ConfigDump) -> [String] {
        Set(entries.keys).union(before.entries.keys).sorted().compactMap { key in
            let (old, new) = (before.entries[key], entries[key])
            return old == new ? nil : "\(key) (\(old?.description ?? "none") -> \(new?.description ?? "none"))"
        }
    }

    private mutating func collect(_ value: Any, part: String, name: String?) {
        if let list = value as? [Any] {
            for element in list { collect(element, part: part, name: name) }
        } else if let fields = value as? [String: Any] {
            let inner = ["cluster", "route_config", "secret", "listener", "ecds_config"].lazy
                .compactMap { (fields[$0] as? [String: Any])?["name"] as? String }.first
            let name = fields["name"] as? String ?? inner ?? name
            if let version = fields["version_info"] as? String, let name {
                entries[Key(part: part, name: name)] = Entry(
                    version: version, updated: fields["last_updated"] as? String ?? "")
                return
            }
            // A listener that drains has still the name of the one that took its place.
            for (field, element) in fields where field != "draining_state" {
                collect(element, part: part, name: name)
            }
        }
    }
}
