import Incremental
import MeshModel

extension DiagnosisQuery {
    /// What is to say about an object of the kind Telemetry.
    static func telemetry(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        mesh(\.telemetryByName, name).first.map { Diagnosis(refusals: $0.problems) }
    }
}
