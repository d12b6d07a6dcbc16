import { databaseChecks } from './database/index.ts';
import type { AnyCheck } from './define-check.ts';
import { loggingChecks } from './logging/index.ts';
import { networkChecks } from './network/index.ts';
import { platformChecks } from './platform/index.ts';
import { secretsChecks } from './secrets/index.ts';
import { transportChecks } from './transport/index.ts';

/** Every check, by pillar, in the order in which reports list them. */
export const checks: readonly AnyCheck[] = [
  ...networkChecks,
  ...transportChecks,
  ...databaseChecks,
  ...platformChecks,
  ...loggingChecks,
  ...secretsChecks,
];
