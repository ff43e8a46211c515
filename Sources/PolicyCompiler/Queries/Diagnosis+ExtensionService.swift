import Incremental
import MeshModel

extension DiagnosisQuery {
    /// What is to say about an object of the kind ExtensionService.
    static func extensionService(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        mesh(\.extensionServiceByName, name).first.map { Diagnosis(refusals: $0.problems) }
    }
}
