/** What the header of a PEM file says of a private key. */
export type PemKeyState = 'encrypted' | 'plain' | 'no-key';

/**
 * Tells from header lines alone whether a private key has a passphrase; the key itself is not needed and must not be
 * given. Takes the lines that begin with `-----BEGIN` or `Proc-Type:` (`grep -E '^(-----BEGIN|Proc-Type:)'`).
 * PKCS 8 names it in the header, the older forms in the Proc-Type line below it (RFC 1421).
 */
export function pemKeyState(headerLines: string): PemKeyState {
  const lines = headerLines.split(/\r?\n/);
  const header = lines.findIndex((line) => /^-----BEGIN (?:\w+ )*PRIVATE KEY-----/.test(line));
  if (header === -1) return 'no-key';
  if (lines[header]?.includes('ENCRYPTED')) return 'encrypted';
  return /^Proc-Type:\s*4,\s*ENCRYPTED/.test(lines[header + 1] ?? '') ? 'encrypted' : 'plain';
}
