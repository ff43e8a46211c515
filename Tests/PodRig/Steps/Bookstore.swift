import MeshModel

/// The names of the sample that the steps speak of.
enum Bookstore {
    static let apex = ObjectName(namespace: "bookstore", name: "bookstore")
    static let version1 = ObjectName(namespace: "bookstore", name: "bookstore-v1")
    static let version2 = ObjectName(namespace: "bookstore", name: "bookstore-v2")
    static let warehouse = ObjectName(namespace: "bookwarehouse", name: "bookwarehouse")
    /// The pods that may call the bookstore.
    static let buyers = ["bookbuyer", "bookbuyer-2"]
    /// The two of them in the table.
    static let bothBuyers = "both buyers"

    /// The names under which policies appear in logs.
    static let buyerPolicy1 = "bookstore/bookbuyer-to-bookstore-v1/bookstore-routes"
    static let buyerPolicy2 = "bookstore/bookbuyer-to-bookstore-v2/bookstore-routes"
    static let warehousePolicy = "bookwarehouse/bookstore-to-bookwarehouse/bookwarehouse-routes"

    /// How many answers each version gave, for people.
    static func shares(_ apps: [String: Int]) -> String {
        apps.sorted { $0.key < $1.key }.map { "\($0.value) \(version(of: $0.key))" }.joined(separator: ", ")
    }

    /// `v1` or `v2` for an application of the store.
    static func version(of app: String) -> String { app.replacing("bookstore-", with: "") }

    /// Writes the weights of the split.
    static func split(_ weight1: Int, _ weight2: Int) -> String {
        """
        # How the requests to bookstore are divided among its versions.
        apiVersion: split.smi-spec.io/v1alpha2
        kind: TrafficSplit
        metadata:
          name: bookstore-split
          namespace: bookstore
        spec:
          service: bookstore.bookstore
          backends:
            - service: bookstore-v1
              weight: \(weight1)
            - service: bookstore-v2
              weight: \(weight2)

        """
    }
    /// The file with the split.
    static let splitFile = "traffic-split.yaml"
    /// The file with the TrafficTargets.
    static let accessFile = "traffic-access.yaml"
}
