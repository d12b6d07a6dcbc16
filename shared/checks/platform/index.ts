import type { AnyCheck } from '../define-check.ts';
import { osHbaPerms } from './os-hba-perms.ts';
import { osPgdata } from './os-pgdata.ts';
import { patchCves } from './patch-cves.ts';
import { patchEol } from './patch-eol.ts';
import { patchMinor } from './patch-minor.ts';

/** Checks of the pillar platform, in the order in which they are shown among findings of one severity. */
export const platformChecks: readonly AnyCheck[] = [patchEol, patchMinor, patchCves, osPgdata, osHbaPerms];
