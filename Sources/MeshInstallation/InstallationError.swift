/// Why a mesh cannot be installed as somebody wishes.
public struct InstallationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, with the name of the setting, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
