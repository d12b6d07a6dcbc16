import type { FileSetting, Setting } from '../../../shared/facts/cluster.ts';

/** The settings that an inspecting session gives itself, so that pg_settings shows its values and not the server's. */
export const sessionSettingNames: readonly string[] = [
  'application_name',
  'client_encoding',
  'default_transaction_read_only',
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'search_path',
  'statement_timeout',
];

const milliseconds: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Puts the server's values in place of those that the session gave itself: what the files say, otherwise the built-in
 * value. A value set on the command line of the server cannot be seen through and reads as built in.
 */
export function withoutSessionValues(settings: readonly Setting[], files: readonly FileSetting[]): Setting[] {
  return settings.map((setting) => {
    const ours = sessionSettingNames.includes(setting.name);
    if (!ours || (setting.source !== 'client' && setting.source !== 'session')) return setting;
    const file = files.findLast((row) => row.name === setting.name && row.applied && row.error === null);
    if (file === undefined || file.value === null)
      return {
        ...setting,
        value: setting.bootValue ?? '',
        source: 'default',
        sourceFile: null,
        sourceLine: null,
      };
    return {
      ...setting,
      value: canonical(setting, file.value),
      source: 'configuration file',
      sourceFile: file.sourceFile,
      sourceLine: file.sourceLine,
    };
  });
}

function canonical(setting: Setting, text: string): string {
  if (setting.type === 'bool') return /^(on|t|tr|tru|true|y|ye|yes|1)$/i.test(text.trim()) ? 'on' : 'off';
  const time = /^\s*(-?\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(text);
  if (setting.unit !== 'ms' || time === null) return text;
  return String(Math.round(Number(time[1]) * (milliseconds[time[2] ?? 'ms'] ?? 1)));
}
