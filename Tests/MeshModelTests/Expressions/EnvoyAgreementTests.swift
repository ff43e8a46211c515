import MeshModel
import Testing

@Suite("Expressions as Envoy reads them", .serialized)
struct EnvoyAgreementTests {
    @Test("Envoy starts with every expression that is accepted here")
    func accepted() throws {
        let expressions = ExpressionCorpus.accepted + ExpressionCorpus.atTheBounds
        let verdict = try Envoy().validate(routesOf: expressions)
        #expect(verdict.isGood, "\(verdict.output.suffix(2000))")
        print("figure: Envoy accepts all \(expressions.count) expressions that the reader accepts")
    }

    @Test(
        "Envoy refuses every expression that is refused here for its syntax", arguments: ExpressionCorpus.askedOfEnvoy)
    func refused(text: String) throws {
        #expect(ExpressionCorpus.refused.contains(text))
        let verdict = try Envoy().validate(routesOf: [text])
        #expect(!verdict.isGood)
        #expect(ExpressionCorpus.reasons.contains { verdict.output.contains($0) }, "\(verdict.output.suffix(2000))")
    }
}
