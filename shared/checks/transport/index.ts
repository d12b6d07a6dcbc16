import type { AnyCheck } from '../define-check.ts';
import { tlsCertExpiry } from './tls-cert-expiry.ts';
import { tlsCiphers } from './tls-ciphers.ts';
import { tlsDhParams } from './tls-dh-params.ts';
import { tlsEnabled } from './tls-enabled.ts';
import { tlsGroups } from './tls-groups.ts';
import { tlsKeyMatch } from './tls-key-match.ts';
import { tlsKeyPassphrase } from './tls-key-passphrase.ts';
import { tlsKeyPerms } from './tls-key-perms.ts';
import { tlsLivePlain } from './tls-live-plain.ts';
import { tlsMinVersion } from './tls-min-version.ts';

/** Checks of the pillar transport, in the order in which they are shown among findings of one severity. */
export const transportChecks: readonly AnyCheck[] = [
  tlsEnabled,
  tlsLivePlain,
  tlsMinVersion,
  tlsCiphers,
  tlsGroups,
  tlsDhParams,
  tlsCertExpiry,
  tlsKeyMatch,
  tlsKeyPerms,
  tlsKeyPassphrase,
];
