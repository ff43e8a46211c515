import NIOCore

/// The headers of streams, compressed as SPDY/3.1 has it.
struct SPDYHeaders {
    /// The dictionary of SPDY/3 (draft-mbelshe-httpbis-spdy-00, section 2.6.10.1), which both sides know.
    static let dictionary: [UInt8] = {
        let words = """
            options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age \
            allow authorization cache-control connection content-base content-encoding content-language content-length \
            content-location content-md5 content-range content-type date etag expect expires from host if-match \
            if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma \
            proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade \
            user-agent vary via warning www-authenticate method get status
            """
        let list =
            words.split(separator: " ").map(String.init)
            + ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"]
        let rest = """
            100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 \
            Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 \
            Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May \
            Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,\
            image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=\
            gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.
            """
        return list.flatMap { [0, 0, 0, UInt8($0.utf8.count)] + Array($0.utf8) } + Array(rest.utf8)
    }()

    private var inflater = Inflater(dictionary: dictionary)
    private var hasWritten = false

    /// Reads a block of headers; their names are in small letters.
    mutating func read(_ block: [UInt8]) throws -> [String: String] {
        var buffer = ByteBuffer(bytes: try inflater.inflate(block))
        guard let count = buffer.readInteger(as: UInt32.self), count < 1_000 else { throw Inflater.Malformed() }
        var headers: [String: String] = [:]
        for _ in 0..<count {
            guard let name = buffer.readLengthPrefixedSlice(as: UInt32.self),
                let value = buffer.readLengthPrefixedSlice(as: UInt32.self)
            else { throw Inflater.Malformed() }
            headers[String(buffer: name).lowercased()] = String(buffer: value)
        }
        return headers
    }

    /// A block without headers, as a piece that is stored and not compressed.
    mutating func emptyBlock() -> [UInt8] {
        // The empty piece behind it is what readers wait for.
        let stored: [UInt8] = [0, 4, 0, 0xFB, 0xFF, 0, 0, 0, 0] + [0, 0, 0, 0xFF, 0xFF]
        if hasWritten { return stored }
        hasWritten = true
        // zlib's header, which says that a dictionary is used, and the checksum by which it is known.
        return [0x78, 0x20, 0xE3, 0xC6, 0xA7, 0xC2] + stored
    }
}
