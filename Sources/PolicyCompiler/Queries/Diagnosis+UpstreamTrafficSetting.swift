import Incremental
import MeshModel

extension DiagnosisQuery {
    /// What is to say about an object of the kind UpstreamTrafficSetting.
    static func upstreamTrafficSetting(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        mesh(\.upstreamTrafficSettingByName, name).first.map { Diagnosis(refusals: $0.problems) }
    }
}
