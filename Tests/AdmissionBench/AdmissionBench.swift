import AdmissionServer
import ArgumentParser
import BenchReport
import Injector
import MeshModel

/// How many pods the injector's webhook answers, from the API server's bytes to its own, on one core.
@main
struct AdmissionBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answers reviews of pods one after the other, and prints how many a second and how long each takes.")

    @Option(help: "How many pods of each sort.") var pods = 20_000
    @Option(help: "How many answers a second are the goal.") var goal = 2_000

    func run() async throws {
        let injector = PodInjector(
            settings: InjectionSettings(
                envoyImage: "envoyproxy/envoy:v1.40.0", initImage: "osm-init:latest",
                healthcheckImage: "osm-healthcheck:latest"))
        let webhook = Webhook.podCreation(injector, facts: OneNamespace())
        var isGood = true
        for sort in SubmittedReview.all {
            let reviews = (0..<64).map { sort.bytes(number: $0) }
            for number in 0..<min(pods, 500) { _ = await webhook.answer(to: reviews[number % reviews.count]) }
            var times: [Double] = []
            times.reserveCapacity(pods)
            let clock = ContinuousClock()
            let begin = clock.now
            for number in 0..<pods {
                let start = clock.now
                let answer = await webhook.answer(to: reviews[number % reviews.count])
                times.append(start.duration(to: clock.now) / .milliseconds(1))
                guard answer.count > 1_000 else { throw ValidationError(String(decoding: answer, as: UTF8.self)) }
            }
            let seconds = begin.duration(to: clock.now) / .seconds(1)
            func figure(_ measure: String, _ value: Double, _ unit: String, goal: String? = nil) -> Figure {
                Figure(scenario: "admission", measure: "\(sort.name): \(measure)", value: value, unit: unit, goal: goal)
            }
            isGood = figure("pods on one core", Double(pods) / seconds, "1/s", goal: "> \(goal)").emit() && isGood
            figure("answer, p50", times.percentile(0.5), "ms").emit()
            figure("answer, p99", times.percentile(0.99), "ms").emit()
            figure("answer, longest", times.percentile(1), "ms").emit()
            figure("review", Double(reviews[0].count), "B").emit()
        }
        if !isGood { throw ExitCode(1) }
    }
}

/// A mesh of one namespace.
private struct OneNamespace: AdmissionFacts {
    private let namespace = Namespace(
        metadata: ObjectMetadata(
            name: "shop", labels: [MeshLabels.monitoredBy: "osm"],
            annotations: [MeshLabels.sidecarInjection: "enabled"]))

    func meshNamespace(_ name: String, waitingAtMost limit: Duration) async -> Namespace? { namespace }
    var meshConfig: MeshConfig? { MeshConfig(metadata: ObjectMetadata(name: "osm-mesh-config")) }
    func rivals(of object: any MeshObject) -> [ObjectName] { [] }
}
