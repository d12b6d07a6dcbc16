import { databaseFixes } from './database/index.ts';
import type { AnyFix } from './define-fix.ts';
import { loggingFixes } from './logging/index.ts';
import { networkFixes } from './network/index.ts';
import { platformFixes } from './platform/index.ts';
import { secretsFixes } from './secrets/index.ts';
import { transportFixes } from './transport/index.ts';

/** Every fix, in the order of the checks that they belong to. */
export const fixes: readonly AnyFix[] = [
  ...networkFixes,
  ...transportFixes,
  ...databaseFixes,
  ...platformFixes,
  ...loggingFixes,
  ...secretsFixes,
];
