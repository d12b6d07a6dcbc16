import type { AnyFix } from '../define-fix.ts';
import { scramPasswords } from './scram-passwords.ts';

/** Fixes of the pillar secrets. What is stored already (hashes, columns, logs) only those who know the passwords can renew. */
export const secretsFixes: readonly AnyFix[] = [scramPasswords];
