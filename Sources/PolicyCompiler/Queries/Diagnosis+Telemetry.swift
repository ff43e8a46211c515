import Incremental
import MeshModel
import MeshPolicy

extension DiagnosisQuery {
    /// What is to say about an object of the kind Telemetry.
    static func telemetry(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        guard let row = mesh(\.telemetryByName, name).first else { return nil }
        guard let telemetry = row.valid else { return Diagnosis(refusals: row.problems) }
        let rivals = mesh(\.telemetriesByNamespace, name.namespace).compactMap(\.valid)
            .filter { $0.selector == telemetry.selector && $0.metadata.seniority < telemetry.metadata.seniority }
        if let holder = rivals.min(by: { $0.metadata.seniority < $1.metadata.seniority }) {
            let pods = telemetry.selector.isEmpty ? "for all pods" : "for the same pods"
            let message = "the older Telemetry \(holder.name) is \(pods); this one does nothing"
            return Diagnosis(refusals: [Problem(path: "spec.selector", message: message)])
        }
        return Diagnosis(unresolved: unresolved(telemetry, mesh))
    }

    private static func unresolved(_ telemetry: Telemetry, _ mesh: MeshReader) -> [Problem] {
        guard let name = telemetry.accessLog?.openTelemetry?.extensionService else { return [] }
        let path = "spec.accessLog.openTelemetry.extensionService"
        guard let service = mesh(ExtensionServiceAddress.self, name) else {
            let message = "there is no valid ExtensionService \(name); the log goes to standard output only"
            return [Problem(path: "\(path).name", message: message)]
        }
        guard !service.speaksHTTP2 else { return [] }
        let message =
            "ExtensionService \(name) speaks http1, but logs go by gRPC: write h2c there; "
            + "the log goes to standard output only"
        return [Problem(path: path, message: message)]
    }
}
