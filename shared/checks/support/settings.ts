import type { Setting } from '../../facts/cluster.ts';
import { listKindOf, splitList } from '../../config/lists.ts';
import type { Evidence, Subject } from '../../findings/finding.ts';
import type { Judgement } from '../define-check.ts';

type Settings = readonly Setting[];

/** The row of a setting by its name (names are compared as PostgreSQL does, without regard to case). */
export function findSetting(settings: Settings, name: string): Setting | undefined {
  const wanted = name.toLowerCase();
  return settings.find((setting) => setting.name.toLowerCase() === wanted);
}

/** The value in force, or null when this server does not have the setting. */
export function settingValue(settings: Settings, name: string): string | null {
  return findSetting(settings, name)?.value ?? null;
}

/** True for a boolean that is on. False also where the setting does not exist: ask for it first when that matters. */
export function isOn(settings: Settings, name: string): boolean {
  return settingValue(settings, name) === 'on';
}

/** Where the value comes from: `/etc/postgresql/15/main/postgresql.conf:64`, `default`, `command line`. */
export function settingPlace(setting: Setting): string {
  if (setting.sourceFile === null) return setting.source;
  return setting.sourceLine === null ? setting.sourceFile : `${setting.sourceFile}:${setting.sourceLine}`;
}

/** The setting as evidence; `wanted` says in words what would pass. */
export function settingEvidence(setting: Setting, wanted: string | null): Evidence {
  return {
    kind: 'setting',
    name: setting.name,
    value: setting.value,
    wanted,
    source: settingPlace(setting),
  };
}

export function settingSubject(name: string): Subject {
  return { kind: 'setting', name };
}

/** What to say when pg_settings has no row of that name. */
export function settingMissing(name: string): Judgement {
  return { status: 'not-assessed', summary: `The server shows no setting ${name}.` };
}

/**
 * The entries of a list setting (listen_addresses, unix_socket_directories, search_path, shared_preload_libraries), split
 * as the server does it. A running server has no value that it cannot split; if one came, it is taken as one entry.
 */
export function listEntries({ name, value }: Pick<Setting, 'name' | 'value'>): readonly string[] {
  return splitList(value, listKindOf(name) ?? 'names') ?? [value];
}
