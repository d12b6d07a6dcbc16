import { z } from 'zod';
import { fileStatusSchema } from './files.ts';

/** What an X.509 certificate says; no part of it is secret. */
export const certificateSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  serialNumber: z.string(),
  /** ISO 8601 */
  notBefore: z.string(),
  notAfter: z.string(),
  /** `DNS:db1`, `IP Address:10.0.0.1` */
  subjectAlternativeNames: z.array(z.string()),
  keyType: z.string(),
  keyBits: z.number().nullable(),
  signatureAlgorithm: z.string(),
  selfSigned: z.boolean(),
  /** SHA-256 of the public key in SPKI form, hex. */
  publicKeySha256: z.string(),
  fingerprintSha256: z.string(),
});
export type Certificate = z.infer<typeof certificateSchema>;

/** The files that TLS settings name, resolved against the data folder. */
export const tlsFilesSchema = z.object({
  certificate: z.object({
    status: fileStatusSchema,
    certificate: certificateSchema.nullable(),
    problem: z.string().nullable(),
  }),
  key: z.object({
    status: fileStatusSchema,
    folder: fileStatusSchema,
    /** From the PEM header alone: the key itself never leaves the host. null when unreadable. */
    encrypted: z.boolean().nullable(),
    /** SHA-256 of its public key in SPKI form, hex, computed on the host; null when encrypted or unreadable. */
    publicKeySha256: z.string().nullable(),
    problem: z.string().nullable(),
  }),
  dhParameters: z
    .object({ status: fileStatusSchema, bits: z.number().nullable(), problem: z.string().nullable() })
    .nullable(),
  /** The first word of ssl_passphrase_command with its status; null when none is set. */
  passphraseProgram: fileStatusSchema.nullable(),
  /** `openssl ciphers -V` of ssl_ciphers on the host: what the setting really allows; null without openssl. */
  ciphers: z
    .array(
      z.object({
        name: z.string(),
        protocol: z.string(),
        keyExchange: z.string(),
        authentication: z.string(),
        encryption: z.string(),
        mac: z.string(),
      }),
    )
    .nullable(),
  opensslVersion: z.string().nullable(),
});
export type TlsFiles = z.infer<typeof tlsFilesSchema>;
