extension PolicyKinds {
    /// Mistakes in objects of every kind.
    static let mistakes: [any PolicyCases] = [MistakeCases()]
}
