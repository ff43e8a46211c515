/// The original's short options, whose values may stand behind them at once, and behind switches: `-p9091`, `-fap9091`.
///
/// They are taken apart here: in `-nshop` ArgumentParser finds the `-h` of the help first, whether it may be joined or not.
enum ShortOptions {
    private static let switches: Set<Character> = ["a", "b", "d", "h", "y"]
    private static let options: Set<Character> = ["c", "f", "n", "o", "p", "r", "t", "w"]
    /// Before the command's words; their values are no such words.
    private static let globals: Set<String> = ["--context", "--kubeconfig", "--osm-namespace", "--request-timeout"]

    /// Whether a short option has no value, or may be without one; `nil` if there is none of that letter.
    ///
    /// - Parameter command: The words of the command, without `osm`.
    static func isSwitch(_ letter: Character, of command: [String]) -> Bool? {
        let isUninstallation =
            ["uninstall", "delete", "del"].contains(command.first) && command.dropFirst().first == "mesh"
        if switches.contains(letter) || (letter == "f" && isUninstallation) { return true }
        return options.contains(letter) ? false : nil
    }

    /// A command line in which each short option is a word of its own, with its value, if it has one, behind `=`.
    ///
    /// What stands behind `--` is left as it is.
    static func apart(_ arguments: [String]) -> [String] {
        let words = arguments.prefix { $0 != "--" }
        let command = Array(commandWords(words).prefix(2))
        return words.flatMap { apart($0, of: command) ?? [$0] } + arguments.dropFirst(words.count)
    }

    private static func commandWords(_ arguments: ArraySlice<String>) -> [String] {
        var words: [String] = []
        var isValue = false
        for argument in arguments {
            if !isValue, !argument.hasPrefix("-") { words.append(argument) }
            isValue = globals.contains(argument)
        }
        return words
    }

    /// The options of one word; `nil` if it is not made of them.
    private static func apart(_ word: String, of command: [String]) -> [String]? {
        guard word.hasPrefix("-"), !word.hasPrefix("--"), word.count > 2 else { return nil }
        var found: [String] = []
        var rest = word.dropFirst()
        while let letter = rest.popFirst() {
            guard let isSwitch = isSwitch(letter, of: command) else { return nil }
            guard isSwitch, rest.first != "=" else {
                // Without a value here it is the next word.
                if rest.isEmpty { return found + ["-\(letter)"] }
                let value = rest.first == "=" ? rest.dropFirst() : rest
                guard isSwitch, letter != "b" else { return found + ["-\(letter)=\(value)"] }
                return Switches.isOn(value).map { found + ($0 ? ["-\(letter)"] : []) }
            }
            found.append("-\(letter)")
        }
        return found
    }
}
