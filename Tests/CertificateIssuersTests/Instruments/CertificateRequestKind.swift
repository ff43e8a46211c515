/// The kind CertificateRequest of cert-manager, written down here by hand.
///
/// No package that can be had here carries the definition that cert-manager installs. The fields, their types and formats,
/// the defaults, the words of `usages`, and what is required are those that its v1 documents; its own descriptions are
/// left out. What its webhook checks beside that, nothing here checks.
enum CertificateRequestKind {
    static let definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: certificaterequests.cert-manager.io
        spec:
          group: cert-manager.io
          scope: Namespaced
          names:
            kind: CertificateRequest
            listKind: CertificateRequestList
            plural: certificaterequests
            singular: certificaterequest
            shortNames: [cr, crs]
            categories: [cert-manager]
          versions:
            - name: v1
              served: true
              storage: true
              subresources: {status: {}}
              schema:
                openAPIV3Schema:
                  type: object
                  properties:
                    apiVersion: {type: string}
                    kind: {type: string}
                    metadata: {type: object}
                    spec:
                      type: object
                      required: [issuerRef, request]
                      properties:
                        duration: {type: string}
                        extra:
                          type: object
                          additionalProperties: {type: array, items: {type: string}}
                        groups: {type: array, x-kubernetes-list-type: atomic, items: {type: string}}
                        isCA: {type: boolean}
                        issuerRef:
                          type: object
                          required: [name]
                          properties:
                            group: {type: string, default: cert-manager.io}
                            kind: {type: string}
                            name: {type: string}
                        request: {type: string, format: byte}
                        uid: {type: string}
                        usages:
                          type: array
                          x-kubernetes-list-type: atomic
                          items:
                            type: string
                            enum:
                              - signing
                              - digital signature
                              - content commitment
                              - key encipherment
                              - key agreement
                              - data encipherment
                              - cert sign
                              - crl sign
                              - encipher only
                              - decipher only
                              - any
                              - server auth
                              - client auth
                              - code signing
                              - email protection
                              - s/mime
                              - ipsec end system
                              - ipsec tunnel
                              - ipsec user
                              - timestamping
                              - ocsp signing
                              - microsoft sgc
                              - netscape sgc
                        username: {type: string}
                    status:
                      type: object
                      properties:
                        ca: {type: string, format: byte}
                        certificate: {type: string, format: byte}
                        conditions:
                          type: array
                          x-kubernetes-list-type: map
                          x-kubernetes-list-map-keys: [type]
                          items:
                            type: object
                            required: [status, type]
                            properties:
                              lastTransitionTime: {type: string, format: date-time}
                              message: {type: string}
                              reason: {type: string}
                              status: {type: string, enum: ["True", "False", Unknown]}
                              type: {type: string}
                        failureTime: {type: string, format: date-time}

        """
}
