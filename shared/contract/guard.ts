import { z } from 'zod';
import { assertNever } from '../lib/assert-never.ts';

/** How the host itself rolls back when nobody confirms. `none` only where the person accepted it. */
export const guardKindSchema = z.enum(['systemd', 'at', 'detached', 'none']);
export type GuardKind = z.infer<typeof guardKindSchema>;

/** A guard in the words of a sentence: `… by a timer of systemd`. */
export function guardText(kind: GuardKind): string {
  switch (kind) {
    case 'systemd':
      return 'a timer of systemd';
    case 'at':
      return 'a process that waits, and a job of at';
    case 'detached':
      return 'a process that waits';
    case 'none':
      return 'nothing';
    default:
      return assertNever(kind, 'guard kind');
  }
}
