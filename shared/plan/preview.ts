import type { Fact } from '../facts/fact.ts';
import type { FactSet } from '../facts/facts.ts';
import { removeSetting, setSetting } from '../config/edit.ts';
import { applyHbaEdits } from '../hba/edit.ts';
import { assertNever } from '../lib/assert-never.ts';
import { quoteShell } from '../lib/quoting.ts';
import { bytesOfText, textOfBytes } from '../lib/text-bytes.ts';
import type { OperationOf } from './operation.ts';
import type { Change, Plan, PlanStep } from './plan.ts';
import { alterSystem } from './statements.ts';

/** The facts that a preview needs: the files as they are before, and the cluster. */
export interface PreviewFacts extends Pick<FactSet, 'cluster'> {
  readonly configurationFiles: Fact<readonly { readonly path: string; readonly text: string | null }[]>;
}

/** What each step changes, as a person reads it: diffs, statements, commands, in the order in which they run. */
export function previewChanges(plan: Plan, facts: PreviewFacts): Change[] {
  // Several steps may write one file: each diff starts from what the one before it leaves.
  const texts = new Map<string, string>();
  if (facts.configurationFiles.state === 'collected') {
    for (const file of facts.configurationFiles.value) texts.set(file.path, file.text ?? '');
  }
  const changes = plan.steps.map((step) => changeOf(step, texts, facts));
  return changes.reduce<Change[]>(join, []);
}

/** Neighbours of one kind and place become one change: ten settings are one block of SQL. */
function join(changes: Change[], next: Change): Change[] {
  const last = changes.at(-1);
  if (
    last?.kind === 'sql' &&
    next.kind === 'sql' &&
    last.database === next.database &&
    isSettings(last) &&
    isSettings(next)
  ) {
    const joined = { ...last, title: 'Settings', statements: [...last.statements, ...next.statements] };
    return [...changes.slice(0, -1), joined];
  }
  if (last?.kind === 'diff' && next.kind === 'diff' && last.path === next.path) {
    return [...changes.slice(0, -1), { ...last, title: `Write ${fileName(last.path)}`, after: next.after }];
  }
  return [...changes, next];
}

const isSettings = (change: Extract<Change, { kind: 'sql' }>): boolean =>
  change.statements.every((statement) => statement.startsWith('ALTER SYSTEM'));

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function diff({ number, title }: PlanStep, path: string, texts: Map<string, string>, after: string): Change {
  const before = texts.get(path) ?? '';
  texts.set(path, after);
  return { kind: 'diff', step: number, title, path, before: textOfBytes(before), after: textOfBytes(after) };
}

function changeOf(step: PlanStep, texts: Map<string, string>, facts: PreviewFacts): Change {
  const { operation, number, title } = step;
  const { cluster } = facts;
  // The practice server's account owns all that is changed there.
  const actor =
    cluster.state === 'collected' && cluster.value.origin === 'practice' ? cluster.value.owner : 'root';
  const commands = (lines: string[], undo: string[], as = actor): Change => ({
    kind: 'commands',
    step: number,
    title,
    as,
    lines,
    undo,
  });
  switch (operation.kind) {
    case 'setting':
      return settingChange(step, operation, texts);
    case 'hba': {
      const before = texts.get(operation.file) ?? '';
      const edited = applyHbaEdits(before, operation.edits, { path: operation.file, major: operation.major });
      return diff(step, operation.file, texts, edited.ok ? edited.text : before);
    }
    case 'file':
      return diff(step, operation.path, texts, operation.content ?? '');
    case 'sql':
      return {
        kind: 'sql',
        step: number,
        title,
        database: operation.database,
        statements: operation.statements,
        inverse: operation.inverse,
      };
    case 'file-mode':
      return commands(modeCommands(operation, operation), modeCommands(operation, operation.previous));
    case 'firewall':
      return {
        kind: 'firewall',
        step: number,
        title,
        before: operation.before,
        after: operation.after,
        commands: operation.commands,
      };
    case 'certificate':
      return commands(certificateCommands(operation), [
        `rm ${quoteShell(operation.keyPath)} ${quoteShell(operation.certificatePath)}`,
      ]);
    case 'package':
      return commands(
        packageCommands(operation),
        operation.action === 'install' ? ['# the package stays on the host; nothing loads it any more'] : [],
      );
    case 'reload':
      return {
        kind: 'sql',
        step: number,
        title,
        database: 'postgres',
        statements: ['SELECT pg_reload_conf()'],
        inverse: [],
      };
    case 'restart':
      return commands([restartCommand(facts)], []);
    default:
      return assertNever(operation, 'operation');
  }
}

