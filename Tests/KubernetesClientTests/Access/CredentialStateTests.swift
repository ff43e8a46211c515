import MeshModel
import Testing

@testable import KubernetesClient

@Suite("The credential at hand")
struct CredentialStateTests {
    private let start = ContinuousClock.now
    private let date = Timestamp(seconds: 1_000)

    @Test("Of a file is used until it is to be read again")
    func file() {
        let credential = IssuedCredential(token: "t")
        var state = CredentialSource.State(current: credential, due: start + CredentialSource.fileLifetime)
        #expect(state.turn(now: start + .seconds(59), date: date) == .has(credential))
        #expect(state.turn(now: start + .seconds(60), date: date) == .renew)
        #expect(state.turn(now: start + .seconds(60), date: date) == .wait)
    }

    @Test("Of a plugin is used until shortly before it ends, or for good where it says nothing")
    func plugin() {
        let ending = IssuedCredential(token: "t", expiry: Timestamp(seconds: 1_100))
        var state = CredentialSource.State(current: ending)
        #expect(state.turn(now: start, date: Timestamp(seconds: 1_089)) == .has(ending))
        #expect(state.turn(now: start, date: Timestamp(seconds: 1_090)) == .renew)
        let lasting = IssuedCredential(token: "t")
        state = CredentialSource.State(current: lasting)
        #expect(state.turn(now: start + .seconds(1_000_000), date: date) == .has(lasting))
    }

    @Test("Is got by the first who needs it")
    func first() {
        var state = CredentialSource.State()
        #expect(state.turn(now: start, date: date) == .renew)
        #expect(state.turn(now: start, date: date) == .wait)
    }
}
