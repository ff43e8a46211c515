/// A review of a pod as a ReplicaSet's controller makes it, with what API servers fill in.
struct SubmittedReview {
    let name: String
    /// How many containers the pod has.
    let containers: Int
    /// The fields of a container's probes.
    let probes: String

    static let all = [
        SubmittedReview(name: "one container", containers: 1, probes: ""),
        SubmittedReview(
            name: "HTTP probes", containers: 1,
            probes: """
                "livenessProbe":{"httpGet":{"path":"/live","port":"http","scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10},
                "readinessProbe":{"httpGet":{"path":"/ready?full=1","port":8080,"scheme":"HTTP"},"timeoutSeconds":1},
                """),
        SubmittedReview(
            name: "4 containers, TCP", containers: 4,
            probes: #""livenessProbe":{"tcpSocket":{"port":8080},"timeoutSeconds":1,"periodSeconds":10},"#),
    ]

    func bytes(number: Int) -> [UInt8] {
        let uid = "5a3f8c1e-77d2-4b1a-9d63-\(100_000_000_000 + number)"
        let list = (0..<containers).map(container).joined(separator: ",")
        return Array(
            """
            {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"\(uid)","kind":{"group":"",
            "version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"requestKind":{"group":
            "","version":"v1","kind":"Pod"},"requestResource":{"group":"","version":"v1","resource":"pods"},"namespace":
            "shop","operation":"CREATE","userInfo":{"username":"system:serviceaccount:kube-system:replicaset-controller",
            "uid":"f0a3","groups":["system:serviceaccounts","system:serviceaccounts:kube-system","system:authenticated"]},
            "object":{"kind":"Pod","apiVersion":"v1","metadata":{"generateName":"web-5d4f7c9b8-","creationTimestamp":null,
            "labels":{"app":"web","pod-template-hash":"5d4f7c9b8"},"annotations":{"checksum/config":"9f86d081884c7d65"},
            "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5d4f7c9b8","uid":"77d2","controller":
            true,"blockOwnerDeletion":true}]},"spec":{"volumes":[{"name":"data","emptyDir":{}},{"name":"kube-api-access",
            "projected":{"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},{"configMap":{"name":
            "kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},{"downwardAPI":{"items":[{"path":"namespace",
            "fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}],"defaultMode":420}}],"containers":[\(list)],
            "restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":
            "web","serviceAccount":"web","securityContext":{},"schedulerName":"default-scheduler","tolerations":[{"key":
            "node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},{"key":
            "node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],"priority":
            0,"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority"},"status":{}},"oldObject":null,"dryRun":
            false,"options":{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}
            """.utf8)
    }

    private func container(_ number: Int) -> String {
        let variables = (0..<10).map { #"{"name":"SETTING_\#($0)","value":"some value of a setting \#($0)"}"# }
        return """
            {"name":"c\(number)","image":"example/web:1.2.3","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],
            "env":[\(variables.joined(separator: ","))],"resources":{"limits":{"cpu":"1","memory":"512Mi"},"requests":
            {"cpu":"100m","memory":"128Mi"}},"volumeMounts":[{"name":"data","mountPath":"/data"},{"name":"kube-api-access",
            "readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}],\(probes)
            "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":
            "IfNotPresent","securityContext":{"runAsNonRoot":true,"allowPrivilegeEscalation":false}}
            """
    }
}
