import ArgumentParser
import BenchReport
import CertificateAuthority
import Foundation
import MeshModel

/// How many certificates of workloads a root signs on one core.
@main
struct CertificateBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Issues certificates one after the other, and prints how many a second and how long each takes.")

    @Option(help: "How many certificates of a root with an elliptic curve; of one with RSA a tenth.")
    var certificates = 20_000
    @Option(help: "How many certificates a second of an elliptic curve are the goal.") var goal = 5_000

    func run() async throws {
        let isGood = try measure("ECDSA P-256", .ecdsaP256, count: certificates, goal: goal)
        // A signature with RSA alone takes longer than the goal's whole leaf.
        guard let rsa = KeyAlgorithm.rsa(bits: 2048) else { throw ExitCode(1) }
        _ = try measure("RSA 2048", rsa, count: certificates / 10, goal: nil)
        if !isGood { throw ExitCode(1) }
    }

    private func measure(_ name: String, _ algorithm: KeyAlgorithm, count: Int, goal: Int?) throws -> Bool {
        let now = Date()
        let (authority, _) = try CertificateAuthority.create(name: "bench", algorithm: algorithm, now: now)
        let workloads = WorkloadCertificates(authority: authority, trustDomain: "cluster.local")
        var times: [Double] = []
        times.reserveCapacity(count)
        let clock = ContinuousClock()
        let begin = clock.now
        for number in 0..<count {
            let identity = ServiceIdentity(namespace: "bench-\(number % 40)", serviceAccount: "svc-\(number)")
            let start = clock.now
            guard case .issued = try workloads.secret(for: identity, currentVersion: nil, now: now) else {
                throw ValidationError("a workload without a certificate got none")
            }
            times.append(start.duration(to: clock.now) / .milliseconds(1))
        }
        let rate = Double(count) / (begin.duration(to: clock.now) / .seconds(1))
        func figure(_ measure: String, _ value: Double, _ unit: String, goal: String? = nil) -> Figure {
            Figure(scenario: "certificates", measure: "\(name): \(measure)", value: value, unit: unit, goal: goal)
        }
        figure("leaf, p50", times.percentile(0.5), "ms").emit()
        figure("leaf, p99", times.percentile(0.99), "ms").emit()
        figure("leaf, longest", times.percentile(1), "ms").emit()
        return figure("leaves on one core", rate, "1/s", goal: goal.map { "> \($0)" }).emit()
    }
}
