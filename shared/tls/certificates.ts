import type { Certificate } from '../facts/tls.ts';
import { parseAddress } from '../lib/cidr.ts';

const dayMs = 86_400_000;

/** Whole days until the certificate ends, negative after it; null when its date cannot be read. */
export function certificateDaysLeft(certificate: Certificate, now: string): number | null {
  const left = Date.parse(certificate.notAfter) - Date.parse(now);
  return Number.isNaN(left) ? null : Math.floor(left / dayMs);
}

/** What is wrong with a certificate apart from its dates and its chain. */
export type CertificateProblem = 'short-key' | 'weak-signature' | 'not-yet-valid' | 'expired' | 'no-names';

/** Problems of a server certificate at a time (ISO 8601). Key sizes after NIST SP 800-57: RSA 2048, curves 224 bits. */
export function certificateProblems(certificate: Certificate, now: string): readonly CertificateProblem[] {
  const { keyType, keyBits, signatureAlgorithm, notBefore, subjectAlternativeNames } = certificate;
  const shortest = /rsa|dsa$/i.test(keyType) && !/ec/i.test(keyType) ? 2048 : 224;
  const tests: readonly (readonly [CertificateProblem, boolean])[] = [
    ['expired', (certificateDaysLeft(certificate, now) ?? 0) < 0],
    ['not-yet-valid', Date.parse(notBefore) > Date.parse(now)],
    ['short-key', keyBits !== null && keyBits < shortest],
    ['weak-signature', /md5|sha1(?!\d)|sha-1(?!\d)/i.test(signatureAlgorithm)],
    ['no-names', subjectAlternativeNames.length === 0],
  ];
  return tests.filter(([, found]) => found).map(([problem]) => problem);
}

/**
 * True when a client with sslmode=verify-full accepts the certificate for the host, by its alternative names. libpq
 * falls back on the common name only when there is none; that is left out, as 'no-names' reports it.
 */
export function certificateCovers(certificate: Certificate, host: string): boolean {
  const wanted = host.toLowerCase();
  const address = parseAddress(host);
  return certificate.subjectAlternativeNames.some((entry) => {
    const [, kind = '', value = ''] = /^(DNS|IP(?: Address)?):(.*)$/.exec(entry) ?? [];
    if (kind.startsWith('IP')) {
      const named = parseAddress(value);
      return address !== null && named?.family === address.family && named.value === address.value;
    }
    const name = value.toLowerCase();
    if (!name.startsWith('*.')) return kind === 'DNS' && name === wanted;
    // A wildcard stands for exactly one label, the leftmost.
    const dot = wanted.indexOf('.');
    return dot > 0 && address === null && wanted.slice(dot) === name.slice(1);
  });
}
