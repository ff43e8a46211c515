internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

extension CredentialPlugin {
    /// The most that a plugin may answer, in bytes.
    private static let outputLimit = 1 << 20
    /// How long a plugin may take.
    private static let timeLimit = Duration.seconds(60)

    /// Runs the program and takes the credential that it prints.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    func credential(for access: ClusterAccess) async throws -> IssuedCredential {
        let info = String(decoding: try ExecCredential(request: self, access: access).jsonBytes(), as: UTF8.self)
        var variables = environment
        variables["KUBERNETES_EXEC_INFO"] = info
        var changes: [Environment.Key: String?] = [:]
        for (name, value) in variables { changes[Environment.Key(stringLiteral: name)] = value }
        let program: Executable = command.contains("/") ? .path(FilePath(command)) : .name(command)
        let output: [UInt8]
        do {
            output = try await run(program, .inherit.updating(changes))
        } catch let error as KubernetesError {
            throw error
        } catch {
            let hint = installHint.isEmpty ? "is it installed, and in PATH?" : installHint
            throw KubernetesError(
                .configuration, "credential plugin \(command): could not be run: \(hint)", cause: error)
        }
        return try ExecCredential.credential(output, of: self)
    }

    private func run(_ program: Executable, _ environment: Environment) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    program, arguments: Arguments(arguments), environment: environment,
                    output: .bytes(limit: Self.outputLimit), error: .string(limit: Self.outputLimit))
                guard result.terminationStatus.isSuccess else {
                    throw KubernetesError(
                        .configuration,
                        "credential plugin \(command): ended with \(result.terminationStatus): "
                            + result.standardError.prefix(500).trimmingWhitespace)
                }
                return result.standardOutput
            }
            group.addTask {
                try await Task.sleep(for: Self.timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw KubernetesError(
                    .configuration, "credential plugin \(command): gave no answer within \(Self.timeLimit)")
            }
            return result
        }
    }
}
