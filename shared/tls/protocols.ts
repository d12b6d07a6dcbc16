/** Values of ssl_min_protocol_version and ssl_max_protocol_version, oldest first. */
export const tlsProtocols = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsProtocol = (typeof tlsProtocols)[number];

/** Reads a protocol as PostgreSQL writes it (in any case; `TLSv1.0` of OpenSSL too); null for `` and unknown text. */
export function parseTlsProtocol(text: string): TlsProtocol | null {
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/^tlsv1\.0$/, 'tlsv1');
  return tlsProtocols.find((protocol) => protocol.toLowerCase() === wanted) ?? null;
}

/** Negative when the first protocol is older, 0 when equal, positive when newer. */
export function compareTlsProtocols(one: TlsProtocol, other: TlsProtocol): number {
  return tlsProtocols.indexOf(one) - tlsProtocols.indexOf(other);
}

/**
 * Protocols that the two settings allow. An empty maximum means no limit (the built-in value). Null when a value is
 * not a protocol.
 */
export function allowedTlsProtocols(minimum: string, maximum: string): readonly TlsProtocol[] | null {
  const lowest = minimum.trim() === '' ? 'TLSv1' : parseTlsProtocol(minimum);
  const highest = maximum.trim() === '' ? 'TLSv1.3' : parseTlsProtocol(maximum);
  if (lowest === null || highest === null) return null;
  return tlsProtocols.filter(
    (protocol) => compareTlsProtocols(protocol, lowest) >= 0 && compareTlsProtocols(protocol, highest) <= 0,
  );
}

/** TLS 1.0 and 1.1 were withdrawn by RFC 8996 (2021). */
export function isObsoleteProtocol(protocol: TlsProtocol): boolean {
  return compareTlsProtocols(protocol, 'TLSv1.2') < 0;
}
