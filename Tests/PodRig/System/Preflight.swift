import Foundation

/// What a machine must offer before pods can be made on it.
struct Preflight {
    let controller: String
    let app: String
    let envoy: String
    let manifests: String

    /// - Throws: `RigError` with the code `machine` that names everything that is missing, and how to get it.
    func check() throws {
        let missing = programs() + rights()
        guard missing.isEmpty else {
            let list = missing.map { "\n  - \($0)" }.joined()
            throw RigError(.machine, "this machine cannot run the pods:\(list)")
        }
    }

    private func programs() -> [String] {
        var missing: [String] = []
        for (path, remedy) in [
            (controller, "swift build"), (app, "swift build"), (envoy, "hack/setup.sh"),
        ] where !FileManager.default.isExecutableFile(atPath: path) {
            missing.append("there is no program \(path): run \(remedy)")
        }
        var isDirectory: ObjCBool = false
        if !FileManager.default.fileExists(atPath: manifests, isDirectory: &isDirectory) || !isDirectory.boolValue {
            missing.append("there is no directory \(manifests): name one with --manifests")
        }
        for tool in ["ip", "iptables", "iptables-restore", "ip6tables", "ip6tables-restore", "setpriv", "curl"] {
            do { _ = try Command([tool]) } catch { missing.append("there is no program \(tool): run hack/setup.sh") }
        }
        return missing
    }

    /// Tries what the rig will do, since a container may have root without the capabilities.
    private func rights() -> [String] {
        guard geteuid() == 0 else {
            return ["network namespaces and iptables need root: run as root, for example sudo hack/demo.sh"]
        }
        let trial = Namespace(name: "\(LeftoverRigs.prefix)\(getpid())-trial")
        defer { _ = trial.remove() }
        do { try trial.make(hosts: "") } catch {
            return [
                "making a network namespace fails; it needs CAP_SYS_ADMIN and CAP_NET_ADMIN "
                    + "(in a container: run it privileged): \(error)"
            ]
        }
        do { try trial.ip("link add eth0 type veth peer name eth1") } catch {
            return ["making a veth link fails; the kernel needs the module veth: \(error)"]
        }
        do { try trial.ip("link add br0 type bridge") } catch {
            return ["making a bridge fails; the kernel needs the module bridge: \(error)"]
        }
        do {
            let rule =
                "*nat\n-A OUTPUT -p tcp -m owner --uid-owner 1500 -j RETURN\n-A OUTPUT -p tcp -j REDIRECT --to-port 1\nCOMMIT"
            try Command(trial.command(["/bin/sh", "-c", "iptables-restore --noflush <<'EOF'\n\(rule)\nEOF"])).check()
        } catch {
            return ["redirecting with iptables fails; the kernel needs nf_nat and xt_owner, xt_REDIRECT: \(error)"]
        }
        return []
    }
}
