import Testing

@testable import XDSServer

@Suite("Work for streams that takes time")
struct ErrandsTests {
    /// What was done, in the order of its ends.
    private struct Done: Sendable {
        let stream: AsyncStream<String>
        let tell: AsyncStream<String>.Continuation

        init() { (stream, tell) = AsyncStream.makeStream() }

        /// The next so many.
        func next(_ count: Int) async -> [String] {
            var all: [String] = []
            for await one in stream {
                all.append(one)
                if all.count == count { break }
            }
            return all
        }
    }

    /// Does errands as long as a body takes.
    private func with(_ errands: Errands, _ body: () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await errands.run() }
            await body()
            group.cancelAll()
        }
    }

    /// Work that goes on until it is cancelled, and then tells so.
    private func endless(_ name: String, _ done: Done) -> @Sendable () async -> Void {
        {
            done.tell.yield("\(name) begins")
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
            done.tell.yield("\(name) is cancelled")
        }
    }

    @Test("is done, also what was sent before anybody was there to do it")
    func all() async {
        let (errands, done) = (Errands(), Done())
        for number in 0..<50 { _ = errands.send { done.tell.yield("\(number)") } }
        await with(errands) {
            for number in 50..<100 { _ = errands.send { done.tell.yield("\(number)") } }
            #expect(Set(await done.next(100)) == Set((0..<100).map(String.init)))
        }
    }

    @Test("does not wait for work that hangs")
    func hanging() async {
        let (errands, done) = (Errands(), Done())
        await with(errands) {
            for number in 0..<20 { _ = errands.send(endless("\(number)", done)) }
            #expect(await done.next(20).allSatisfy { $0.hasSuffix("begins") })
            _ = errands.send { done.tell.yield("other") }
            #expect(await done.next(1) == ["other"])
        }
    }

    @Test("is cancelled alone when nobody wants it any more")
    func cancellation() async {
        let (errands, done) = (Errands(), Done())
        await with(errands) {
            let first = errands.send(endless("first", done))
            #expect(await done.next(1) == ["first begins"])
            let second = errands.send(endless("second", done))
            #expect(await done.next(1) == ["second begins"])
            first.cancel()
            #expect(await done.next(1) == ["first is cancelled"])
            first.cancel()
            second.cancel()
            #expect(await done.next(1) == ["second is cancelled"])
        }
    }

    @Test("is cancelled as soon as it begins, where nobody wanted it any more before")
    func early() async {
        let (errands, done) = (Errands(), Done())
        errands.send(endless("early", done)).cancel()
        await with(errands) { #expect(await done.next(2) == ["early begins", "early is cancelled"]) }
    }

    @Test("that is done is not disturbed by who loses interest later")
    func late() async {
        let (errands, done) = (Errands(), Done())
        await with(errands) {
            let errand = errands.send { done.tell.yield("done, \(Task.isCancelled)") }
            #expect(await done.next(1) == ["done, false"])
            errand.cancel()
            _ = errands.send { done.tell.yield("another, \(Task.isCancelled)") }
            #expect(await done.next(1) == ["another, false"])
        }
    }

    @Test("ends with the server: what goes on is cancelled, and waited for")
    func end() async {
        let (errands, done) = (Errands(), Done())
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await errands.run()
                done.tell.yield("over")
            }
            _ = errands.send(endless("one", done))
            #expect(await done.next(1) == ["one begins"])
            group.cancelAll()
            #expect(await done.next(2) == ["one is cancelled", "over"])
        }
    }
}
