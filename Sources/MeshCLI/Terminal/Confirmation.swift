extension Console {
    /// Asks a question until it is answered with `y` or `n`, three times at most.
    ///
    /// - Returns: Whether the answer is `y`; false at the end of the input, too.
    func confirms(_ question: String) -> Bool {
        for _ in 0..<3 {
            guard let answer = ask("\(question) [y/n]: ") else {
                out()
                return false
            }
            switch answer.lowercased() {
            case "y", "yes": return true
            case "n", "no": return false
            default: out("Invalid input.")
            }
        }
        return false
    }
}
