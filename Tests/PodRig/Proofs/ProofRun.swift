import Foundation

/// The mesh that the proofs share, and what came of them.
final class ProofRun: MeshRun {
    let rig: Rig
    var mesh: any PodMesh { rig }
    /// How many edits the proofs about edits make.
    let edits: Int
    /// What the manifests say now.
    private(set) var policies = ProofPolicies()
    /// Requests a second from each client: what a machine of two processors carries beside another rig.
    let rate = 100
    var objections = 0
    var probers: [String: OpenProber] = [:]
    private var written: [String: String] = [:]

    init(_ rig: Rig, edits: Int) {
        self.rig = rig
        self.edits = edits
    }

    /// Runs a proof, after everything is as all proofs begin.
    func prove(_ proof: any Proof) throws {
        try report(proof.name, proof.promise) {
            try write(ProofPolicies())
            try rig.publishEndpoints()
            try awaitAllReady()
            return try proof.run(self)
        }
    }

    /// Makes the manifests say something else; files that stay the same are not touched.
    func write(_ new: ProofPolicies) throws {
        policies = new
        for file in new.files where written[file.name] != file.text {
            try rig.manifests.write(file.text, to: file.name)
            written[file.name] = file.text
        }
        for name in Set(written.keys).subtracting(new.files.map(\.name)) {
            try rig.manifests.remove(name)
            written[name] = nil
        }
    }
}
