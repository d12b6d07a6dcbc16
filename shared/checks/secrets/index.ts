import type { AnyCheck } from '../define-check.ts';
import { logPasswordScan } from './log-password-scan.ts';
import { colPasswordPlain, colPasswordWeakhash } from './password-columns.ts';
import { pwdEncryption, pwdMd5Verifiers } from './password-storage.ts';

/** Checks of the pillar secrets, in the order in which they are shown among findings of one severity. */
export const secretsChecks: readonly AnyCheck[] = [
  colPasswordPlain,
  logPasswordScan,
  pwdEncryption,
  pwdMd5Verifiers,
  colPasswordWeakhash,
];
