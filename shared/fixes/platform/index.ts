import type { AnyFix } from '../define-fix.ts';
import { privateDataDirectory, privateHbaFiles } from './file-rights.ts';
import { updateServer } from './update.ts';

/** Fixes of the pillar platform, in the order of the checks that they belong to. */
export const platformFixes: readonly AnyFix[] = [updateServer, privateDataDirectory, privateHbaFiles];
