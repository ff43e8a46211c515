extension Duration {
    /// The duration in milliseconds.
    public var milliseconds: Double { self / .milliseconds(1) }
}

extension [Double] {
    /// The value that a share of all values, sorted, do not exceed; 0 of none.
    ///
    /// - Parameter share: From 0 to 1, such as 0.99.
    public func percentile(_ share: Double) -> Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return 0 }
        let place = (Double(sorted.count) * share).rounded(.up) - 1
        return sorted[Swift.min(Swift.max(Int(place), 0), sorted.count - 1)]
    }
}
