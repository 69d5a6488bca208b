// The extended key usages of RFC 5280, 4.2.1.12, that a mesh needs.
/** What a TLS server's certificate is for. */
export const serverAuth = "1.3.6.1.5.5.7.3.1";
/** What a TLS client's certificate is for. */
export const clientAuth = "1.3.6.1.5.5.7.3.2";
/** Any purpose. */
export const anyUsage = "2.5.29.37.0";
