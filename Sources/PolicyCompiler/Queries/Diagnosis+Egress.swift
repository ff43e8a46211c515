import Incremental
import MeshModel

extension DiagnosisQuery {
    /// What is to say about an object of the kind Egress.
    static func egress(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        mesh(\.egressByName, name).first.map { Diagnosis(refusals: $0.problems) }
    }
}
