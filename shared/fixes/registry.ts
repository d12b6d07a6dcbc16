import type { AnyFix } from './define-fix.ts';

/** Every fix. */
export const fixes: readonly AnyFix[] = [];
