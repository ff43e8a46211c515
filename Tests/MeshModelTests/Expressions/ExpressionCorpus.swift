/// Expressions, by what becomes of them.
enum ExpressionCorpus {
    /// What RE2 accepts, and so do we.
    static let accepted: [String] = [
        // Literals and the usual.
        "a", "/", "/books-bought", "/books.*new", ".*", ".+", "^/a$", "a|b", "|", "a|", "|a", "a||b", "()", "(|)",
        "(a)(b)", "((a))", "]", "}", "a}", "a]b", "{", "a{", "a{b", "a{,2}", "a{1", "a{1,", "a{1,2", "a{-1}", "{}",
        "{,}",
        "a{01}", "a{1,02}", " ", "é", "日本語", "🙂+", "/users/[a-zA-Z0-9_-]{1,64}", "([a-z]+)/(\\d{4})-(\\d{2})",
        // Repetition.
        "a*", "a+", "a?", "a*?", "a+?", "a??", "a{2}", "a{2,}", "a{2,3}", "a{2}?", "a{2,}?", "a{0}", "a{0,1}",
        "a{1000}", "(a{10}){100}", "((a{10}){10}){10}", "(a*)*", "(?:a+)+", "^*", "$+", "\\b*", "(?:^)*", "()*", "(|)+",
        "(a|b{1,3}){2}", "(?i)a*", "a(?i)*", "x{0,1000}", "(a{0}){1000}",
        // Classes.
        "[a]", "[^a]", "[a-z]", "[]a]", "[^]a]", "[a-]", "[-a]", "[a-b-c]", "[^-]", "[.]", "[$^]", "[[]", "[a[]",
        "[a-a]", "[\\]]", "[\\-]", "[\\d]", "[^\\d\\s]", "[\\w.]", "[\\D]", "[[:alpha:]]", "[[:^digit:]]",
        "[[:word:]_]",
        "[[:alpha:]-z]", "[[:alpha]", "[:alpha:]", "[a:]", "[\\pL]", "[^\\p{Greek}]", "[\\P{^Lu}]", "[é-ü]", "[一-龥]",
        "[\\x00-\\x{ff}]", "[\\n\\t]", "[(|)]", "[*+?{}]", "[\\\\]", "[^\\x00]", "[a&&b]",
        // Escapes.
        "\\.", "\\/", "\\-", "\\_", "\\ ", "\\\\", "\\[\\]\\(\\)\\{\\}", "\\a\\f\\n\\r\\t\\v", "\\x41", "\\x{41}",
        "\\x{ff}", "\\x{0}", "\\x{000000e9}", "\\0", "\\012", "\\377", "\\08", "\\12", "\\d\\D\\s\\S\\w\\W", "\\A\\z",
        "\\bword\\b",
        "\\B", "\\C", "\\pL", "\\PL", "\\p{L}", "\\p{Lu}", "\\p{Greek}", "\\p{^Greek}", "\\P{^Greek}", "\\p{Any}",
        "\\pN+",
        "\\Qa.b*\\E", "\\Q", "\\Q\\E", "\\Qa\\E*", "\\Q*", "a\\Q\\E", "\\Q\\\\E",
        // Groups and flags.
        "(?:a)", "(?P<n>a)", "(?<n>a)", "(?P<n1>a)(?P<n2>b)", "(?P<_1>a)", "(?P<1a>a)", "(?i)a", "(?i:a)b", "(?-i)a",
        "(?i-s)a", "(?i-s:a)", "(?ims-U)a", "(?ii)a", "(?m)^a$", "(?s).", "(?U)a+", "(?U:a+?)", "a(?i)b|c", "(?i)é",
        "(?i)ſK", "(?i)[à-ÿ]", "(a(?i)b)c", "(?i)(?-i)a", "(?i)straße",
        "(?P<n>a)(?P<n>b)", "(?<n>a)|(?P<n>b)",
    ]

    /// What RE2 refuses for its syntax, and so do we.
    static let refused: [String] = [
        "(", ")", "a)", "(a", "(?", "(?i", "(?P<n>", "(?:a", "[", "[a", "[^", "[]", "[z-a]", "[a-\\d]", "[[:foo:]]",
        "*", "+", "?", "{1}", "{1,2}", "a**", "a*+", "a++", "a?+", "a+*", "a{2}{3}", "a{2}*", "a???", "(*)", "|*",
        "a|*",
        "(?i)*", "a{2,1}", "a{1001}", "a{1,1001}", "a{1001,}", "(a{100}){100}", "((a{11}){10}){10}", "\\", "a\\", "\\1",
        "(a)\\1", "\\8", "\\9", "\\18", "\\Z", "\\G", "\\h", "\\e", "\\E", "\\y", "\\R", "\\X", "\\é", "\\x", "\\x4",
        "\\xg1", "\\x{}",
        "\\x{110000}", "\\x{100}", "[\\x00-\\x{10FFFF}]", "\\400", "\\777", "[\\Q]", "\\x{41", "\\x{+41}", "\\p",
        "\\p{", "\\p{Foo}", "\\pX", "\\p{}", "[\\pX]", "(?=a)", "(?!a)", "(?<=a)",
        "(?<!a)", "(?>a)", "(?#a)", "(?P=n)", "(?P>n)", "(?x)a", "(?a)", "(?-)", "(?i-)", "(?i-:a)", "(?--i)",
        "(?P<>a)",
        "(?P<n", "(?P<a-b>a)", "(?<a b>c)", "(?'n'a)", "(?^a)", "(?|a)",
        "(?R)", "(?1)",
    ]

    /// What RE2 might accept and we do not, for the sake of the proxies.
    static let tooLarge: [String] = [
        String(repeating: "a", count: 1025), String(repeating: "é", count: 513),
        String(repeating: "(", count: 101) + String(repeating: ")", count: 101), "\\pL{1000}",
        "(?:\\pL{30}){33}", "[一-龥é-ü]{1000}", String(repeating: "\\pL{25}", count: 10), "(?i)[à-ÿ]{500}",
        String(repeating: ".{1000}", count: 5),
    ]

    /// What lies just within the bounds.
    static let atTheBounds: [String] = [
        String(repeating: "a", count: 1024), String(repeating: "é", count: 512),
        String(repeating: "(", count: 100) + String(repeating: ")", count: 100), "\\pL{25}", ".{1000}",
        "[a-z0-9]{1000}", "(?i)[a-z]{1000}",
    ]

    /// RE2's words for mistakes.
    static let reasons = [
        "missing )", "unexpected )", "missing ]", "invalid character class range", "invalid escape sequence",
        "no argument for repetition operator", "bad repetition operator", "invalid repetition size",
        "trailing \\", "invalid perl operator", "invalid named capture group",
    ]

    /// Refused ones that Envoy is asked about: one of each kind of mistake.
    static let askedOfEnvoy: [String] = [
        "(", ")", "[a", "[z-a]", "[a-\\d]", "[[:foo:]]", "*", "a**", "a{2}{3}", "(?i)*", "a{1001}", "(a{100}){100}",
        "a\\",
        "\\1", "\\Z", "\\E", "\\x{100}", "\\777", "\\p{Foo}", "(?=a)", "(?>a)", "(?x)a", "(?i-)", "(?P<a-b>a)",
    ]
}
