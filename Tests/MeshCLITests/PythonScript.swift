import TestCluster

/// Programs in Python that look at what a command has written, without anything of the command's own.
struct PythonScript {
    /// The interpreter of the machine.
    static let ofMachine = "/usr/bin/python3"
    /// That of the packages which `hack/setup.sh` installs.
    static let ofPackages = Program.python

    struct Failed: Error { let output: String }

    let interpreter: String
    let text: String

    /// Runs it to its end.
    ///
    /// - Returns: The lines that it wrote.
    func lines(_ arguments: [String] = [], input: String = "") async throws -> [String] {
        let outcome = try await Program(path: interpreter, arguments: ["-c", text] + arguments).run(input: input)
        guard outcome.status == 0 else { throw Failed(output: outcome.stdout + outcome.stderr) }
        return outcome.stdout.split(separator: "\n").map(String.init)
    }
}
