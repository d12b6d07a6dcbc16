import type { AnyFix } from '../define-fix.ts';
import { fullLinePrefix, logLogins, logStructure } from './log-settings.ts';
import { auditClassesSet, loadPgaudit } from './pgaudit.ts';
import { privateLogs } from './private-logs.ts';

/** Fixes of the pillar logging; pgAudit is loaded before it is told what to log. */
export const loggingFixes: readonly AnyFix[] = [
  logLogins,
  fullLinePrefix,
  logStructure,
  privateLogs,
  loadPgaudit,
  auditClassesSet,
];
