internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf

extension InboundPort {
    /// Who of the clients outside the mesh may call: the union of what the IngressBackends allow.
    var ingressAuthorization: Envoy.HttpRBACPerRoute {
        var policies: [String: Envoy.Policy] = [:]
        // One that is open to nobody needs no policy.
        for access in ingress where access.addresses?.isEmpty != true { policies[access.name] = .init(access) }
        var override = Envoy.HttpRBACPerRoute()
        override.rbac = .init(allowing: policies)
        return override
    }
}

extension Envoy.Policy {
    fileprivate init(_ access: IngressAccess) {
        self.init()
        var conditions: [Envoy.Principal] = []
        switch access.transport {
        case .plain:
            permissions = [.all]
            conditions.append(.overPlainText)
        case .tls(let serverNames, let clients):
            permissions = serverNames.isEmpty ? [.all] : serverNames.map(Envoy.Permission.init(serverName:))
            switch clients {
            case .notAsked: conditions.append(.overTLS)
            case .ofMesh: conditions.append(.withCertificate)
            case .named(let names): conditions.append(.any(of: names.map(Envoy.Principal.init(exactly:))))
            }
        }
        if let addresses = access.addresses {
            conditions.append(.any(of: addresses.map(Envoy.Principal.init(from:))))
        }
        principals = [.all(of: conditions)]
    }
}

extension Envoy.Permission {
    /// What is sent to a server name of TLS, which may have a leading `*.`.
    fileprivate init(serverName: String) {
        self.init()
        if serverName.hasPrefix("*.") {
            requestedServerName.suffix = String(serverName.dropFirst())
        } else {
            requestedServerName.exact = serverName
        }
    }
}

extension Envoy.Principal {
    /// Whoever speaks TLS, with or without a certificate.
    fileprivate static var overTLS: Envoy.Principal {
        var principal = Envoy.Principal()
        principal.authenticated = .init()
        return principal
    }

    /// Whoever speaks in plain text.
    fileprivate static var overPlainText: Envoy.Principal {
        var principal = Envoy.Principal()
        principal.notID = .overTLS
        return principal
    }

    /// Whoever has shown a certificate: the handshake let none in that the roots do not validate.
    ///
    /// Without a certificate the name is empty. No name is told from another here.
    fileprivate static var withCertificate: Envoy.Principal {
        var principal = Envoy.Principal()
        principal.authenticated.principalName = .matching(".+")
        return principal
    }

    /// Whoever is at the other end of the connection, whatever the request says of where it came from.
    fileprivate init(from range: IPRange) {
        self.init()
        directRemoteIp.addressPrefix = range.address.description
        directRemoteIp.prefixLen = .init(UInt32(range.prefixLength))
    }

    /// A set of one is its element: less to read, and to send.
    fileprivate static func any(of principals: [Envoy.Principal]) -> Envoy.Principal {
        guard principals.count != 1 else { return principals[0] }
        var principal = Envoy.Principal()
        principal.orIds.ids = principals
        return principal
    }

    fileprivate static func all(of principals: [Envoy.Principal]) -> Envoy.Principal {
        guard principals.count != 1 else { return principals[0] }
        var principal = Envoy.Principal()
        principal.andIds.ids = principals
        return principal
    }
}
