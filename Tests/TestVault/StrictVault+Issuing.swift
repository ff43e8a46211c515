import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import X509

extension StrictVault {
    private static let common: Set<String> = [
        "common_name", "alt_names", "ip_sans", "uri_sans", "other_sans", "ttl", "format", "exclude_cn_from_sans",
        "not_after", "remove_roots_from_chain", "user_ids",
    ]

    private struct Names {
        var common: String
        var dns: [String]
        var uris: [String]
    }

    /// Issues, or signs, as `pki/issue/:role` and `pki/sign/:role` do.
    func issue(
        _ call: Call, _ role: Role, _ authority: TestAuthority, isSigning: Bool, _ fault: Fault?
    ) throws -> Answer {
        guard let fields = try? JSONSerialization.jsonObject(with: Data(call.body.utf8)) as? [String: Any] else {
            throw Refusal(status: 400, message: "failed to parse JSON input")
        }
        let known = Self.common.union([isSigning ? "csr" : "private_key_format"])
        for field in fields.keys where !known.contains(field) {
            throw Refusal(status: 400, message: "no field \(field) is documented")
        }
        func text(_ field: String) throws -> String {
            guard let value = fields[field] else { return "" }
            guard let text = value as? String else { throw Refusal(status: 400, message: "\(field) is no text") }
            return text
        }
        guard ["", "pem"].contains(try text("format")) else { throw Refusal(status: 400, message: "only pem is here") }
        var names = Names(
            common: try text("common_name"), dns: try text("alt_names").split(separator: ",").map(String.init),
            uris: try text("uri_sans").split(separator: ",").map(String.init))
        if fields["exclude_cn_from_sans"] as? Bool != true { names.dns.append(names.common) }
        let key: (public: Certificate.PublicKey, pem: String?)
        if isSigning {
            let request = try Self.request(try text("csr"), role)
            if role.takesNamesOfRequest { names = try Self.names(of: request) }
            key = (request.publicKey, nil)
        } else {
            key = try Self.key(role.keyType, isPKCS8: try text("private_key_format") == "pkcs8", fault)
        }
        try Self.check(names, role)
        let seconds = min(try Self.seconds(try text("ttl")), role.longest)
        guard Date().addingTimeInterval(TimeInterval(seconds)) <= authority.issuer.notValidAfter else {
            throw Refusal(
                status: 400,
                message: "cannot satisfy request, as TTL would result in notAfter that is beyond the expiration of the"
                    + " CA certificate")
        }
        if case .furtherName = fault { names.dns.append("further.cluster.local") }
        var isAuthority = false
        if case .authority = fault { isAuthority = true }
        let certificate = try authority.issue(
            .init(
                commonName: names.common,
                names: Set(names.dns).sorted().map { .dnsName($0) } + names.uris.map { .uniformResourceIdentifier($0) },
                isAuthority: isAuthority, lasts: TimeInterval(seconds)), to: key.public)
        var data: [String: Any] = [
            "certificate": try certificate.serializeAsPEM().pemString,
            "issuing_ca": try authority.issuer.serializeAsPEM().pemString,
            "expiration": Int(certificate.notValidAfter.timeIntervalSince1970),
            "serial_number": "\(certificate.serialNumber)",
        ]
        if case .noChain = fault {
        } else {
            data["ca_chain"] = try authority.chain.map { try $0.serializeAsPEM().pemString }
        }
        if case .noKey = fault {
        } else if let pem = key.pem {
            data["private_key"] = pem
            data["private_key_type"] = role.keyType == .rsa ? "rsa" : "ec"
        }
        return .json(200, ["lease_id": "", "renewable": false, "lease_duration": 0, "data": data])
    }

    private static func key(
        _ type: Role.KeyType, isPKCS8: Bool, _ fault: Fault?
    ) throws -> (public: Certificate.PublicKey, pem: String?) {
        var form = isPKCS8
        if case .oldKeyForm = fault { form = false }
        switch type {
        case .rsa:
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            return (
                Certificate.PublicKey(key.publicKey), form ? key.pkcs8PEMRepresentation : key.pemRepresentation
            )
        case .ec:
            guard form else { throw Refusal(status: 500, message: "this stand-in writes no SEC 1") }
            let key = P256.Signing.PrivateKey()
            let other = P256.Signing.PrivateKey()
            if case .otherKey = fault { return (Certificate.PublicKey(key.publicKey), other.pemRepresentation) }
            return (Certificate.PublicKey(key.publicKey), key.pemRepresentation)
        }
    }

    private static func request(_ pem: String, _ role: Role) throws -> CertificateSigningRequest {
        guard let request = try? CertificateSigningRequest(pemEncoded: pem),
            request.publicKey.isValidSignature(request.signature, for: request)
        else { throw Refusal(status: 400, message: "csr contains no data or is badly signed") }
        let isRSA = _RSA.Signing.PublicKey(request.publicKey) != nil
        guard isRSA == (role.keyType == .rsa) else {
            throw Refusal(status: 400, message: "role requires keys of type \(role.keyType == .rsa ? "rsa" : "ec")")
        }
        return request
    }

    private static func names(of request: CertificateSigningRequest) throws -> Names {
        var names = Names(common: request.commonName ?? "", dns: [], uris: [])
        for name in try request.names {
            switch name {
            case .dnsName(let name): names.dns.append(name)
            case .uniformResourceIdentifier(let uri): names.uris.append(uri)
            default: throw Refusal(status: 400, message: "name \(name) not allowed by this role")
            }
        }
        return names
    }

    private static func check(_ names: Names, _ role: Role) throws {
        guard !names.common.isEmpty else { throw Refusal(status: 400, message: "the common_name field is required") }
        guard names.common.utf8.count <= 64 else {
            throw Refusal(status: 400, message: "common name \(names.common) is longer than 64 characters")
        }
        func isAllowed(_ name: String) -> Bool {
            role.allowsAnyName || role.domains.contains { role.allowsSubdomains && name.hasSuffix(".\($0)") }
        }
        guard isAllowed(names.common) else {
            throw Refusal(status: 400, message: "common name \(names.common) not allowed by this role")
        }
        for name in names.dns where !isAllowed(name) {
            throw Refusal(status: 400, message: "subject alternate name \(name) not allowed by this role")
        }
        for uri in names.uris {
            guard !role.uris.isEmpty else {
                throw Refusal(
                    status: 400,
                    message: "URI Subject Alternative Names are not allowed in this role, but were provided via the API"
                )
            }
            guard role.uris.contains(where: { uri == $0 || $0.hasSuffix("*") && uri.hasPrefix($0.dropLast()) }) else {
                throw Refusal(status: 400, message: "URI Subject Alternative Name is not allowed by this role")
            }
        }
    }

    /// A time as Vault takes it: a number with a unit, or seconds.
    private static func seconds(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Int64(unit == nil ? Substring(text) : text.dropLast()), number > 0 else {
            throw Refusal(status: 400, message: "cannot parse `\(text)` as a time to live")
        }
        return number * (unit ?? 1)
    }
}
