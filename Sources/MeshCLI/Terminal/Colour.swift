/// A colour of words on a terminal.
enum Colour: Int {
    // The numbers are those of ECMA-48, section 8.3.117.
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
}

extension Console {
    /// Text in a colour, where there are colours.
    func coloured(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
