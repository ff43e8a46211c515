import MeshModel
import MeshPolicy
import Oracle

extension CompiledProxy {
    /// What the proxy does with a request that comes from no proxy of the mesh.
    func verdict(of call: Oracle.IngressCall, at port: UInt16) -> Oracle.IngressVerdict {
        let accesses = inbound?.ports.first { $0.port == port }?.ingress ?? []
        let answering = accesses.filter { $0.transport.answers(call.serverName) }
        guard !answering.isEmpty else { return .closed }
        let asking = answering.filter { $0.transport.asksForCertificate }
        if call.serverName != nil, asking.count == answering.count, call.certificate == nil { return .unproven }
        let names = asking.isEmpty ? nil : call.certificate
        let allowing = answering.filter { $0.allows(call.source, names) }.map(\.name)
        return allowing.isEmpty ? .refused : .allowed(by: Set(allowing))
    }
}

extension IngressAccess.Transport {
    fileprivate func answers(_ serverName: String?) -> Bool {
        switch self {
        case .plain: serverName == nil
        case .tls(let hosts, _):
            serverName.map { name in
                hosts.isEmpty || hosts.contains { $0 == name || ($0.hasPrefix("*.") && name.hasSuffix($0.dropFirst())) }
            } ?? false
        }
    }

    fileprivate var asksForCertificate: Bool {
        switch self {
        case .plain, .tls(_, .notAsked): false
        case .tls: true
        }
    }
}

extension IngressAccess {
    fileprivate func allows(_ source: IPAddress, _ names: [String]?) -> Bool {
        if let addresses, !addresses.contains(where: { $0.holds(source) }) { return false }
        switch transport {
        case .plain, .tls(_, .notAsked): return true
        case .tls(_, .ofMesh): return names != nil
        case .tls(_, .named(let allowed)): return names?.contains(where: allowed.contains) == true
        }
    }
}

extension IPRange {
    fileprivate func holds(_ other: IPAddress) -> Bool {
        guard address.family == other.family else { return false }
        guard let own = address.bits, let bits = other.bits else { return prefixLength == 128 && address == other }
        let mask = prefixLength == 0 ? 0 : UInt32.max << (32 - prefixLength)
        return own & mask == bits & mask
    }
}

extension IPAddress {
    /// The bits of an address of IPv4.
    fileprivate var bits: UInt32? {
        guard family == .v4 else { return nil }
        return description.split(separator: ".").reduce(0) { $0 << 8 | (UInt32($1) ?? 0) }
    }
}
