import Incremental
import MeshModel

extension DiagnosisQuery {
    /// What is to say about an object of the kind IngressBackend.
    static func ingressBackend(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        mesh(\.ingressBackendByName, name).first.map { Diagnosis(refusals: $0.problems) }
    }
}
