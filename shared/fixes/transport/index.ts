import type { AnyFix } from '../define-fix.ts';
import { keyPassphrase, privateKeyMode } from './private-key.ts';
import { renewCertificate } from './renew-certificate.ts';
import { switchTlsOn } from './tls-on.ts';
import { forwardSecretCiphers, modernGroups, refuseOldTls } from './versions-and-ciphers.ts';

/** Fixes of the pillar transport, in the order in which they are planned and shown. */
export const transportFixes: readonly AnyFix[] = [
  switchTlsOn,
  refuseOldTls,
  forwardSecretCiphers,
  modernGroups,
  renewCertificate,
  privateKeyMode,
  keyPassphrase,
];
