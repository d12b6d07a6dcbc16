import { logFileProblems } from '../../checks/support/log-files.ts';
import { modeOfSetting } from '../../checks/support/log-settings.ts';
import { isOn, settingValue } from '../../checks/support/settings.ts';
import type { Cluster, Setting } from '../../facts/cluster.ts';
import type { FactSet } from '../../facts/facts.ts';
import type { Finding } from '../../findings/finding.ts';
import type { OperationOf } from '../../plan/operation.ts';
import { defineFix } from '../define-fix.ts';
import { modeChange } from '../support/modes.ts';
import { notOffered, offered, settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';

const server = '0600';
const group = '0640';

const namesSetting = (finding: Finding): boolean =>
  finding.subjects.some(({ kind, name }) => kind === 'setting' && name === 'log_file_mode');

/** True when some account reads the logs by a group other than that of the server: 0640 keeps that working. */
function readByGroup(all: FactSet, { owner }: Cluster): boolean {
  return (
    all.logFiles.state === 'collected' &&
    all.logFiles.value.files.some(({ mode, group: name }) => (mode & 0o040) !== 0 && name !== owner)
  );
}

/** Files and folder of the log with the rights that others have taken away. */
function privateFiles(all: FactSet, { owner }: Cluster): readonly OperationOf<'file-mode'>[] {
  if (all.logFiles.state !== 'collected') return [];
  const { files, directory } = all.logFiles.value;
  const accounts = all.accounts.state === 'collected' ? all.accounts.value : null;
  const changes = files.map((status) => {
    const problems = logFileProblems(status, owner, accounts);
    const narrowed = { ...status, mode: status.mode & 0o640 };
    // Where the group is the problem the right to read goes too.
    const mode = logFileProblems(narrowed, owner, accounts).length > 0 ? status.mode & 0o600 : narrowed.mode;
    return problems.length === 0 ? null : modeChange(status, { mode });
  });
  const folder =
    directory !== null &&
    directory.type === 'directory' &&
    (directory.mode & 0o1002) === 0o002 &&
    !/^\/(tmp|var\/tmp|var\/log|dev\/shm)?$/.test(directory.path)
      ? modeChange(directory, { mode: directory.mode & ~0o002 })
      : null;
  return [...changes, folder].filter((change) => change !== null);
}

/** The strictest mode that the finding can be about: 0640 itself is too wide only for a profile that says 0600. */
function tooWideForGroup(settings: readonly Setting[]): boolean {
  const mode = modeOfSetting(settingValue(settings, 'log_file_mode') ?? '');
  return mode !== null && (mode & ~0o640) === 0;
}

export const privateLogs = defineFix({
  id: 'private-logs',
  resolves: ['log-file-mode'],
  title: 'Close the log to other accounts',
  description:
    'New log files get a mode that keeps other accounts out, and those that are there get it now. Members of the group go on reading where they may today.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster'],
  offer: ({ settings, cluster }, finding, all) => {
    if (namesSetting(finding)) return settable(settings, ['log_file_mode']);
    return privateFiles(all, cluster).length > 0
      ? offered
      : notOffered('What lets others in is not the mode of the files. See "By hand".');
  },
  choices: ({ settings, cluster }, finding, all) => {
    if (!namesSetting(finding) || !isOn(settings, 'logging_collector')) return [];
    const keep = readByGroup(all, cluster) && !tooWideForGroup(settings);
    return [
      {
        kind: 'one',
        key: 'mode',
        label: 'Who may read new log files?',
        options: [
          { value: server, label: 'The server only', seen: 'mode 0600', chosen: !keep },
          { value: group, label: 'The group of the files too', seen: 'mode 0640', chosen: keep },
        ],
      },
    ];
  },
  plan({ settings, cluster }, finding, answers, preferences, all) {
    const mode = answers['mode'] === group ? group : server;
    const operations = [
      ...(namesSetting(finding) ? [setting({ settings, cluster, preferences }, 'log_file_mode', mode)] : []),
      ...privateFiles(all, cluster),
    ];
    return operations.length > 0
      ? { ok: true, operations }
      : { ok: false, reason: 'The log files are private already.' };
  },
});
