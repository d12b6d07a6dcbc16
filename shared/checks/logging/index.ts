import type { AnyCheck } from '../define-check.ts';
import { auditPgauditClasses, auditPgauditLoaded } from './audit-pgaudit.ts';
import { logFileMode } from './log-file-mode.ts';
import { logConnections, logLinePrefix, logStatement } from './log-settings.ts';

/** Checks of the pillar logging, in the order in which they are shown among findings of one severity. */
export const loggingChecks: readonly AnyCheck[] = [
  logConnections,
  logLinePrefix,
  logStatement,
  logFileMode,
  auditPgauditLoaded,
  auditPgauditClasses,
];
