import Testing

@testable import MeshInstallation

@Suite("An argument of --set")
struct SetExpressionTests {
    private static func path(_ names: String...) -> [SetExpression.Step] { names.map { .member($0) } }

    @Test(
        "is read as Helm reads it",
        arguments: [
            ("a.b=1", [SetExpression.Assignment(path: path("a", "b"), value: .text("1"))]),
            (
                "a=1,b.c=x y",
                [
                    SetExpression.Assignment(path: path("a"), value: .text("1")),
                    SetExpression.Assignment(path: path("b", "c"), value: .text("x y")),
                ]
            ),
            ("a=", [SetExpression.Assignment(path: path("a"), value: .text(""))]),
            ("a=1,", [SetExpression.Assignment(path: path("a"), value: .text("1"))]),
            ("a={1,x y}", [SetExpression.Assignment(path: path("a"), value: .list(["1", "x y"]))]),
            ("a={}", [SetExpression.Assignment(path: path("a"), value: .list([]))]),
            (
                "a={1},b=2",
                [
                    SetExpression.Assignment(path: path("a"), value: .list(["1"])),
                    SetExpression.Assignment(path: path("b"), value: .text("2")),
                ]
            ),
            (
                "a[1].b=x",
                [SetExpression.Assignment(path: path("a") + [.element(1), .member("b")], value: .text("x"))]
            ),
            ("a[0]=x", [SetExpression.Assignment(path: path("a") + [.element(0)], value: .text("x"))]),
            ("a\\.b=x\\,y", [SetExpression.Assignment(path: path("a.b"), value: .text("x,y"))]),
            ("a=b=c", [SetExpression.Assignment(path: path("a"), value: .text("b=c"))]),
        ])
    func reading(text: String, expected: [SetExpression.Assignment]) throws {
        #expect(try SetExpression(text).assignments == expected)
    }

    @Test(
        "is refused with what is wrong",
        arguments: [
            ("", "has no value"), ("a", "`a` has no value: write a=VALUE"), ("a.b", "`b` has no value"),
            ("=1", "a name is empty"), ("a..b=1", "a name is empty"), ("a={1", "a list has no end"),
            ("a={1}x", "`x` stands after the end of a list"), ("a[x]=1", "`[x` is no index"),
            ("a[1001]=1", "`[1001` is no index"), ("a[0]b=1", "`b` stands after an index"), ("a=1\\", "nothing stands"),
            ("a,b=1", "`a` has no value"),
        ])
    func refusal(text: String, reason: String) throws {
        let error = #expect(throws: InstallationError.self) { try SetExpression(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("`\(text)`") == true)
    }
}
