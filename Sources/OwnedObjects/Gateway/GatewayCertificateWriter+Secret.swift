internal import CertificateAuthority
internal import FoundationEssentials
internal import KubernetesClient
internal import MeshModel

extension GatewayCertificateWriter {
    /// Has the Secret hold what is asked for.
    ///
    /// New roots get in whether a certificate can be issued or not; what could not is thrown then.
    func keep(_ wanted: GatewayWish.Certificate) async throws {
        let stored = try await client.get(.secret, wanted.secret, as: GatewaySecret.self)
        if let stored, !stored.isOurs(in: meshName) {
            holding.know(nil)
            let labels = GatewaySecret.labels(of: meshName).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            throw Refusal(
                field: "secret",
                message:
                    "Secret \(wanted.secret) exists and is not the controller's: delete it, name another, or hand it "
                    + "over by the labels \(labels.joined(separator: ", "))")
        }
        let (trust, now) = (surroundings.trust(), Date())
        guard let signer = trust.signer else { return }
        let present = stored?.certificate
        let asked = wanted.validity.components.seconds
        let isGood =
            stored?.validity == asked
            && present?.isGood(for: wanted.names, validity: wanted.validity, under: signer, now: now) == true
        // A gateway that has just got its first certificate has nothing else to let go of.
        let isFirst = stored == nil && holding.held == nil
        if let stored {
            know(stored, present, trust, wanted.secret, now)
        } else if holding.held?.secret == wanted.secret {
            // What was deleted keeps nothing from going on.
            holding.know(nil)
        }
        if let stored, isGood, stored.rootsPEM == trust.trustedPEM, stored.epoch == trust.epoch,
            stored.type == GatewaySecret.type
        {
            return try await remember(wanted.secret)
        }
        var issued: IssuedCertificate?
        var failure: (any Error)?
        if !isGood {
            do {
                try check(wanted.names, trust)
                issued = try await surroundings.issue(wanted.names, wanted.validity, signer)
            } catch let error as CertificateAuthorityError {
                failure = Refusal(field: "subjectAltNames", message: error.message)
            } catch let error as IssuerFailure {
                failure = Refusal(field: "secret", message: "no certificate can be issued: \(error.message)")
            } catch {
                failure = error
            }
        }
        if stored == nil, let failure { throw failure }
        try await remember(wanted.secret)
        try await write(wanted, over: stored, issued, trust, signer, isFirst: isFirst, now)
        if let failure { throw failure }
    }

    /// A gateway with the name of a workload would be taken for it.
    private func check(_ names: [String], _ trust: TrustState) throws {
        for name in names {
            guard let account = GatewayCertificate.account(named: name, trustDomains: trust.trustDomains),
                surroundings.isInMesh(account)
            else { continue }
            throw Refusal(
                field: "subjectAltNames",
                message:
                    "`\(name)` is the name of the pods of ServiceAccount \(account), which are in the mesh: the gateway "
                    + "would be taken for them; write another name")
        }
    }

    private func write(
        _ wanted: GatewayWish.Certificate, over stored: GatewaySecret?, _ issued: IssuedCertificate?,
        _ trust: TrustState, _ signer: TrustState.Root, isFirst: Bool, _ now: Date
    ) async throws {
        var data = [GatewaySecret.Field.roots: Data(trust.trustedPEM.utf8)]
        if let issued {
            data[GatewaySecret.Field.certificate] = Data(issued.certificateChainPEM.utf8)
            data[GatewaySecret.Field.key] = Data(issued.privateKeyPEM.utf8)
        }
        let isSame = stored?.epoch == trust.epoch && stored?.rootsPEM == trust.trustedPEM
        let since = isFirst ? 0 : isSame ? stored?.since ?? 0 : Int64(now.timeIntervalSince1970)
        var annotations = [
            GatewaySecret.Annotation.epoch: "\(trust.epoch)", GatewaySecret.Annotation.since: "\(since)",
        ]
        if issued != nil { annotations[GatewaySecret.Annotation.validity] = "\(wanted.validity.components.seconds)" }
        let body = GatewaySecret(
            metadata: .init(
                name: wanted.secret.name, namespace: wanted.secret.namespace,
                labels: GatewaySecret.labels(of: meshName), annotations: annotations,
                resourceVersion: stored?.metadata.resourceVersion),
            type: GatewaySecret.type, data: data)
        // Whoever wins a race, it is looked again in a moment.
        if let stored {
            guard stored.type == GatewaySecret.type else {
                try await client.delete(.secret, wanted.secret)
                return
            }
            do {
                guard try await client.mergePatch(.secret, wanted.secret, body: body) else { return }
            } catch let error as KubernetesError where error.code == .conflict {
                return
            } catch let error as KubernetesError where error.code == .invalid {
                // Somebody made it immutable: it is made anew.
                try await client.delete(.secret, wanted.secret)
                return
            }
        } else {
            guard try await client.create(.secret, wanted.secret, body: body) else { return }
        }
        let certificate =
            issued.flatMap {
                GatewayCertificate(certificateChainPEM: $0.certificateChainPEM, privateKeyPEM: $0.privateKeyPEM)
            } ?? stored?.certificate
        know(body, certificate, trust, wanted.secret, now)
    }

    private func know(
        _ secret: GatewaySecret, _ certificate: GatewayCertificate?, _ trust: TrustState, _ name: ObjectName,
        _ now: Date
    ) {
        // With damaged roots it trusts nobody knows what.
        let isWhole = secret.rootsPEM == trust.trustedPEM || secret.epoch < trust.epoch
        holding.know(
            certificate.map { certificate in
                GatewayHolding.Held(
                    secret: name, notAfter: certificate.notAfter,
                    issuer: certificate.issuer(among: trust.roots)?.id ?? "", epoch: isWhole ? secret.epoch : 0,
                    since: Date(timeIntervalSince1970: TimeInterval(secret.since ?? 0)), seen: now)
            })
    }
}
