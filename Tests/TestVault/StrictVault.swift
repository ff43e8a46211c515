import Crypto
import CryptoExtras
import Foundation
import Synchronization
import X509

/// What stands in for a HashiCorp Vault, which cannot be had here: its documented API for certificates and for tokens, and
/// nothing that is not documented.
///
/// It is stricter than the original, which passes over fields that it does not know.
final class StrictVault: Sendable {
    /// What may be issued, as the fields of the original's roles.
    struct Role: Sendable {
        enum KeyType: Sendable { case ec, rsa }

        var allowsAnyName = false
        var domains = ["cluster.local"]
        var allowsSubdomains = true
        /// Patterns with `*` at the end.
        var uris: [String] = []
        var longest: Int64 = 30 * 86_400
        var keyType = KeyType.ec
        var takesNamesOfRequest = true
        /// The engine's own where nil (`issuer_ref`).
        var authority: TestAuthority?
    }

    /// Who may do what for how long.
    struct Token: Sendable {
        /// Such as `update pki/issue/mesh`.
        var rights: Set<String>
        /// 0 for ever.
        var seconds: Int64 = 0
        var isRenewable = false
        var renewed = ContinuousClock.now
        var isValid: Bool { seconds == 0 || ContinuousClock.now - renewed < .seconds(seconds) }

        /// The right to issue under a role, and what every token may do with itself.
        static func issuing(_ role: String = "mesh", seconds: Int64 = 0, isRenewable: Bool = false) -> Token {
            Token(
                rights: [
                    "update pki/issue/\(role)", "update pki/sign/\(role)", "read auth/token/lookup-self",
                    "update auth/token/renew-self",
                ], seconds: seconds, isRenewable: isRenewable)
        }
    }

    /// What goes wrong, before or after the question was heard.
    enum Fault: Sendable {
        case sealed
        case status(Int, [String], retryAfter: Int?)
        case text(String)
        case redirect(String)
        /// Nothing comes, and the connection stays.
        case silence
        /// A few bytes come, again and again.
        case drip
        /// More comes than anybody wants.
        case flood
        /// The connection is closed in the middle of the answer.
        case cut
        /// The certificate has a name more.
        case furtherName
        /// The key is another's.
        case otherKey
        /// The key is left out.
        case noKey
        /// The certificate is that of an authority.
        case authority
        /// The key is sent in the form of old versions, whatever was asked for.
        case oldKeyForm
        /// No chain is told, as by a version before 0.11 whose engine has one certificate.
        case noChain
    }

    /// What was asked.
    struct Call: Sendable {
        let method: String
        let path: String
        let token: String?
        let body: String

        /// The fields of the body, those of text alone.
        var fields: [String: String] {
            let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            return (object ?? [:]).compactMapValues { $0 as? String }
        }
    }

    struct State: Sendable {
        var authority: TestAuthority
        var mount = "pki"
        var roles: [String: Role] = ["mesh": Role()]
        var tokens: [String: Token] = [StrictVault.token: .issuing()]
        var fault: Fault?
        var calls: [Call] = []
    }

    /// The token that is good for the role `mesh`.
    static let token = "hvs.CAESIJgoodgoodgoodgood"

    let state: Mutex<State>

    init(authority: TestAuthority) { state = Mutex(State(authority: authority)) }

    var calls: [Call] { state.withLock { $0.calls } }

    /// The calls to a path.
    func calls(to path: String) -> [Call] { calls.filter { $0.path == "/v1/\(path)" } }

    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// What is answered to a call.
    struct Answer: Sendable {
        var status: Int
        var headers: [(String, String)] = []
        var body: Data

        static func json(_ status: Int, _ object: [String: Any]) -> Answer {
            let body = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
            return Answer(status: status, headers: [("content-type", "application/json")], body: body)
        }

        static func errors(_ status: Int, _ errors: String...) -> Answer { .json(status, ["errors": errors]) }
    }

    /// A rule that a call breaks.
    struct Refusal: Error {
        let status: Int
        let message: String
    }

    func answer(_ call: Call) -> Answer {
        let state = self.state.withLock { state -> State in
            state.calls.append(call)
            return state
        }
        switch state.fault {
        case .sealed: return .errors(503, "Vault is sealed")
        case .status(let status, let errors, let retryAfter):
            var answer = Answer.json(status, ["errors": errors])
            if let retryAfter { answer.headers.append(("retry-after", "\(retryAfter)")) }
            return answer
        case .text(let text): return Answer(status: 200, body: Data(text.utf8))
        case .redirect(let address): return Answer(status: 307, headers: [("location", address)], body: Data())
        default: break
        }
        do {
            return try answer(call, state)
        } catch let refusal as Refusal {
            return .errors(refusal.status, refusal.message)
        } catch {
            return .errors(500, "internal error")
        }
    }

    private func answer(_ call: Call, _ state: State) throws -> Answer {
        guard call.path.hasPrefix("/v1/") else { return Answer(status: 404, body: Data("404 page not found".utf8)) }
        let path = String(call.path.dropFirst("/v1/".count))
        let right: String
        switch call.method {
        case "GET": right = "read"
        case "POST", "PUT": right = "update"
        default: throw Refusal(status: 405, message: "unsupported operation")
        }
        guard let text = call.token, let token = state.tokens[text], token.isValid else {
            throw Refusal(status: 403, message: "permission denied")
        }
        guard token.rights.contains("\(right) \(path)") else {
            throw Refusal(status: 403, message: "1 error occurred:\n\t* permission denied\n\n")
        }
        switch (right, path) {
        case ("read", "auth/token/lookup-self"):
            let data: [String: Any] = ["ttl": token.seconds, "renewable": token.isRenewable, "id": text]
            return .json(200, ["data": data])
        case ("update", "auth/token/renew-self"):
            guard token.isRenewable else { throw Refusal(status: 400, message: "lease is not renewable") }
            self.state.withLock { $0.tokens[text]?.renewed = .now }
            let auth: [String: Any] = [
                "client_token": text, "lease_duration": token.seconds, "renewable": token.isRenewable,
            ]
            return .json(200, ["auth": auth])
        default: return try answer(call, to: path, right, state)
        }
    }

    /// What the engine for certificates says.
    private func answer(_ call: Call, to path: String, _ right: String, _ state: State) throws -> Answer {
        for operation in ["issue", "sign"] {
            let prefix = "\(state.mount)/\(operation)/"
            guard right == "update", path.hasPrefix(prefix) else { continue }
            let name = String(path.dropFirst(prefix.count))
            guard let role = state.roles[name] else { throw Refusal(status: 400, message: "unknown role: \(name)") }
            return try issue(call, role, role.authority ?? state.authority, isSigning: operation == "sign", state.fault)
        }
        throw Refusal(status: 404, message: "no handler for route \"\(path)\". route entry not found.")
    }
}
