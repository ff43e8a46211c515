extension [String] {
    /// The values of an option that may be repeated and may hold several, separated by commas.
    var separatedByCommas: [String] {
        flatMap { $0.split(separator: ",") }.map(\.trimmingWhitespace).filter { !$0.isEmpty }
    }
}
