import Foundation

/// What the controller says of its objects and proxies: its `GET /status`.
struct ControllerStatus: Decodable {
    /// An object that a user wrote, and what is to say about it.
    struct Object: Decodable {
        let kind: String
        let namespace: String
        let name: String
        let generation: Int
        let conditions: [Condition]

        /// `namespace/name`.
        var place: String { "\(namespace)/\(name)" }

        subscript(_ type: String) -> Condition? { conditions.first { $0.type == type } }

        /// Whether every proxy that it affects enforces it in a generation.
        func isInEffect(generation: Int) -> Bool {
            guard self.generation == generation, let programmed = self["Programmed"], let ready = self["Ready"] else {
                return false
            }
            return programmed.isTrue && ready.isTrue && programmed.observedGeneration == generation
                && ready.observedGeneration == generation
        }
    }

    struct Condition: Decodable {
        let type: String
        /// `True`, `False` or `Unknown`.
        let status: String
        let reason: String
        let message: String
        let observedGeneration: Int

        var isTrue: Bool { status == "True" }
    }

    struct Proxy: Decodable {
        let pod: String
        let connected: Bool
        /// The revision up to which it enforces everything.
        let acknowledged: Int
    }

    let revision: Int
    let objects: [Object]
    let proxies: [Proxy]

    /// Asks the controller on a node.
    init(asking node: Namespace, port: Int = 9092) throws {
        let words = ["curl", "--silent", "--show-error", "--max-time", "5", "http://127.0.0.1:\(port)/status"]
        self = try JSONDecoder().decode(Self.self, from: Data(Command(node.command(words)).check().utf8))
    }

    /// The object of a kind, by namespace and name.
    func object(_ kind: String, _ place: String) -> Object? {
        objects.first { $0.kind == kind && $0.place == place }
    }
}
