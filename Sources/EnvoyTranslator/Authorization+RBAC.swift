internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy

/// The filter that decides who may call what.
enum AuthorizationFilter {
    static let name = "envoy.filters.http.rbac"

    /// The filter of the connection manager: it denies everything.
    ///
    /// What is allowed is said by the route configuration, so that an edit ends no connection; where that says
    /// nothing, nothing is allowed.
    static let denyingAll = Envoy.HttpFilter(name, Envoy.HttpRBAC(allowing: [:]).packed())
}

extension Envoy.HttpRBAC {
    /// Allows what one of the policies allows.
    init(allowing policies: [String: Envoy.Policy]) {
        self.init()
        // Rules that are there and hold no policy allow nothing; rules that are not there would allow everything.
        var rules = Envoy.RBAC()
        rules.action = .allow
        rules.policies = policies
        self.rules = rules
        // Counters by the name of the policy.
        trackPerRuleStats = true
    }
}

extension Authorization {
    /// The policy that permissive mode is, in statistics and access logs.
    static let permissivePolicy = "permissive"

    /// What replaces ``AuthorizationFilter/denyingAll`` for the requests of a route configuration.
    func override(trustDomains: [String]) -> Envoy.HttpRBACPerRoute {
        var override = Envoy.HttpRBACPerRoute()
        override.rbac = .init(allowing: policies(trustDomains: trustDomains))
        return override
    }

    /// The filter behind the handshake at a TCP port: it names the policy that allows a connection.
    ///
    /// It decides at the first byte of the client, too late where the server speaks first: the handshake is the gate.
    func connectionFilter(trustDomains: [String]) -> Envoy.NetworkRBAC {
        var filter = Envoy.NetworkRBAC()
        filter.statPrefix = "inbound."
        filter.rules.action = .allow
        filter.rules.policies = policies(trustDomains: trustDomains)
        // Of the rules in force this filter tells nothing; of its shadow rules it tells the policy that allowed.
        filter.shadowRules = filter.rules
        return filter
    }

    /// What the handshake at a TCP port trusts.
    func peers(trustDomains: [String], roots: Roots) -> Envoy.CertificateValidationContext {
        var context = Envoy.CertificateValidationContext()
        context.trustedCa.inlineString = roots.pem
        if case .policies(let policies) = self {
            let principals = Set(policies.flatMap(\.principals)).sorted()
            context.matchTypedSubjectAltNames = Envoy.SubjectAltNameMatcher.anyOf(
                principals, trustDomains: trustDomains)
        }
        return context
    }

    private func policies(trustDomains: [String]) -> [String: Envoy.Policy] {
        switch self {
        case .anyPeer:
            var policy = Envoy.Policy()
            policy.permissions = [.all]
            // Any peer: TLS let nobody in without a certificate of the mesh.
            policy.principals = [.anybody]
            return [Self.permissivePolicy: policy]
        case .policies(let policies):
            // Names are unique by contract; should two be equal, the lesser evil is to allow less.
            return Dictionary(
                policies.map { ($0.name, Envoy.Policy($0, trustDomains: trustDomains)) },
                uniquingKeysWith: { first, _ in first })
        }
    }
}

extension Envoy.Policy {
    fileprivate init(_ policy: AuthorizationPolicy, trustDomains: [String]) {
        self.init()
        permissions = policy.matches.map(Envoy.Permission.init)
        principals = policy.principals.flatMap { $0.certificateNames(in: trustDomains) }
            .map { Envoy.Principal(exactly: $0.text) }
    }
}

extension Envoy.Principal {
    fileprivate static var anybody: Envoy.Principal {
        var principal = Envoy.Principal()
        principal.any = true
        return principal
    }

    /// The peer whose certificate has this name.
    ///
    /// Never an expression: names may hold dots.
    init(exactly name: String) {
        self.init()
        authenticated.principalName = .exactly(name)
    }
}
