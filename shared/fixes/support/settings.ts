import type { Cluster, Setting } from '../../facts/cluster.ts';
import { findSetting, settingValue } from '../../checks/support/settings.ts';
import type { OperationOf } from '../../plan/operation.ts';
import type { FixPreferences } from '../define-fix.ts';

interface SettingPlace {
  readonly settings: readonly Setting[];
  readonly cluster: Cluster;
  readonly preferences: FixPreferences;
}

/** Contexts that only a restart brings into force. */
const atStart: readonly string[] = ['postmaster', 'internal'];

/**
 * The operation that gives a setting a new value (null: its default). Written as the person prefers, except that a value
 * that ALTER SYSTEM set before is changed there again: it would win over any file. Where the server allows no ALTER
 * SYSTEM (allow_alter_system, since 17), the line that is in force is changed, whichever file it stands in.
 */
export function setting(place: SettingPlace, name: string, value: string | null): OperationOf<'setting'> {
  const { settings, cluster, preferences } = place;
  const present = findSetting(settings, name);
  const source = present?.sourceFile ?? null;
  const byAlterSystem = source?.endsWith('/postgresql.auto.conf') === true;
  const forbidden = settingValue(settings, 'allow_alter_system') === 'off';
  const inFile = forbidden || (preferences.settingsVia === 'file' && !byAlterSystem);
  const via = inFile ? 'file' : 'alter-system';
  return {
    kind: 'setting',
    name,
    value,
    via,
    file: via === 'file' ? (source ?? cluster.configFile) : null,
    previous: { value: present?.value ?? '', source: present?.source ?? 'default' },
    effect: present !== undefined && atStart.includes(present.context) ? 'restart' : 'reload',
  };
}
