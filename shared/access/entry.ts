import type { FactSet } from '../facts/facts.ts';
import type { IdentMapping } from '../hba/ident.ts';
import { withoutSecrets } from '../hba/methods.ts';
import type { HbaConnection } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import { formatRule } from '../hba/write.ts';

/** `possible`: it hangs on something that cannot be seen. */
export type Certainty = 'certain' | 'possible';

/** What can refuse a client, in the order in which it meets them. */
export type CutOffGate = 'sshd' | 'firewall' | 'listener' | 'socket' | 'tls' | 'hba' | 'role' | 'database';

/** That a client does not get in, and what decides it. */
export interface Refusal {
  readonly verdict: 'refused';
  readonly certainty: Certainty;
  readonly gate: CutOffGate;
  /** In words: `pg_hba.conf:12 rejects it`. */
  readonly because: string;
  /** The line of pg_hba.conf, or the rule of the firewall, as text; null where the lack of one decides. */
  readonly rule: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** Whether a client gets in, and what decides. The rule is null where pg_hba.conf could not be read. */
export type Entry = { readonly verdict: 'allowed'; readonly rule: HbaRule | null } | Refusal;

/** One state of the server: its facts, with the rules that are read of them. */
export interface AccessState {
  readonly facts: FactSet;
  /** Of pg_hba.conf with its includes; null when they are not known: then this gate counts as open. */
  readonly rules: readonly HbaRule[] | null;
  /** Of pg_ident.conf; null or missing when they are not known. */
  readonly mappings?: readonly IdentMapping[] | null;
}

/** One way in which a client may connect. What was seen of it may leave several open. */
export interface Way {
  /** One after the other, as libpq tries them until one lets it in. */
  readonly transports: readonly HbaConnection['transport'][];
  readonly database: string;
  readonly replication: HbaConnection['replication'];
  /** The address that it dials; null for the socket or where it is not known. */
  readonly destination: string | null;
  /** The folder of the socket that it uses; null for TCP or where it is not known. */
  readonly directory: string | null;
  /** null where the settings are not known. */
  readonly port: number | null;
}

export function refusal(
  gate: CutOffGate,
  because: string,
  certainty: Certainty = 'certain',
  rule: string | null = null,
): Refusal {
  return { verdict: 'refused', certainty, gate, because, rule, file: null, line: null };
}

/** `pg_hba.conf:12` */
export function placeOf(rule: Pick<HbaRule, 'file' | 'line'>): string {
  return `${rule.file.slice(rule.file.lastIndexOf('/') + 1)}:${rule.line}`;
}

/** A refusal by a line of pg_hba.conf. `because` follows its place: `asks for a password`. */
export function refusedBy(
  rule: HbaRule,
  because: string,
  certainty: Certainty,
  gate: CutOffGate = 'hba',
): Refusal {
  return {
    verdict: 'refused',
    certainty,
    gate,
    because: `${placeOf(rule)} ${because}`,
    rule: ruleText(rule),
    file: rule.file,
    line: rule.line,
  };
}

function ruleText(rule: HbaRule): string {
  try {
    return formatRule(withoutSecrets(rule), 18).replace(/ {2,}/g, ' ').trim();
  } catch {
    // A name with a line break cannot be written again.
    return `${rule.type} ${rule.method}`;
  }
}

/** The value of a setting in force; null when it is not known. */
export function settingOf({ settings }: FactSet, name: string): string | null {
  if (settings.state !== 'collected') return null;
  return settings.value.find((setting) => setting.name === name)?.value ?? null;
}

/** The comma-separated parts of a setting, without quotes and blanks. */
export function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((word) => word.trim().replace(/^"(.*)"$/, '$1'))
    .filter((word) => word !== '');
}
