/// A certificate that nobody trusts and its key, made for these tests and for nothing else.
public enum TestCertificate {
    /// The certificate, as PEM.
    public static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBijCCATGgAwIBAgIUd0kIQVIqQctJbX1LH4snhRPltTkwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPZXhhbXBsZS5pbnZhbGlkMCAXDTI2MTEyNTAzNDkyN1oYDzIx
        MjYxMTAxMDM0OTI3WjAaMRgwFgYDVQQDDA9leGFtcGxlLmludmFsaWQwWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAAQhKWcEFNrvC2TEPaRl5daQf1hBf+TYYU/58VH3
        19BYfTTgqTm0QQ6nS46znbWtRoT41oNwcbxqiubbp3K77oKAo1MwUTAdBgNVHQ4E
        FgQUcXlCM56WplRaTk8vGtn/vZVPFA0wHwYDVR0jBBgwFoAUcXlCM56WplRaTk8v
        Gtn/vZVPFA0wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAEkR36
        Jdsfyoy/SgADqrRX8QW3S0mK68oOF8WHpXcDpAIgLwp87tyCSuLwW1ubcd2c2O3d
        l7o5hacZZIcUmdGH0B0=
        -----END CERTIFICATE-----

        """

    /// Its key, as PEM.
    public static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDvuuyn7VdjoZ5L9q
        yJkyJC0ZQx9UHiHa4vSH6YW00/qhRANCAAQhKWcEFNrvC2TEPaRl5daQf1hBf+TY
        YU/58VH319BYfTTgqTm0QQ6nS46znbWtRoT41oNwcbxqiubbp3K77oKA
        -----END PRIVATE KEY-----

        """
}
