# What `up` writes into the state directory of a cluster: ports, certificates, kubeconfigs, command lines.
# Part of hack/cluster.sh; source it, do not run it.

# Ports that nobody listens on, outside the range from which the kernel takes ports for connections.
choose_ports() {
    [[ -s $state/ports ]] || /usr/bin/python3 - >"$state/ports" <<'PYTHON'
import random, socket
chosen = []
while len(chosen) < 3:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", random.randrange(20000, 32000)))
        except OSError:
            continue
        if listener.getsockname()[1] not in chosen:
            chosen.append(listener.getsockname()[1])
print(*chosen)
PYTHON
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$pki/$1.key"; }

# usage: new_certificate NAME SUBJECT USAGE [ALTERNATIVE NAMES]
new_certificate() {
    new_key "$1"
    openssl req -new -key "$pki/$1.key" -subj "$2" | openssl x509 -req -CA "$pki/ca.crt" -CAkey "$pki/ca.key" \
        -set_serial "0x$(openssl rand -hex 8)" -days 3650 -out "$pki/$1.crt" -extfile <(
        printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=%s\n' "$3"
        [[ -z ${4:-} ]] || echo "subjectAltName=$4"
    ) 2>/dev/null
}

write_certificates() {
    [[ ! -e $pki/complete ]] || return 0
    local names=DNS:localhost,IP:127.0.0.1,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default
    names+=,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
    new_key ca
    openssl req -x509 -new -key "$pki/ca.key" -days 3650 -subj /CN=local-control-plane -out "$pki/ca.crt" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
    new_certificate server /CN=kube-apiserver serverAuth "$names"
    new_certificate admin /O=system:masters/CN=admin clientAuth
    new_certificate kube-controller-manager /CN=system:kube-controller-manager clientAuth
    new_certificate kube-scheduler /CN=system:kube-scheduler clientAuth
    new_certificate front-proxy /CN=front-proxy clientAuth
    openssl genrsa -out "$pki/service-accounts.key" 2048 2>/dev/null
    openssl rsa -in "$pki/service-accounts.key" -pubout -out "$pki/service-accounts.pub" 2>/dev/null
    openssl rand -hex 16 >"$pki/admin.token"
    echo "$(<"$pki/admin.token"),admin,admin,system:masters" >"$pki/tokens.csv"
    touch "$pki/complete"
}

write_kubeconfig() {
    cat >"$state/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters:
- name: local
  cluster:
    server: $server
    certificate-authority-data: $(base64 -w 0 "$pki/ca.crt")
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w 0 "$pki/$1.crt")
    client-key-data: $(base64 -w 0 "$pki/$1.key")
contexts:
- name: local
  context: {cluster: local, user: $1}
current-context: local
YAML
}

write_command() {
    local name=$1
    shift
    printf '%s\0' "$@" >"$state/commands/$name"
}

write_etcd_command() {
    write_command etcd "$assets/etcd" --name local --data-dir "$state/etcd" --unsafe-no-fsync --log-level warn \
        --listen-client-urls "$etcd" --advertise-client-urls "$etcd" --listen-peer-urls "$etcd_peer" \
        --initial-advertise-peer-urls "$etcd_peer" --initial-cluster "local=$etcd_peer"
}

# usage: write_server_command [FURTHER FLAG]...
write_server_command() {
    local admission=NodeRestriction,MutatingAdmissionWebhook,ValidatingAdmissionWebhook
    write_command kube-apiserver "$assets/kube-apiserver" --etcd-servers "$etcd" \
        --bind-address 127.0.0.1 --secure-port "$server_port" --advertise-address 127.0.0.1 \
        --endpoint-reconciler-type none --service-cluster-ip-range 10.96.0.0/16 --allow-privileged=true \
        --tls-cert-file "$pki/server.crt" --tls-private-key-file "$pki/server.key" \
        --client-ca-file "$pki/ca.crt" --token-auth-file "$pki/tokens.csv" \
        --service-account-issuer https://kubernetes.default.svc.cluster.local \
        --service-account-key-file "$pki/service-accounts.pub" \
        --service-account-signing-key-file "$pki/service-accounts.key" \
        --requestheader-client-ca-file "$pki/ca.crt" --requestheader-allowed-names front-proxy \
        --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
        --requestheader-extra-headers-prefix X-Remote-Extra- \
        --proxy-client-cert-file "$pki/front-proxy.crt" --proxy-client-key-file "$pki/front-proxy.key" \
        --authorization-mode Node,RBAC --enable-admission-plugins "$admission" "$@"
}

# No controller of nodes, volumes or clouds: without kubelets, they would only evict and delete pods.
controllers=serviceaccount,serviceaccount-token,root-ca-cert-publisher,namespace,garbagecollector,resourcequota
controllers+=,endpoint,endpointslice,endpointslicemirroring,deployment,replicaset,statefulset,daemonset,job,cronjob
controllers+=,disruption,clusterrole-aggregation,csrsigning,csrapproving

# usage: write_controller_commands [FURTHER FLAG]...
write_controller_commands() {
    write_command kube-controller-manager "$assets/kube-controller-manager" "$@" \
        --kubeconfig "$state/kube-controller-manager.kubeconfig" --leader-elect=false \
        --use-service-account-credentials=true --controllers "$controllers" --kube-api-qps 200 --kube-api-burst 400 \
        --service-account-private-key-file "$pki/service-accounts.key" --root-ca-file "$pki/ca.crt" \
        --cluster-signing-cert-file "$pki/ca.crt" --cluster-signing-key-file "$pki/ca.key"
    write_command kube-scheduler "$assets/kube-scheduler" "$@" --kubeconfig "$state/kube-scheduler.kubeconfig" \
        --leader-elect=false
}
