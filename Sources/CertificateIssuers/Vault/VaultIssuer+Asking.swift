internal import CertificateAuthority
internal import FoundationEssentials
internal import NIOHTTP1
internal import Synchronization

extension VaultIssuer {
    /// Does something with the token; where Vault does not take it and another is there meanwhile, once more.
    func authorized<Value: Sendable>(
        _ body: (VaultToken) async throws(IssuerFailure) -> Value
    ) async throws(IssuerFailure) -> Value {
        let token = try await currentToken(isRead: false)
        do throws(IssuerFailure) {
            return try await body(token)
        } catch {
            guard error.code == .denied else { throw error }
            let fresh = try await currentToken(isRead: true)
            guard fresh != token else { throw error }
            return try await body(fresh)
        }
    }

    /// The token, which is read again from time to time.
    ///
    /// - Parameter isRead: Whether it is read now, whenever that was last done.
    func currentToken(isRead: Bool) async throws(IssuerFailure) -> VaultToken {
        let now = ContinuousClock.now
        let known = state.withLock { state -> VaultToken? in
            guard !isRead, let token = state.token else { return nil }
            if let last = state.lastRead, now - last < timing.tokenReading { return token }
            // One reads; the others go on with what is known.
            state.lastRead = now
            return nil
        }
        if let known { return known }
        let token: VaultToken
        do throws(IssuerFailure) {
            token = try await source.token()
        } catch {
            let last = state.withLock { state -> VaultToken? in
                // What is known may be good still while its source cannot be asked.
                if error.code != .unreachable { (state.token, state.lease) = (nil, nil) }
                return state.token
            }
            guard let last, !isRead else { throw error }
            return last
        }
        state.withLock { state in
            state.lastRead = now
            guard token != state.token else { return }
            state.token = token
            state.lease = TokenLease(at: now)
            state.isWarned = false
        }
        return token
    }

    /// Asks a question and reads the answer.
    func answer<Value: Decodable & Sendable>(
        _ type: Value.Type, to method: HTTPMethod, _ path: String, _ body: (any Encodable & Sendable)?,
        _ token: VaultToken, about request: LeafRequest? = nil
    ) async throws(IssuerFailure) -> Value {
        let bytes: [UInt8]
        do {
            bytes = try await connection.send(method, path, body: body, token: token).bytes
        } catch let refusal as VaultConnection.Refusal {
            throw failure(refusal, path, request)
        } catch let failure as IssuerFailure {
            throw failure
        } catch {
            throw IssuerFailure(.malformed, "\(settings.name): the question cannot be written")
        }
        // What a decoder complains of may quote what it read.
        guard let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw IssuerFailure(.malformed, "\(settings.name) answered something else than a Vault does to \(path)")
        }
        return value
    }

    /// What a status that is no success means, and what to do.
    private func failure(
        _ refusal: VaultConnection.Refusal, _ path: String, _ request: LeafRequest?
    ) -> IssuerFailure {
        let said = refusal.message.isEmpty ? "it gave no reason" : refusal.message
        func failure(_ code: IssuerFailure.Code, _ text: String) -> IssuerFailure {
            IssuerFailure(code, "\(settings.name) \(text) (\(refusal.status): \(said))", retryAfter: refusal.retryAfter)
        }
        switch refusal.status {
        case 400 where refusal.message.contains("unknown role"):
            return failure(.configuration, "has no role `\(settings.role)`: make it, or name another")
        case 400:
            let holder = request.map { " to \($0.holder)" } ?? ""
            return failure(.refused, "does not issue\(holder): \(Self.advice(request, role: settings.role))")
        case 403:
            return failure(
                .denied,
                "does not take the token: put a valid one into its Secret, or allow it to `update` \(path)")
        case 404, 405:
            return failure(.configuration, "has nothing at \(path): name the mount of its engine and the role")
        case 300..<400:
            return failure(
                .configuration, "leads elsewhere: name the host that answers itself, for the token goes nowhere else")
        case 429: return failure(.unreachable, "asks to slow down")
        case 503: return failure(.unreachable, "is sealed, or in maintenance")
        case 412, 472, 473, 500...: return failure(.unreachable, "cannot issue now")
        default: return failure(.malformed, "answered what no Vault does")
        }
    }

    private static func advice(_ request: LeafRequest?, role: String) -> String {
        var advice = ["let the role `\(role)` allow the name"]
        if let request {
            if case .workload(_, _, hasURI: true) = request.holder {
                advice.append("and the URI (allowed_uri_sans), or switch SPIFFE identities off")
            }
            if let name = try? request.commonName, (try? request.dnsNames.contains(name)) == false {
                advice.append("(the name is too long for a common name, which is `\(name)`)")
            }
        }
        return advice.joined(separator: " ")
    }
}
