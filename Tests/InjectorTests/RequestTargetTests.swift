import Testing

@testable import Injector

@Suite("What a probe asks for")
struct RequestTargetTests {
    @Test("A path is what comes before the query, and begins with a slash; what follows a number sign is not sent")
    func parts() {
        let targets = ["/a?b=c?d", "", "a", "/a#b?c", "?x", "/", "/a?", "/a b?c d#e"].map { RequestTarget($0) }
        #expect(targets.map(\.path) == ["/a", "/", "/a", "/a", "/", "/", "/a", "/a%20b"])
        #expect(targets.map(\.query) == ["?b=c?d", "", "", "", "?x", "", "?", "?c d"])
    }

    @Test(
        "A path is sent as the kubelet would send it, but for dollar signs",
        arguments: [
            // Valid as they are.
            ("/v1.2/ok_-~", "/v1.2/ok_-~"),
            ("/a&b+c,d:e;f=g@h", "/a&b+c,d:e;f=g@h"),
            ("/a!b'c(d)e*f[g]", "/a!b'c(d)e*f[g]"),
            ("/a%20b%2Fc%2f", "/a%20b%2Fc%2f"),
            // A host, which the kubelet replaces.
            ("//x/y", "/y"),
            ("//healthz", "/"),
            ("///x", "///x"),
            // Each byte of the others that is not ordinary; what was encoded already stays so where it must.
            ("/health check", "/health%20check"),
            ("/gesund/ä", "/gesund/%C3%A4"),
            ("/a b!(c)*", "/a%20b%21%28c%29%2A"),
            ("/a b%2Fc%41", "/a%20b/cA"),
            ("/\"<>\\^`{|}", "/%22%3C%3E%5C%5E%60%7B%7C%7D"),
            // No URL: the whole is a path.
            ("/100%", "/100%25"),
            ("/100%?a=b#c", "/100%25%3Fa=b%23c"),
            ("/%zz", "/%25zz"),
            ("/a#%", "/a%23%25"),
            ("/a\tb", "/a%09b"),
            // Kubernetes would fill them in.
            ("/a$b", "/a%24b"),
            ("/$$", "/%24%24"),
            ("/$(POD_NAME)", "/%24(POD_NAME)"),
            ("/ $(POD_NAME)", "/%20%24%28POD_NAME%29"),
        ])
    func encoding(_ text: String, _ path: String) {
        let target = RequestTarget(text)
        #expect(target.path == path)
        #expect(target.query == "")
    }
}
