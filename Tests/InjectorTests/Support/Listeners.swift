/// Python programs that listen and call inside a namespace: redirection is judged by what they see.
enum Listeners {
    /// Listens at each argument `label address port` and answers every connection with
    /// `label original-destination`; prints `ready` once it does, and ends when its input does.
    static let server = """
        import socket, struct, sys, threading
        def original(connection):
            try:
                if connection.family == socket.AF_INET:
                    port, ip = struct.unpack("!2xH4s8x", connection.getsockopt(socket.SOL_IP, 80, 16))
                else:
                    port, ip = struct.unpack("!2xH4x16s4x", connection.getsockopt(socket.IPPROTO_IPV6, 80, 28))
                return "%s %d" % (socket.inet_ntop(connection.family, ip), port)
            except OSError:
                return "none"
        def serve(listener, label):
            while True:
                connection, _ = listener.accept()
                connection.sendall((label + " " + original(connection)).encode())
                connection.close()
        for place in sys.argv[1:]:
            label, address, port = place.split()
            listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if ":" in address:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, int(port)))
            listener.listen(64)
            threading.Thread(target=serve, args=(listener, label), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
        """

    /// Calls each argument `address port` as the user of the first one and prints one answer per line:
    /// the text that came back, or `refused`.
    static let client = """
        import os, socket, sys
        os.setuid(int(sys.argv[1]))
        for place in sys.argv[2:]:
            address, port = place.split()
            try:
                connection = socket.create_connection((address, int(port)), timeout=20)
                answer = b""
                while chunk := connection.recv(100):
                    answer += chunk
                print(answer.decode())
            except ConnectionRefusedError:
                print("refused")
        """
}
