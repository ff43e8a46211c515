import Foundation

/// The serving certificates change all the time.
struct RotationProof: NodeProof {
    let name = "rotation"
    let promise = "certificates of controller and webhooks are exchanged every few seconds, and no admission fails"

    func run(_ run: NodeRun) throws -> String {
        let namespace = "rotation"
        try run.makeNamespace(namespace, accounts: ["server"])
        let old = try run.value(
            ".spec.template.spec.containers[0].args", of: "deployment/osm-controller", in: "osm-system")
        try setArguments(run, String(old.dropLast()) + ",\"--server-certificate-seconds=6\"]")
        let end = ContinuousClock.now + .seconds(run.isSoak ? 60 : 20)
        var (created, refused) = (0, 0)
        var serials: Set<String> = []
        while ContinuousClock.now < end {
            try Interruption.check()
            let pod = NodeManifests.pod(
                "pod-\(created)", in: namespace, arguments: ["serve", "--http=8080", "--name=a"])
            let outcome = try run.kubectl.run(["create", "--dry-run=server", "-o", "name", "-f", "-"], input: pod)
            if outcome.status != 0 {
                refused += 1
                run.note(outcome.errors)
            }
            created += 1
            if let serial = try serial(run) { serials.insert(serial) }
        }
        run.expect("pods that were not admitted", 0, refused)
        run.expect("at least three certificates were seen", true, serials.count >= 3)
        try setArguments(run, old)
        try run.remove(namespace)
        return "\(created) pods, \(refused) refused, \(serials.count) certificates of the webhook seen"
    }

    private func setArguments(_ run: NodeRun, _ arguments: String) throws {
        try run.kubectl.check(
            [
                "patch", "deployment", "osm-controller", "-n", "osm-system", "--type", "json", "--patch",
                #"[{"op":"replace","path":"/spec/template/spec/containers/0/args","value":\#(arguments)}]"#,
            ])
        try run.cluster.awaitRollouts(in: "osm-system")
    }

    /// The serial number of the certificate that the webhook shows now.
    private func serial(_ run: NodeRun) throws -> String? {
        let address = try run.value(".spec.clusterIP", of: "service/osm-injector", in: "osm-system")
        let script = "openssl s_client -connect \(address):9090 </dev/null 2>/dev/null | openssl x509 -noout -serial"
        let outcome = try Command(["/bin/sh", "-c", script]).run()
        return outcome.status == 0 ? outcome.output : nil
    }
}
