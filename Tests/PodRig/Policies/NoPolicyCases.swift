/// What holds before anybody writes a policy: permissive mode, mutual TLS, no way out.
struct NoPolicyCases: PolicyCases {
    let kind = "none"

    func run(_ run: PolicyRun) throws {
        try run.given("permissive mode") {
            try run.expect("GET web", "200") { try run.get("client-1", "http://web.shop/") }
            try run.expect("gRPC to web", "OK") {
                var call = Call("POST", "http://web.shop:\(PolicyPods.grpcPort)/")
                call.spoken = "grpc"
                return try run.call("client-1", call)[0].text
            }
            try run.expect("a greeting of db", "answered by db") {
                try run.greeting("client-1", "db.shop:\(PolicyPods.databasePort)")
            }
        }
        try run.given("without a sidecar") {
            let address = try run.pod("web-1").specification.address
            try run.expect("GET web-1", "no response") {
                try run.get("stranger", "http://\(address):\(PolicyPods.httpPort)/")
            }
            try run.expect("GET http://one", "200 outside-1") {
                try run.getAnswer("stranger", "http://one.outside.test/")
            }
            try run.expect("GET https://two", "200 outside-2") {
                try run.getAnswer("stranger", "https://two.outside.test/", tls: run.outsideTLS("two.outside.test"))
            }
            try run.expect("a line to three", "answered by outside-3") {
                try run.line("stranger", "three.outside.test:9000")
            }
            try run.expect("a greeting of three", "answered by outside-3") {
                try run.greeting("stranger", "three.outside.test:9100")
            }
        }
        try run.given("no egress") {
            try run.expect("GET http://one", "no response") { try run.get("client-1", "http://one.outside.test/") }
            try run.expect("GET https://two", "no response") {
                try run.get("client-1", "https://two.outside.test/", tls: run.outsideTLS("two.outside.test"))
            }
            try run.expect("a greeting of three", "no answer") {
                try run.greeting("client-1", "three.outside.test:9100")
            }
        }
    }
}
