import Foundation
import MeshModel

extension PolicyRun {
    /// The pod of a name.
    func pod(_ name: String) throws -> RunningPod { try rig.pod(name) }

    /// Makes calls in a pod: method, URL, headers, body, number, all at once, TLS; each on a connection of its own.
    ///
    /// `Host` may be another one than the URL's (`headers`), and so may the address (`--connect` in `options`).
    func call(_ pod: String, _ call: Call) throws -> [Call.Answer] { try rig.pod(pod).call(call) }

    /// The status of a GET request, or `no response` without one.
    ///
    /// - Parameters:
    ///   - headers: `name: value`.
    ///   - tls: the options for an `https` URL: `outsideTLS`, or a `certificate` with `--sni`.
    func get(_ pod: String, _ url: String, headers: [String] = [], tls: [String] = []) throws -> String {
        var call = Call("GET", url)
        (call.headers, call.options) = (headers, tls)
        return Self.text(try self.call(pod, call)[0])
    }

    /// Status and answering application of a GET request, such as `200 web-1`.
    func getAnswer(_ pod: String, _ url: String, headers: [String] = [], tls: [String] = []) throws -> String {
        var call = Call("GET", url)
        (call.headers, call.options) = (headers, tls)
        let answer = try self.call(pod, call)[0]
        return [Self.text(answer), answer.app].compactMap(\.self).joined(separator: " ")
    }

    /// How many calls ended in which way, the most frequent first: `200 x 7, 429 x 3`.
    func tally(_ pod: String, _ call: Call, times: Int, isAtOnce: Bool = false) throws -> String {
        try tally(pod, call, times: times, isAtOnce: isAtOnce, by: Self.text)
    }

    /// The same by anything that can be told from an answer.
    func tally(
        _ pod: String, _ call: Call, times: Int, isAtOnce: Bool = false, by word: (Call.Answer) -> String
    ) throws -> String {
        var calls = call
        (calls.times, calls.isAtOnce) = (times, isAtOnce)
        let counts = Dictionary(grouping: try self.call(pod, calls), by: word).mapValues(\.count)
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) x \($0.value)" }
            .joined(separator: ", ")
    }

    /// How many calls ended in one way, by what `tally` returned.
    static func number(of word: String, in tally: String) -> Int {
        for part in tally.components(separatedBy: ", ") where part.hasPrefix("\(word) x ") {
            return Int(part.dropFirst(word.count + 3)) ?? 0
        }
        return 0
    }

    /// A connection that sends a line: `answered by NAME`, or how it ended.
    func line(_ pod: String, _ address: String, tls: [String] = []) throws -> String {
        var call = TCPCall(address, line: "hello")
        call.options = tls
        return Self.text(try rig.pod(pod).call(call))
    }

    /// A connection that waits for a greeting before it sends a line: `answered by NAME`, or how it ended.
    func greeting(_ pod: String, _ address: String, tls: [String] = []) throws -> String {
        var call = TCPCall(address, isGreeted: true, line: "hello")
        call.options = tls
        return Self.text(try rig.pod(pod).call(call))
    }

    /// The options of a TLS call to the servers outside.
    ///
    /// - Parameter name: the server name to ask for.
    func outsideTLS(_ name: String) -> [String] { ["--tls-ca", outside.certificate, "--sni", name] }

    /// The options of a TLS call with a certificate that the mesh's authority issues: `--tls-ca`, `--tls-cert`,
    /// `--tls-key`; `--sni` and `--alpn` may be added.
    func certificate(of account: String, in namespace: String) throws -> [String] {
        let place = "\(rig.directory)/certificates/\(namespace)-\(account)"
        try rig.controller.writeCertificate(
            of: ServiceIdentity(namespace: namespace, serviceAccount: account), to: place)
        try Command(["chown", "-R", "\(RunningPod.applicationUser)", "\(rig.directory)/certificates"]).check()
        return ["--tls-ca", "\(place)/roots.pem", "--tls-cert", "\(place)/cert.pem", "--tls-key", "\(place)/key.pem"]
    }

    private static func text(_ answer: Call.Answer) -> String { answer.status ?? "no response" }

    private static func text(_ outcome: TCPCall.Outcome) -> String {
        guard outcome.isAnswered else { return outcome.end == "timeout" ? outcome.text : "no answer" }
        return "answered by \(outcome.app ?? outcome.banner ?? "?")"
    }
}
