import Incremental
import MeshModel

extension DiagnosisQuery {
    /// What is to say about an object of the kind Retry.
    static func retry(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        mesh(\.retryByName, name).first.map { Diagnosis(refusals: $0.problems) }
    }
}
