import type { Setting } from '../../facts/cluster.ts';
import type { Severity } from '../../findings/finding.ts';
import type { Judgement } from '../define-check.ts';
import { isLocalOnly, listening } from './listening.ts';
import { findSetting, settingMissing } from './settings.ts';

/** Null while TLS is on; otherwise what a check about its details has to answer. */
export function tlsIsOff(settings: readonly Setting[]): Judgement | null {
  const ssl = findSetting(settings, 'ssl');
  if (ssl === undefined) return settingMissing('ssl');
  return ssl.value === 'on'
    ? null
    : { status: 'not-applicable', summary: 'TLS is off, so this has no effect.' };
}

/** The severity of a weakness of the encryption: low where no connection comes from another machine. */
export function lineSeverity(settings: readonly Setting[], severity: Severity): Severity {
  const heard = listening(settings);
  return heard !== null && isLocalOnly(heard) ? 'low' : severity;
}
