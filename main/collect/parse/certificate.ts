import { X509Certificate, createHash } from 'node:crypto';
import type { Certificate } from '../../../shared/facts/tls.ts';

export interface CertificateReading {
  readonly certificate: Certificate | null;
  readonly problem: string | null;
}

const signatureAlgorithms: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'ed25519',
  '1.3.101.113': 'ed448',
};

const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/** Reads the first certificate of a PEM text, which is the server's own; what follows is its chain. */
export function readCertificate(pem: string): CertificateReading {
  if (pem.trim() === '') return { certificate: null, problem: 'the certificate could not be read' };
  try {
    const x509 = new X509Certificate(pem);
    const key = x509.publicKey;
    const details = key.asymmetricKeyDetails;
    return {
      certificate: {
        subject: oneLine(x509.subject),
        issuer: oneLine(x509.issuer),
        serialNumber: x509.serialNumber,
        notBefore: new Date(x509.validFrom).toISOString(),
        notAfter: new Date(x509.validTo).toISOString(),
        subjectAlternativeNames: alternativeNames(x509.subjectAltName ?? ''),
        keyType: key.asymmetricKeyType ?? 'unknown',
        keyBits: details?.modulusLength ?? curveBits[details?.namedCurve ?? ''] ?? null,
        signatureAlgorithm: signatureAlgorithmOf(x509.raw),
        selfSigned: x509.subject === x509.issuer && x509.verify(key),
        publicKeySha256: createHash('sha256')
          .update(key.export({ type: 'spki', format: 'der' }))
          .digest('hex'),
        fingerprintSha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      },
      problem: null,
    };
  } catch (error) {
    return {
      certificate: null,
      problem: `not a certificate: ${error instanceof Error ? error.message.slice(0, 100) : 'unreadable'}`,
    };
  }
}

/** Node prints one attribute a line, with commas escaped. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

/** `DNS:db1, IP Address:10.0.0.1`; a name with special characters stands in JSON quotes. */
function alternativeNames(text: string): string[] {
  return text.match(/[^",]*"(?:[^"\\]|\\.)*"|[^,]+/g)?.map((name) => name.trim()) ?? [];
}

/** The outer AlgorithmIdentifier of a certificate: SEQUENCE { tbsCertificate, SEQUENCE { OID, … }, signature }. */
function signatureAlgorithmOf(der: Buffer): string {
  const outer = element(der, 0);
  const toBeSigned = element(der, outer.start);
  const algorithm = element(der, toBeSigned.end);
  const oid = element(der, algorithm.start);
  const text = objectIdentifier(der.subarray(oid.start, oid.end));
  return signatureAlgorithms[text] ?? text;
}

function element(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 128) return { start: at + 2, end: at + 2 + first };
  const lengthBytes = first & 127;
  const length = der.readUIntBE(at + 2, Math.min(lengthBytes, 6));
  return { start: at + 2 + lengthBytes, end: at + 2 + lengthBytes + length };
}

function objectIdentifier(bytes: Buffer): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 127);
    if (byte < 128) {
      arcs.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}
