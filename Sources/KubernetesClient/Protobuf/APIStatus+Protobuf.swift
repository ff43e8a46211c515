internal import FoundationEssentials
internal import KubernetesAPI

extension APIStatus {
    /// The status that a message stands for.
    init(_ message: Meta_Status) {
        self.init(
            message: message.hasMessage ? message.message : nil, reason: message.hasReason ? message.reason : nil,
            details: message.hasDetails ? Details(message.details) : nil,
            code: message.hasCode ? Int(message.code) : nil)
    }
}

extension APIStatus.Details {
    fileprivate init(_ message: Meta_StatusDetails) {
        self.init(
            name: message.hasName ? message.name : nil, kind: message.hasKind ? message.kind : nil,
            causes: message.causes.map { cause in
                Cause(reason: cause.reason, message: cause.message, field: cause.field)
            },
            retryAfterSeconds: message.hasRetryAfterSeconds ? Int(message.retryAfterSeconds) : nil)
    }
}
