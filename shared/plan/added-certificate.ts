import { collected } from '../facts/fact.ts';
import type { FactSet } from '../facts/facts.ts';
import type { OperationOf } from './operation.ts';

/** The TLS files as they would be once a key and a certificate were made on the host. */
export function addCertificate(facts: FactSet, operation: OperationOf<'certificate'>): FactSet {
  const now = facts.system.state === 'collected' ? facts.system.value.time : '1970-01-01T00:00:00.000Z';
  const until = new Date(Date.parse(now) + operation.days * 86_400_000).toISOString();
  const status = (path: string, mode: number) => ({
    path,
    type: 'file' as const,
    mode,
    owner: operation.owner,
    group: operation.group,
    sizeBytes: 1,
    modifiedAt: 0,
    hasAcl: false,
    target: null,
  });
  const present = facts.tlsFiles.state === 'collected' ? facts.tlsFiles.value : null;
  const key = 'made when applied';
  return {
    ...facts,
    tlsFiles: collected({
      certificate: {
        status: status(operation.certificatePath, 0o644),
        certificate: {
          subject: `CN=${operation.commonName}`,
          issuer: `CN=${operation.commonName}`,
          serialNumber: '',
          notBefore: now,
          notAfter: until,
          subjectAlternativeNames: operation.alternativeNames,
          keyType: 'ec',
          keyBits: 256,
          signatureAlgorithm: 'ecdsa-with-SHA256',
          selfSigned: true,
          publicKeySha256: key,
          fingerprintSha256: '',
        },
        problem: null,
      },
      key: {
        status: status(operation.keyPath, 0o600),
        folder: { ...status(operation.keyPath.replace(/\/[^/]*$/, ''), 0o700), type: 'directory' },
        encrypted: operation.passphrase !== null,
        publicKeySha256: key,
        problem: null,
      },
      dhParameters: present?.dhParameters ?? null,
      // A program that is there already; the checks want it to be root's.
      passphraseProgram:
        operation.passphrase === null
          ? null
          : { ...status(operation.passphrase.program, 0o755), owner: 'root', group: 'root' },
      ciphers: present?.ciphers ?? null,
      opensslVersion: present?.opensslVersion ?? null,
    }),
  };
}
