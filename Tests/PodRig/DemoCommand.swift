import ArgumentParser
import Foundation

/// The walk through the sample.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Walks through the sample, and shows who calls whom and who decided.",
        discussion: """
            Needs root: network namespaces, iptables. Everything it starts is stopped when it ends, however it ends.
            """)

    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "The program PodApp.") var app: String
    @Option(help: "The program envoy.") var envoy: String
    @Option(help: "The directory of the sample's manifests.") var manifests: String
    @Flag(help: "Unattended: no pauses, one line for each check.") var check = false
    @Flag(help: "Leave everything running at the end, until Ctrl-C.") var keep = false

    func run() throws {
        do { try walk() } catch let error as RigError {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(error.code == .interrupted ? 130 : 1)
        }
    }

    private func walk() throws {
        try Preflight(controller: controller, app: app, envoy: envoy, manifests: manifests).check()
        Interruption.watch()
        try LeftoverRigs.remove()
        let rig = try Rig(controller: controller, app: app, envoy: envoy, sample: manifests)
        let board = Board(terminal: Terminal(isUnattended: check))
        let outcome = Result {
            let demo = Demo(rig: rig, board: board, isUnattended: check)
            try demo.walk(isFollowedByMore: keep)
            guard keep else { return }
            board.print(board.summary)
            try demo.keepRunning()
        }
        if case .failure = outcome { board.finishStep() }
        let leftovers = rig.stop()
        for leftover in leftovers { FileHandle.standardError.write(Data("warning: \(leftover)\n".utf8)) }
        let isGood = outcome.isGood && board.isAsExpected && leftovers.isEmpty
        rig.removeFiles(keepingLogs: keep || !isGood)
        if keep || !isGood { print("logs and manifests are kept in \(rig.directory)") }
        try outcome.get()
        print(board.summary)
        if !isGood { throw ExitCode(1) }
    }
}

extension Result where Success == Void, Failure == any Error {
    /// Whether it ended well, or because somebody asked for its end.
    fileprivate var isGood: Bool {
        switch self {
        case .success: true
        case .failure(let error): (error as? RigError)?.code == .interrupted
        }
    }
}
