package import MeshModel
package import MeshPolicy

/// What a client may do on a port of a service, in a form that is equal where it is the same.
package struct FlowRights: Hashable, Sendable {
    /// Requests and who shares them, in the order in which proxies look.
    package struct Branch: Hashable, Sendable {
        /// The requests; `nil` for all.
        package let match: HTTPMatch?
        /// Sorted by service, then port; empty: nobody answers.
        package let shares: [Share]
    }

    /// A part of the requests.
    package struct Share: Hashable, Sendable {
        /// The service that answers.
        package let service: ObjectName
        /// The port of its pods by which clients know it.
        package let targetPort: UInt16
        /// Its share: without a common divisor.
        package let weight: UInt32
        /// What each kind of its pods allows: sorted by identity, port and permission; empty while no pod is ready.
        package let doors: [Door]
    }

    /// Pods of one identity at one port.
    package struct Door: Hashable, Sendable {
        package let identity: ServiceIdentity
        package let port: UInt16
        package let permission: Permission
    }

    /// What the proxies of pods allow.
    package enum Permission: Hashable, Sendable {
        case everything
        /// Sorted by text, none of which another covers; none for nothing.
        case requests([HTTPMatch])
        /// Nobody listens there.
        case notServed
        /// The proxy is one of an original mesh.
        case unknown
    }

    /// The branches, those behind one for every request left out.
    package let branches: [Branch]

    /// The rights of a client by what is compiled; `nil` if its proxy does not know of the port.
    package init?(_ flow: CompiledFlow) {
        guard !flow.addresses.isEmpty else { return nil }
        branches = flow.branches.map { branch in
            let divisor = branch.shares.reduce(0) { Self.commonDivisor($0, $1.weight) }
            let shares = branch.shares.map { share in
                Share(
                    service: share.upstream.target.service, targetPort: share.upstream.target.targetPort,
                    weight: divisor == 0 ? 0 : share.weight / divisor,
                    doors: Set(share.servers.map { Door($0, for: flow.client) }).sorted {
                        ($0.identity, $0.port, $0.permission.words) < ($1.identity, $1.port, $1.permission.words)
                    })
            }
            return Branch(match: branch.match, shares: shares)
        }
    }

    private static func commonDivisor(_ left: UInt32, _ right: UInt32) -> UInt32 {
        right == 0 ? left : commonDivisor(right, left % right)
    }

    /// The requests that some pod allows, whatever branch they take: sorted by text; ``HTTPMatch/any`` for all.
    package var allowed: [HTTPMatch] {
        let matches = branches.flatMap { $0.shares.flatMap(\.doors) }.flatMap { door -> [HTTPMatch] in
            switch door.permission {
            case .everything: [.any]
            case .requests(let matches): matches
            case .notServed, .unknown: []
            }
        }
        return HTTPMatch.reduced(matches)
    }

    /// How requests divide, whatever is allowed.
    package var division: [Branch] {
        branches.map { branch in
            Branch(
                match: branch.match,
                shares: branch.shares.map {
                    Share(service: $0.service, targetPort: $0.targetPort, weight: $0.weight, doors: [])
                })
        }
    }

    /// What becomes of a whole request: for each part of it, who answers, and whether that lets it in.
    ///
    /// - Parameter isHTTP: Whether it is a request and not bytes.
    package func fate(of request: RequestDescription, isHTTP: Bool) -> Fate {
        var request = request
        if isHTTP, let path = request.path {
            switch PathReading(path) {
            case .rejected(let status, _): return Fate(status: status)
            case .understood(let path): request.path = path
            }
        }
        let branch = branches.first { $0.match.map { MatchAnswer($0, request).holds } ?? true }
        return Fate(
            parts: (branch?.shares ?? []).map { share in
                Fate.Part(
                    service: share.service, targetPort: share.targetPort, weight: share.weight,
                    doors: share.doors.map { door in
                        Fate.Opening(identity: door.identity, port: door.port, isOpen: door.permission.allows(request))
                    })
            })
    }

    /// What becomes of a request.
    package struct Fate: Hashable, Sendable {
        /// The status with which the client's proxy refuses to read it; `nil` if it does read it.
        package var status: Int?
        /// Who shares it.
        package var parts: [Part] = []

        /// A part of it.
        package struct Part: Hashable, Sendable {
            package let service: ObjectName
            package let targetPort: UInt16
            package let weight: UInt32
            package let doors: [Opening]
        }

        /// Pods, and whether they let it in.
        package struct Opening: Hashable, Sendable {
            package let identity: ServiceIdentity
            package let port: UInt16
            package let isOpen: Bool
        }
    }
}

extension FlowRights.Permission {
    /// The permission in words, different for different ones.
    var words: String {
        switch self {
        case .everything: "everything"
        case .requests(let matches): "requests \(matches.map(\.words))"
        case .notServed: "not served"
        case .unknown: "unknown"
        }
    }

    /// Whether a request is allowed for certain.
    func allows(_ request: RequestDescription) -> Bool {
        switch self {
        case .everything: true
        case .requests(let matches): matches.contains { MatchAnswer($0, request).holds }
        case .notServed, .unknown: false
        }
    }
}

extension FlowRights.Door {
    /// What some pods allow a client.
    init(_ server: CompiledFlow.Server, for client: ServiceIdentity) {
        identity = server.identity
        port = server.port
        switch server.access {
        case .notServed: permission = .notServed
        case .ofOriginal: permission = .unknown
        case .authorization(.anyPeer, _): permission = .everything
        case .authorization(.policies(let policies), let spoken):
            let own = policies.filter { $0.principals.contains(client) }
            let matches = HTTPMatch.reduced(own.flatMap { spoken == .http ? $0.matches : [.any] })
            permission = matches == [.any] ? .everything : .requests(matches)
        }
    }
}

extension HTTPMatch {
    /// Matches without those that another one covers: sorted by text.
    static func reduced(_ matches: [HTTPMatch]) -> [HTTPMatch] {
        let all = Set(matches).sorted { $0.words < $1.words }
        return all.indices.filter { index in
            // Of two spellings of the same requests one stays: the first.
            !all.indices.contains { other in
                other != index && all[other].covers(all[index]) && (!all[index].covers(all[other]) || other < index)
            }
        }
        .map { all[$0] }
    }

    /// Whether every request of another match is one of this, as far as that is plain.
    func covers(_ other: HTTPMatch) -> Bool {
        let isPathCovered = pathRegex == nil || pathRegex == ".*" || pathRegex == other.pathRegex
        let areMethodsCovered =
            methods.isEmpty || (!other.methods.isEmpty && Set(other.methods).isSubset(of: methods))
        return isPathCovered && areMethodsCovered && Set(headers).isSubset(of: other.headers)
    }

    /// The match in few words.
    package var words: String {
        guard self != .any else { return "every request" }
        let parts = [methods.isEmpty ? "any method" : methods.joined(separator: "|"), pathRegex ?? "any path"]
        let conditions = headers.map { header in
            "\(header.name == ":authority" ? "host" : header.name): \(header.regex.isEmpty ? "(empty)" : header.regex)"
        }
        return (parts + conditions).joined(separator: " ")
    }
}
