import Foundation

/// The mesh on which the cases of all kinds run, and what was seen.
final class PolicyRun {
    let rig: Rig
    /// The servers outside the mesh.
    let outside: OutsideServer
    private(set) var rows: [PolicyRow] = []
    private var policy = ""
    private var situation = ""
    /// What the current situation has to undo, the last first.
    private var undoing: [() throws -> Void] = []
    /// The files of the current situation, with what was there before; `nil` for nothing.
    private var changedFiles: [String: String?] = [:]

    /// How often something was waited for.
    var markers = 0

    init(_ rig: Rig, _ outside: OutsideServer) { (self.rig, self.outside) = (rig, outside) }

    var hasFailed: Bool { rows.contains { !$0.isAsExpected } }

    /// Makes the cases of a kind.
    ///
    /// - Throws: `RigError` with the code `interrupted`.
    func run(_ cases: any PolicyCases) throws {
        policy = cases.kind
        situation = ""
        let (start, before) = (ContinuousClock.now, rows.count)
        try guarding("all cases") { try cases.run(self) }
        try guarding("what is left of them") { try undo() }
        let seconds = start.duration(to: .now) / .seconds(1)
        Output.say("    \(cases.kind): \(rows.count - before) rows in \(Int(seconds.rounded())) s")
    }

    /// Makes a situation, and then what is to be seen in it.
    ///
    /// - Parameters:
    ///   - situation: what is special about it; it stands before each of its rows.
    ///   - objects: manifests, in effect or refused when the body begins.
    ///   - mesh: the `spec` of the MeshConfig, if it is another one (`PolicyManifests.meshSpec`).
    func given(
        _ situation: String, objects: String = "", mesh: String? = nil, _ body: () throws -> Void
    ) throws {
        self.situation = situation
        defer { self.situation = "" }
        try guarding("the situation") {
            var files: [(String, String)] = []
            if let mesh { files.append((PolicyManifests.mesh, PolicyManifests.meshConfig(mesh))) }
            if !objects.isEmpty { files.append(("case.yaml", objects)) }
            try apply(files)
            try body()
        }
        try guarding("its end") { try undo() }
    }

    /// Writes manifests, and returns when every object in them is in effect or refused.
    ///
    /// What a file has no longer is gone by then, too. The situation's end undoes it.
    func apply(_ objects: String, to file: String = "case.yaml") throws { try apply([(file, objects)]) }

    /// Edits a file of manifests, and returns when every object in it is in effect or refused.
    func edit(_ file: String, replacing old: String, by new: String) throws {
        let text = try rig.manifests.text(of: file)
        guard text.contains(old) else { throw RigError(.file, "\(file) has no `\(old)`") }
        try apply(text.replacing(old, with: new), to: file)
    }

    private func apply(_ files: [(name: String, text: String)]) throws {
        for (name, text) in files {
            let isThere = FileManager.default.fileExists(atPath: "\(rig.manifests.path)/\(name)")
            if changedFiles[name] == nil {
                changedFiles[name] = .some(isThere ? try rig.manifests.text(of: name) : nil)
            }
            try rig.manifests.write(text, to: name)
        }
        try awaitSettled()
    }

    /// Undoes something when the current situation ends.
    func atEnd(_ undo: @escaping () throws -> Void) { undoing.append(undo) }

    private func undo() throws {
        var failure: (any Error)?
        for undo in undoing.reversed() {
            do { try undo() } catch { failure = failure ?? error }
        }
        undoing = []
        for (name, text) in changedFiles {
            if let text { try rig.manifests.write(text, to: name) } else { try rig.manifests.remove(name) }
        }
        if !changedFiles.isEmpty {
            changedFiles = [:]
            try awaitSettled()
        }
        if let failure { throw failure }
    }

    /// Adds a row.
    func add(_ what: String, _ expected: String, _ observed: String, _ isAsExpected: Bool) {
        let what = [situation, what].filter { !$0.isEmpty }.joined(separator: ": ")
        let row = PolicyRow(
            policy: policy, what: what, expected: expected,
            observed: observed.split(separator: "\n").joined(separator: " "), isAsExpected: isAsExpected)
        rows.append(row)
        if !isAsExpected { Output.say("  ✗ \(row.cells.joined(separator: " | "))") }
    }

    /// Makes a row of what keeps something from going on.
    private func guarding(_ what: String, _ body: () throws -> Void) throws {
        do { try body() } catch {
            if (error as? RigError)?.code == .interrupted { throw error }
            add(what, "goes on", "\(error)", false)
        }
    }
}
