/// What share of many independent trials may be seen if each succeeds with a given probability.
struct Binomial {
    let trials: Int
    let probability: Double

    /// The shares within five standard deviations: outside once in a million runs, if the probability is right.
    var plausible: ClosedRange<Double> {
        guard trials > 0 else { return 0...1 }
        let deviation = (probability * (1 - probability) / Double(trials)).squareRoot()
        return max(0, probability - 5 * deviation)...min(1, probability + 5 * deviation)
    }
}
