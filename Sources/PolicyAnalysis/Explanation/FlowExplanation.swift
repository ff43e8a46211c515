package import MeshModel
package import MeshPolicy

/// What becomes of a call, and which objects decide it.
package struct FlowExplanation: Hashable, Sendable {
    /// The short answer.
    package enum Verdict: String, Hashable, Sendable, CaseIterable {
        /// The policies let it through, whichever pod answers.
        case allowed
        /// They do not, whichever pod would answer.
        case denied
        /// Chance, or what the question does not say, decides.
        case depends
        /// No policy is in the way, but there is nobody to answer.
        case unavailable
    }

    /// Who calls.
    package let client: ServiceIdentity
    /// What is called; the port is 0 where the service has none.
    package let port: ServicePort
    /// How connections are read; `nil` where the mesh has no such port.
    package let wireProtocol: WireProtocol?
    /// The request.
    package let request: RequestDescription
    /// The short answer.
    package let verdict: Verdict
    /// The answer in a sentence.
    package let summary: String
    /// What may become of it, in the order in which proxies decide.
    package let outcomes: [FlowOutcome]
    /// How it goes, step by step, each with the object that says so.
    package let steps: [Step]
    /// Which rules let something through.
    package let grounds: [Ground]
    /// The rules that nearly allow it, the nearest first; none if it is allowed.
    package let nearMisses: [NearMiss]
    /// What would allow it; `nil` if it is allowed, or if no object would.
    package let remedy: Remedy?
    /// What else is to be known.
    package let remarks: [String]

    /// A step on the way, and the objects that decide it.
    package struct Step: Hashable, Sendable {
        /// What happens.
        package let text: String
        /// The objects that say so: sorted.
        package let objects: [ObjectKey]
    }

    /// An object that lets something through, and where it says so.
    package struct Ground: Hashable, Sendable {
        /// The object.
        package let object: ObjectKey
        /// The path of the field that says so; empty for the object as a whole.
        package let path: String
        /// The route object that the rule names, and the path of the match in it; `nil` where there is none.
        package let route: ObjectKey?
        /// The path of the match in the route object; empty for the object as a whole.
        package let matchPath: String
        /// The name of the match; empty where there is none.
        package let matchName: String
        /// What must hold beside, of which the question says nothing: in words.
        package let conditions: [String]
    }
}

/// A rule that nearly allows a call.
package struct NearMiss: Hashable, Sendable {
    /// The TrafficTarget.
    package let target: ObjectKey
    /// The path of the rule; empty for the object as a whole.
    package let rulePath: String
    /// The route object that the rule names.
    package let route: ObjectKey?
    /// The name of the match that comes nearest; empty where there is none.
    package let match: String
    /// Why it does not allow the call, each with the path of the field and the object that has it.
    package let misses: [Miss]

    /// Something that keeps a rule from allowing a call.
    package struct Miss: Hashable, Sendable {
        /// The object that says so.
        package let object: ObjectKey
        /// The path of the field.
        package let path: String
        /// What it says and what it would have to say.
        package let words: String
        /// How far it is from what is wanted.
        package let weight: Int
    }

    /// How far the rule is from allowing the call.
    package var distance: Int { misses.reduce(0) { $0 + $1.weight } }
}

/// What would allow a call.
package struct Remedy: Hashable, Sendable {
    /// What to do, in a sentence.
    package let advice: String
    /// Objects to apply, as YAML; empty for none.
    package let manifest: String
    /// Commands to run, in order.
    package let commands: [String]
}
