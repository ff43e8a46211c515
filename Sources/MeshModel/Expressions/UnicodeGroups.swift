/// The Unicode classes that RE2 knows: general categories, scripts and `Any`.
///
/// Source: the names that RE2 (2025-11) accepts, and the size of the programs that it makes of them.
enum UnicodeGroups {
    /// An upper bound of the instructions of a class, negated or not; `nil` if there is no such class.
    static func cost(of name: String) -> Int? {
        large[name] ?? (small.contains(name) ? 130 : nil)
    }

    private static let large: [String: Int] = [
        "C": 150, "Cf": 140, "L": 1570, "Ll": 1160, "Lm": 340, "Lo": 1300, "Lu": 1110, "M": 980, "Mc": 570,
        "Mn": 1070, "N": 620, "Nd": 350, "No": 370, "P": 760, "Pe": 210, "Po": 730, "Ps": 220, "S": 730,
        "Sk":
            140, "Sm": 230, "So": 580, "Arabic": 160, "Common": 530, "Inherited": 170, "Latin": 150,
    ]

    private static let small = Set(names.split(whereSeparator: \.isWhitespace).map(String.init))

    private static let names = """
        Any Cc Co Cs Lt Me Nl Pc Pd Pf Pi Sc Yi Z Zl Zp Zs Adlam Ahom Anatolian_Hieroglyphs Armenian Avestan
        Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid
        Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Coptic Cuneiform Cypriot
        Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic
        Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul
        Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inscriptional_Pahlavi
        Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script
        Khmer Khojki Khudawadi Lao Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam
        Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive
        Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari
        New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic
        Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage
        Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan
        Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese
        Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana
        Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Zanabazar_Square
        """
}
