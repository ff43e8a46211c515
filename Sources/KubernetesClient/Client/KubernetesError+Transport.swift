internal import AsyncHTTPClient
internal import NIOCore

extension KubernetesError {
    /// The failure that an error of the connection stands for.
    init(transport error: any Error, action: String, server: String) {
        if let error = error as? KubernetesError {
            self = error
        } else if error is CancellationError || error as? HTTPClientError == .cancelled {
            self.init(.cancelled, "\(action): cancelled", cause: error)
        } else if error is NIOTooManyBytesError {
            self.init(.tooLarge, "\(action): the answer is longer than what is accepted", cause: error)
        } else {
            self.init(.transport, "\(action): \(server) cannot be reached, or does not answer", cause: error)
        }
    }
}
