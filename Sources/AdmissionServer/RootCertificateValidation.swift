internal import MeshModel

/// What the validating webhook says of MeshRootCertificates.
///
/// How many there are is never a reason to refuse one: a second active one is how the root is replaced.
extension PolicyValidation {
    /// The kind.
    static let rootCertificateKind = "MeshRootCertificate"

    static func decision(
        _ request: AdmissionRequest<PolicyObject>, _ root: MeshRootCertificate
    ) -> AdmissionDecision {
        let problems = root.validate()
        guard problems.isEmpty else { return refusal(request, problems) }
        if case .object(let former) = request.oldObject, case .rootCertificate(.success(let old)) = former.content {
            let edits = root.problems(replacing: old)
            guard edits.isEmpty else { return refusal(request, edits, verdict: "keeps its root") }
        }
        return AdmissionDecision(warnings: root.remarks.map(\.description))
    }
}
