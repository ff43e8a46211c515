internal import MeshModel

/// A webhook configuration as it is stored, against what it is to be.
///
/// Others may add webhooks of their own to it, and labels. Ours are to say what they say and nothing more: a selector with
/// one label too many would silently leave pods outside the mesh.
struct RegisteredWebhooks {
    let stored: JSONContent

    /// Fields in which an addition changes what is asked about.
    private static let whole = ["clientConfig", "namespaceSelector", "objectSelector", "rules"]

    /// Whether it is what it is to be.
    func hold(_ wanted: JSONContent) -> Bool {
        guard case .object(var rest) = wanted, case .array(let webhooks)? = rest.removeValue(forKey: "webhooks") else {
            return false
        }
        return stored.covers(.object(rest))
            && webhooks.allSatisfy { own in
                guard let present = entries.first(where: { $0["name"] == own["name"] }) else { return false }
                return present.covers(own) && Self.whole.allSatisfy { present[$0] == own[$0] }
                    && [nil, []].contains(present["matchConditions"])
            }
    }

    /// What makes it so where applying our fields does not: a merge patch with our webhooks in place of those of their
    /// names, and the others as they are.
    func replacing(_ wanted: JSONContent) -> JSONContent {
        guard case .array(let own)? = wanted["webhooks"] else { return [:] }
        let others = entries.filter { present in !own.contains { $0["name"] == present["name"] } }
        return [
            "metadata": ["resourceVersion": stored["metadata"]?["resourceVersion"] ?? .null],
            "webhooks": .array(own + others),
        ]
    }

    private var entries: [JSONContent] {
        guard case .array(let entries)? = stored["webhooks"] else { return [] }
        return entries
    }
}

extension JSONContent {
    /// A member of an object; `nil` where it has none, and of anything else.
    fileprivate subscript(name: String) -> JSONContent? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }
}
