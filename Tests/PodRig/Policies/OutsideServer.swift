import Foundation

/// Servers that no mesh knows, on a host with an address for each of them.
final class OutsideServer {
    /// The last parts of their names.
    static let domain = "outside.test"
    static let names = ["one", "two", "three"].map { "\($0).\(domain)" }
    static let otherName = "other-one.\(domain)"

    /// The lines of `/etc/hosts` by which pods find them.
    static let hosts = names.indices.map { index in
        "\(address(index)) \(names[index])\(index == 0 ? " \(otherName)" : "")"
    }

    let namespace: Namespace
    /// The PEM file with the certificate of all of them, which is its own root.
    let certificate: String
    private let key: String
    private let rig: Rig
    private(set) var programs: [RunningProgram] = []

    /// The address of a server, counted from 0.
    static func address(_ index: Int) -> String { "10.77.9.\(index + 1)" }

    /// Makes the host and starts the servers.
    init(on rig: Rig) throws {
        self.rig = rig
        namespace = try rig.attach("outside", Self.address(0), "outside")
        for index in Self.names.indices.dropFirst() {
            try namespace.ip("address add \(Self.address(index))/16 dev eth0")
        }
        let directory = "\(rig.directory)/outside"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        (certificate, key) = ("\(directory)/cert.pem", "\(directory)/key.pem")
        let subjects = (Self.names + [Self.otherName, "*.\(Self.domain)"]).map { "DNS:\($0)" }.joined(separator: ",")
        try Command(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-days", "2", "-subj", "/CN=\(Self.domain)", "-addext", "subjectAltName=\(subjects)"]
                + ["-keyout", key, "-out", certificate]
        ).check()
        for index in Self.names.indices { programs.append(try start(index)) }
    }

    private func start(_ index: Int) throws -> RunningProgram {
        let name = "outside-\(index + 1)"
        let ports = [
            ("--http", "80"), ("--http", "8080"), ("--https", "443"), ("--https", "8443"), ("--tcp", "9000=echo"),
            ("--tcp", "9100=banner"),
        ].flatMap { [$0, $1] }
        let words = [rig.programs.app, "serve", "--name", name, "--bind", Self.address(index)]
        let log = "\(rig.programs.logs)/\(name).out"
        var lines = LogTail(after: log)
        // As root: the ports are low ones.
        let program = try RunningProgram(
            name: name, logs: rig.programs.logs,
            command: namespace.command(words + ports + ["--tls-cert", certificate, "--tls-key", key]))
        try Waiting.until("\(name) to serve", explanation: { program.lastErrors() }) { () -> Void? in
            try program.checkRunning()
            return lines.newLines().contains { LogFields(line: $0)?["ready"] == "true" } ? () : nil
        }
        return program
    }

    /// Ends the servers.
    func stop() { RunningProgram.stopAll(programs) }
}
