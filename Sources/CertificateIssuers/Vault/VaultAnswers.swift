/// Vault's answer to a question for a certificate.
///
/// Prints as `[redacted]` where a key would show.
struct VaultCertificate: Decodable, Sendable, CustomStringConvertible, CustomReflectable {
    struct Fields: Decodable, Sendable, CustomStringConvertible, CustomReflectable {
        let certificate: String
        let issuingCA: String?
        let chain: [String]?
        let privateKey: String?

        enum CodingKeys: String, CodingKey {
            case certificate
            case issuingCA = "issuing_ca"
            case chain = "ca_chain"
            case privateKey = "private_key"
        }

        var description: String { "[redacted]" }
        var customMirror: Mirror { Mirror(self, children: ["privateKey": "[redacted]"]) }
    }

    let data: Fields

    var description: String { "[redacted]" }
    var customMirror: Mirror { Mirror(self, children: ["data": "[redacted]"]) }
}

/// Vault's answer to a token that looks itself up.
struct VaultTokenStanding: Decodable, Sendable {
    struct Fields: Decodable, Sendable {
        let ttl: Int64
        let renewable: Bool?
    }

    let data: Fields
}

/// Vault's answer to a token that renews itself.
struct VaultRenewal: Decodable, Sendable {
    struct Fields: Decodable, Sendable {
        let seconds: Int64
        let isRenewable: Bool?

        enum CodingKeys: String, CodingKey {
            case seconds = "lease_duration"
            case isRenewable = "renewable"
        }
    }

    let auth: Fields
}

/// What Vault says where it does not do something.
struct VaultErrors: Decodable, Sendable {
    let errors: [String]?
}

/// What Vault is asked for.
struct VaultQuestion: Encodable, Sendable {
    var signingRequest: String?
    var commonName: String
    var dnsNames: String?
    var uris: String?
    var excludesCommonName: Bool?
    var validity: String
    var format = "pem"
    var keyFormat: String?

    enum CodingKeys: String, CodingKey {
        case signingRequest = "csr"
        case commonName = "common_name"
        case dnsNames = "alt_names"
        case uris = "uri_sans"
        case excludesCommonName = "exclude_cn_from_sans"
        case validity = "ttl"
        case format
        case keyFormat = "private_key_format"
    }
}
