/// What a program left behind when it ended.
public struct ProgramOutcome: Hashable, Sendable {
    /// The exit status, or the number of the signal that ended it.
    public let status: Int32
    /// What it wrote to its standard output.
    public let stdout: String
    /// What it complained of.
    public let stderr: String
}