function settingChange(
  step: PlanStep,
  operation: OperationOf<'setting'>,
  texts: Map<string, string>,
): Change {
  if (operation.via === 'alter-system' || operation.file === null) {
    return {
      kind: 'sql',
      step: step.number,
      title: step.title,
      database: 'postgres',
      statements: [alterSystem(operation.name, operation.value)],
      inverse: ['-- postgresql.auto.conf is put back byte for byte'],
    };
  }
  const before = texts.get(operation.file) ?? '';
  const after =
    operation.value === null
      ? removeSetting(before, operation.name)
      : setSetting(before, operation.name, bytesOfText(operation.value));
  return diff(step, operation.file, texts, after);
}

function modeCommands(
  operation: OperationOf<'file-mode'>,
  to: { readonly mode: number | null; readonly owner: string | null; readonly group: string | null },
): string[] {
  const path = quoteShell(operation.path);
  const owner =
    to.owner === null && to.group === null
      ? []
      : [`chown -- ${quoteShell(`${to.owner ?? ''}${to.group === null ? '' : `:${to.group}`}`)} ${path}`];
  return [
    ...owner,
    ...(to.mode === null ? [] : [`chmod -- ${to.mode.toString(8).padStart(4, '0')} ${path}`]),
  ];
}

function certificateCommands(operation: OperationOf<'certificate'>): string[] {
  const names =
    operation.alternativeNames.length === 0
      ? ''
      : ` -addext ${quoteShell(`subjectAltName=${operation.alternativeNames.join(',')}`)}`;
  const subject = quoteShell(`/CN=${operation.commonName.replaceAll('/', '\\/')}`);
  const encrypted =
    operation.passphrase === null ? '-nodes' : `-passout file:${quoteShell(operation.passphrase.file)}`;
  return [
    ...(operation.passphrase === null
      ? []
      : [`# a passphrase is made on the host into ${quoteShell(operation.passphrase.file)}, mode 0600`]),
    `openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 ${encrypted} -days ${operation.days} -subj ${subject}${names} -keyout ${quoteShell(operation.keyPath)} -out ${quoteShell(operation.certificatePath)}`,
    `chown ${quoteShell(`${operation.owner}:${operation.group}`)} ${quoteShell(operation.keyPath)} ${quoteShell(operation.certificatePath)}`,
    `chmod 0600 ${quoteShell(operation.keyPath)}`,
  ];
}

function packageCommands({ manager, action, names }: OperationOf<'package'>): string[] {
  const words = names.map(quoteShell).join(' ');
  if (manager === 'dnf') return [`dnf --assumeyes ${action === 'install' ? 'install' : 'upgrade'} ${words}`];
  return [`apt-get ${action === 'install' ? 'install' : 'install --only-upgrade'} --yes ${words}`];
}

function restartCommand(facts: PreviewFacts): string {
  if (facts.cluster.state !== 'collected') return 'restart PostgreSQL';
  const { service, dataDirectory, binDirectory, name, major } = facts.cluster.value;
  switch (service.kind) {
    case 'systemd':
      return `systemctl restart ${quoteShell(service.unit)}`;
    case 'pg_ctlcluster':
      return `pg_ctlcluster ${major} ${quoteShell(name.replace(/^\d+\//, ''))} restart`;
    case 'pg_ctl':
      return `${quoteShell(`${binDirectory}/pg_ctl`)} restart -D ${quoteShell(dataDirectory)}`;
    default:
      return assertNever(service, 'service');
  }
}
