internal import CertificateAuthority
internal import MeshModel
internal import MeshStatus

extension RootStatus {
    /// What a part of the mesh makes of a root, in the words of the original.
    private enum Use: String {
        /// It has a certificate of it.
        case issuing
        /// It trusts it.
        case validating
        /// It has nothing to do with it.
        case unused
        /// Somebody has yet to acknowledge.
        case unknown
    }

    /// What the parts of the mesh make of the root, by the names of the original.
    ///
    /// The control plane's own servers have a root of their own, so none of them uses one of the mesh.
    func components(_ mesh: Standing) -> [String: String] {
        var uses: [String: Use] = [
            "validatingWebhook": .unused, "mutatingWebhook": .unused, "xdsControlPlane": .unused, "bootstrap": .unused,
        ]
        uses["sidecar"] = use(mesh, isWaitedFor: !mesh.decision.pods.isEmpty)
        let isGatewayMissing = mesh.decision.participants.contains { $0.hasPrefix("Secret ") }
        uses["gateway"] = mesh.hasGateway ? use(mesh, isWaitedFor: isGatewayMissing) : .unused
        return uses.mapValues(\.rawValue)
    }

    private func use(_ mesh: Standing, isWaitedFor: Bool) -> Use {
        guard let id = rootID(mesh), mesh.state[id] != nil else { return .unused }
        // In either step it is open which of its roots somebody who is missing has a certificate of, or trusts.
        if isWaitedFor { return .unknown }
        return mesh.state.signing == id ? .issuing : .validating
    }

    /// The step of a rotation that concerns the root, as a condition of the original; `nil` for none.
    func rollout(_ mesh: Standing) -> (Condition.Kind, Condition.Reason)? {
        guard let id = rootID(mesh), mesh.state[id] != nil else {
            guard case .signing = standing else { return nil }
            return (.validatingRollout, .distributing)
        }
        let isSigning = mesh.state.signing == id
        switch (standing, mesh.decision.step) {
        case (.signing, _) where !isSigning: return (.validatingRollout, .distributing)
        case (.signing, .reissuing): return (.issuingRollout, .reissuing)
        case (.trusted, .distributing): return (.validatingRollout, .distributing)
        case (.superseded, .reissuing), (.inactive, .reissuing): return (.issuingRollback, .reissuing)
        case (.superseded, _), (.inactive, _): return isSigning ? nil : (.validatingRollback, .distributing)
        default: return nil
        }
    }

    /// The root that the object asks for, or asked for when it did.
    private func rootID(_ mesh: Standing) -> String? {
        if let root = try? claim.root.get() { return root.id }
        return mesh.state.roots.first { $0.object == metadata.name }?.id
    }
}
