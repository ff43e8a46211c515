import ArgumentParser
import CertificateAuthority
import FoundationEssentials

/// The command `osm-controller replace-root`.
struct ReplaceRootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace-root",
        abstract: "Replace the root of the workloads' certificates, without a dropped connection.",
        discussion: """
            Makes a new root in the state directory. A controller that runs there sees it and goes on by itself, step by \
            step, each when every pod has acknowledged the one before: all trust both roots; all get a certificate of \
            the new one; all trust only the new one. A pod that is not connected holds the step, and the controller's \
            log names it. With --cancel the two roots change places, and the same steps lead back.

            Certificates that were issued by hand (workload-certificate) are renewed by hand before the last step.
            """)

    @Option(help: "The state directory of osm-controller run.")
    var state: String

    @Option(help: "The key of the new root: ecdsa-p256, rsa-2048, rsa-3072 or rsa-4096.")
    var rootKey = "ecdsa-p256"

    @Flag(help: "Take the replacement that is under way back.")
    var cancel = false

    func run() throws {
        let files = RootFiles(directory: state)
        let roots =
            if cancel {
                try files.cancelReplacement(now: Date())
            } else {
                try files.beginReplacement(algorithm: try KeyAlgorithm(argument: rootKey), now: Date())
            }
        let plan = roots.plan
        print("root replacement: \(plan.step)")
        print("root replacement: in the end only \(plan.next ?? plan.signing) is trusted; the controller's log tells")
    }
}

extension KeyAlgorithm {
    /// The algorithm that an argument names.
    init(argument: String) throws {
        if argument == "ecdsa-p256" {
            self = .ecdsaP256
            return
        }
        guard argument.hasPrefix("rsa-"), let bits = Int(argument.dropFirst(4)), let key = KeyAlgorithm.rsa(bits: bits)
        else { throw ValidationError("`\(argument)` is no key: write ecdsa-p256, rsa-2048, rsa-3072 or rsa-4096") }
        self = key
    }
}
