extension MeshRootCertificate {
    /// The last label of the control plane's own names, below which no workload may have one.
    private static let controlPlaneDomain = "svc"

    /// Trust domain, role, and the fields of the one provider.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.checkName(metadata.name, "metadata.name")
        list.checkName(metadata.namespace, "metadata.namespace", isLabel: true)
        list.checkTrustDomain(trustDomain, "spec.trustDomain", reserved: Self.controlPlaneDomain)
        checkRole(&list)
        list.checkOne(
            of: [
                "tresor": provider.tresor != nil, "vault": provider.vault != nil,
                "certManager": provider.certManager != nil,
            ], "spec.provider")
        switch issuer {
        case .tresor(let tresor): check(tresor, "spec.provider.tresor.ca.secretRef", &list)
        case .vault(let vault): check(vault, "spec.provider.vault", &list)
        case .certManager(let certManager): check(certManager, "spec.provider.certManager", &list)
        case nil: break
        }
        return list.problems
    }

    /// What of the object has no effect, though nothing is wrong with it.
    public var remarks: [Problem] {
        guard case .tresor(let tresor)? = issuer, tresor.secret.namespace != metadata.namespace else { return [] }
        return [
            Problem(
                path: "spec.provider.tresor.ca.secretRef.namespace",
                message:
                    "has no effect: the Secret is that of namespace `\(metadata.namespace)`, where the controller is")
        ]
    }

    /// Why the object cannot take the place of what it was before; empty if it can.
    ///
    /// Pods trust the root that an object stands for: another one under the same name would be a step that no pod has
    /// been prepared for. An object that had problems stood for none.
    public func problems(replacing old: MeshRootCertificate) -> [Problem] {
        guard old.validate().isEmpty else { return [] }
        var list = ProblemList()
        let advice =
            "make a second MeshRootCertificate with it: the mesh changes over to that without an interruption, and "
            + "this one can be deleted then"
        if trustDomain != old.trustDomain {
            list.add("spec.trustDomain", "cannot be changed from `\(old.trustDomain)`: \(advice)")
        }
        if provider != old.provider { list.add("spec.provider", "cannot be changed: \(advice)") }
        return list.problems
    }

    private func checkRole(_ list: inout ProblemList) {
        let words = Role.allCases.map(\.rawValue)
        if !role.isEmpty { list.checkWord(role, "spec.role", oneOf: words) }
        guard !intent.isEmpty else { return }
        list.checkWord(intent, "spec.intent", oneOf: words)
        if !role.isEmpty, intent != role {
            list.add("spec.intent", "`\(intent)` contradicts spec.role, `\(role)`: leave it out")
        }
    }

    private func check(_ tresor: Tresor, _ path: String, _ list: inout ProblemList) {
        list.checkName(tresor.secret.name, "\(path).name")
        list.checkName(tresor.secret.namespace, "\(path).namespace", isLabel: true)
    }

    private func check(_ vault: Vault, _ path: String, _ list: inout ProblemList) {
        list.checkHost(vault.host, "\(path).host", such: "vault.vault.svc.cluster.local")
        list.checkPort(vault.port, "\(path).port")
        list.checkVaultRole(vault.role, "\(path).role")
        list.checkWord(vault.protocolName, "\(path).protocol", oneOf: Vault.Scheme.allCases.map(\.rawValue))
        let token = "\(path).token.secretKeyRef"
        list.checkName(vault.token.name, "\(token).name")
        list.checkSecretKey(vault.token.key, "\(token).key")
        list.checkName(vault.token.namespace, "\(token).namespace", isLabel: true)
    }

    private func check(_ certManager: CertManager, _ path: String, _ list: inout ProblemList) {
        list.checkName(certManager.issuerName, "\(path).issuerName")
        list.checkWord(certManager.issuerKind, "\(path).issuerKind", oneOf: CertManager.kinds)
        list.checkName(certManager.issuerGroup, "\(path).issuerGroup")
    }
}

extension ProblemList {
    /// Checks a trust domain.
    ///
    /// - Parameter reserved: The domain in which the control plane has its names.
    fileprivate mutating func checkTrustDomain(_ domain: String, _ path: String, reserved: String) {
        if domain.isEmpty {
            add(path, "is empty: write a domain such as \(MeshRootCertificate.usualTrustDomain)")
        } else if !DNSName.isSubdomain(domain) {
            add(
                path,
                "`\(domain)` is no DNS name in small letters: write a domain such as "
                    + MeshRootCertificate.usualTrustDomain)
        } else if domain.split(separator: ".").last == Substring(reserved) {
            add(
                path,
                "`\(domain)` ends in `\(reserved)`, where workloads could bear the name of the control plane: "
                    + "write a domain such as \(MeshRootCertificate.usualTrustDomain)")
        }
    }

    /// Checks the name of a role of Vault, which becomes a part of a path.
    ///
    /// Source: Vault's own rule for names in paths.
    fileprivate mutating func checkVaultRole(_ role: String, _ path: String) {
        if role.isEmpty {
            add(path, "is missing: write the name of the role in Vault")
        } else if !role.utf8.allSatisfy(Self.isKeyCharacter)
            || [role.utf8.first, role.utf8.last].compactMap({ $0 }).contains(where: { "-.".utf8.contains($0) })
        {
            add(path, "`\(role)` is not the name of a role: write letters, digits, `_`, and inside `-` and `.`")
        }
    }

    /// Checks the key of a value in a Secret.
    fileprivate mutating func checkSecretKey(_ key: String, _ path: String) {
        if key.isEmpty {
            add(path, "is missing: write the key of the value in the Secret")
        } else if key.utf8.count > DNSName.maximumLength || !key.utf8.allSatisfy(Self.isKeyCharacter) {
            add(path, "`\(key)` is not a key of a Secret: write letters, digits, `-`, `_` and `.`")
        }
    }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_.".utf8.contains(byte)
        }
    }
}
