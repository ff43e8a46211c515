import Foundation
import Synchronization

/// The places of pods on the node's network.
///
/// Each pod is a network namespace with a link to the bridge. It reaches everything, other pods too, through the node,
/// so that the node's rules for virtual addresses see both directions of a connection.
final class PodNetwork: Sendable {
    /// One place.
    struct Place: Sendable {
        /// The name of the network namespace.
        let namespace: String
        let address: String

        /// The namespace as a file.
        var path: String { "/run/netns/\(namespace)" }
    }

    private let next = Mutex(1)

    /// Removes all places, also those that a killed rig left in the same node.
    func removeAll() async {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []
        await withDiscardingTaskGroup { group in
            for name in names where name.hasPrefix("pod-") { group.addTask { await self.remove(name) } }
        }
    }

    /// Makes a place.
    func attach() async throws -> Place {
        let number = next.withLock { next in
            next = next % 65_000 + 1
            return next
        }
        let place = Place(namespace: "pod-\(number)", address: "10.66.\(number >> 8).\(number & 255)")
        let script = """
            ip netns add "$1"
            ip link add "$1" type veth peer name eth0 netns "$1"
            ip link set "$1" master br0 up
            ip -n "$1" -batch - <<END
            link set lo up
            address add $2/32 dev eth0
            address add $3/128 dev eth0 nodad
            link set eth0 up
            route add \(NodeNamespace.address) dev eth0
            route add default via \(NodeNamespace.address)
            route add \(NodeNamespace.addressV6) dev eth0
            route add default via \(NodeNamespace.addressV6)
            END
            """
        try await Program(script: script, [place.namespace, place.address, "fd00:66::\(String(number, radix: 16))"])
            .check()
        return place
    }

    /// Removes a place, and everything that still runs there.
    func detach(_ place: Place) async { await remove(place.namespace) }

    private func remove(_ name: String) async {
        let script = """
            for process in $(ip netns pids "$1"); do kill -KILL "$process" || true; done
            ip link delete "$1" 2>/dev/null || true
            ip netns delete "$1" || true
            """
        _ = try? await Program(script: script, [name]).run()
    }
}
