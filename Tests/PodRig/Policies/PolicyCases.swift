/// The cases of one kind of policy, made through real Envoys on a running mesh: rows of the table that
/// `PodRig policies` prints.
///
/// How to write them:
///
/// 1. Make a file `<Kind>Cases.swift` with a struct, and name it in `PolicyKinds+<Area>.swift`.
/// 2. In `run`, describe situations with `PolicyRun.given`. It writes the manifests into the directory that the
///    controller watches, and returns when every object in them is programmed at every proxy, or refused. What the
///    situation has written, edited, started or restarted is undone after it, also when it throws; a situation that
///    throws is a row that is not as expected, and the next one goes on.
/// 3. In a situation, make calls and compare: `expect(what, expected) { observed }` is a row.
///
/// ```swift
/// struct RetryCases: PolicyCases {
///     let kind = "Retry"
///
///     func run(_ run: PolicyRun) throws {
///         try run.given("a source by its account", objects: retry) {
///             try run.expect("client-1 GET /status/503", "503") {
///                 try run.get("client-1", "http://web.shop/status/503")
///             }
///             try run.expect("20 requests of client-2", "200 x 20") {
///                 try run.tally("client-2", Call("GET", "http://web.shop/"), times: 20)
///             }
///         }
///     }
/// }
/// ```
///
/// Manifests have `metadata` over several lines, indented by two, so that the rig can count generations; several
/// documents are separated by `---` lines.
///
/// What there is (`PolicyPods`, `PolicyManifests`, `OutsideServer`):
///
/// | Pod | Namespace, account | Serves |
/// |---|---|---|
/// | `client-1`, `client-2` | `clients`, each its own | nothing |
/// | `web-1` (v1), `web-2` (v2) | `shop`, `web` | HTTP 14001 and 14002, gRPC 14003 |
/// | `echo` | `shop`, `echo` | lines on 9000 and 9001 |
/// | `db` | `shop`, `db` | 3306, greets first |
/// | `ingress`, `stranger` | `edge`, each its own; no sidecar, namespace not in the mesh | HTTP 14001 |
/// | `tools` | `tools`, `tools`; no sidecar, namespace not in the mesh | HTTP 14001; a place for test servers |
///
/// Services in `shop`: `web` (HTTP 80 to 14001, 14002, gRPC 14003) and `web-v1`, `web-v2` by version, `echo`, `db`;
/// headless ones `edge/ingress` and `tools/tools`. Names resolve as in a cluster: `http://web.shop/`,
/// `tools.tools.svc.cluster.local`.
///
/// Outside the mesh are `one`, `two` and `three.outside.test` (10.77.9.1 to .3, and `other-one.outside.test`, which is
/// the first again). Each answers HTTP on 80 and 8080, HTTPS on 443 and 8443 (self-signed for all names:
/// `run.outsideTLS`), lines on 9000, and greets first on 9100; `x-app` is `outside-1` to `outside-3`.
///
/// The mesh is permissive unless a situation says otherwise (`mesh:` is the MeshConfig's `spec`).
protocol PolicyCases: Sendable {
    /// The kind of policy: the row's first column, and how it is asked for on the command line.
    var kind: String { get }

    /// Makes the cases.
    ///
    /// - Throws: `RigError` where it makes no sense to go on with this kind.
    func run(_ run: PolicyRun) throws
}

/// All kinds, in the order in which their cases run.
enum PolicyKinds {
    static var all: [any PolicyCases] { access + egress + ingress + limits + outbound + observability + mistakes }
}
