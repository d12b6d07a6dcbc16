import { createTwoFilesPatch } from 'diff';
import { printable } from '../lib/hostile-text.ts';
import { quoteShell } from '../lib/quoting.ts';
import type { Change, CutOff, Plan } from './plan.ts';
import { outlookLines } from './restart-text.ts';
import type { RestartOutlook } from './restart.ts';

/** The plan for a terminal: what, who, in which order, how back. */
export function planText(
  plan: Plan,
  changes: readonly Change[],
  restart: RestartOutlook | null = null,
): string {
  const lines = [
    `Plan for ${plan.targetLabel}, cluster ${plan.clusterId}: ${plan.steps.length} steps`,
    ...plan.steps.map(
      (step) =>
        `${String(step.number).padStart(3)}  ${step.title}  (${step.effect}${step.reversible ? '' : ', CANNOT BE UNDONE'})`,
    ),
    '',
    plan.restart.included
      ? `PostgreSQL is restarted: every session ends${plan.restart.reasons.length > 0 ? ` (${plan.restart.reasons.join(', ')})` : ''}.`
      : plan.restart.reasons.length > 0
        ? `Waits for a restart that you make: ${plan.restart.reasons.join(', ')}.`
        : 'No restart is needed.',
    ...(restart === null ? [] : outlookLines(restart)),
    ...cutOffLines(plan),
    '',
    ...changes.flatMap((change) => [...changeText(change), '']),
  ];
  return `${lines.map(printable).join('\n').trimEnd()}\n`;
}

function cutOffLines({ cutOff, cutOffUnknown = [] }: Plan): string[] {
  const unknown = cutOffUnknown.map((text) => `Not seen: ${text}`);
  if (cutOff.length === 0) return ['Nobody who was seen would be refused.', ...unknown];
  return ['Would be refused at the next login:', ...cutOff.flatMap(cutOffEntry), ...unknown];
}

/** Who, how it was seen, and below it what refuses it, with the text of the line or rule. */
export function cutOffEntry(who: CutOff): string[] {
  const { role, database, address, transport, seen, because, certainty, gate, rule } = who;
  const target = who.replication === true ? ' for replication' : database === null ? '' : ` to ${database}`;
  const from = address === null ? '' : ` from ${address}`;
  const shown = gate === 'hba' || gate === 'role' || gate === 'tls' ? (rule ?? null) : null;
  return [
    `  ${role}${target}${from}, ${transport} (${seen}): ${because}${certainty === 'possible' ? ', possibly' : ''}`,
    ...(shown === null || because.includes(shown) ? [] : [`      ${shown}`]),
  ];
}

/** One change as lines of text: a unified diff, statements, or commands. */
export function changeText(change: Change): string[] {
  const head = `-- ${change.step}. ${change.title}`;
  switch (change.kind) {
    case 'diff':
      return [head, ...unified(change.path, change.before, change.after)];
    case 'sql':
      return [
        `${head} (database ${change.database})`,
        ...change.statements.map((statement) => `${statement};`),
      ];
    case 'commands':
      return [`${head} (as ${change.as})`, ...change.lines];
    case 'firewall':
      return [head, ...change.commands, '   afterwards:', ...change.after.map((line) => `   ${line}`)];
  }
}

function unified(path: string, before: string, after: string): string[] {
  const patch = createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 3 });
  return patch
    .split('\n')
    .slice(1)
    .filter((line, index, all) => line !== '' || index < all.length - 1);
}

/**
 * The plan as a POSIX shell script that root can run on the host without Portcullis. It stops at the first error and keeps
 * a copy of each file beside it; it has no guard and no proof, and says so.
 */
export function planScript(plan: Plan, changes: readonly Change[], owner: string): string {
  const lines = [
    '#!/bin/sh',
    `# ${comment(`Plan ${plan.id} for ${plan.targetLabel}, cluster ${plan.clusterId}, made ${plan.createdAt}`)}`,
    '# Run as root on the host. Each file is copied to FILE.before-portcullis first. There is no guard here that rolls',
    '# back by itself: keep a second session open.',
    'set -eu',
    'LC_ALL=C; export LC_ALL',
    ...plan.cutOff.map(
      (who) =>
        `# ${comment(`Would be refused: ${who.role} from ${who.address ?? 'the Unix socket'}: ${who.because}`)}`,
    ),
    '',
    ...changes.flatMap((change) => [
      `printf '%s\\n' ${quoteShell(`${change.step}. ${printable(change.title)}`)}`,
      ...scriptLines(change, owner),
      '',
    ]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const comment = (text: string): string => printable(text).replaceAll('\n', ' ');

function scriptLines(change: Change, owner: string): string[] {
  switch (change.kind) {
    case 'sql': {
      const sql = change.statements.map((statement) => `${statement};`).join('\n');
      return [
        `printf '%s\\n' ${quoteShell(sql)} | runuser -u ${quoteShell(owner)} -- psql -X -v ON_ERROR_STOP=1 -d ${quoteShell(connectionString(change.database))}`,
      ];
    }
    case 'diff': {
      const path = quoteShell(change.path);
      // Written through the existing file, so that its owner and mode stay.
      return [
        `if [ -e ${path} ]; then cp -p -- ${path} ${path}.before-portcullis; fi`,
        `printf '%s' ${quoteShell(change.after)} > ${path}`,
      ];
    }
    case 'commands':
      return [...change.lines];
    case 'firewall':
      return [...change.commands];
  }
}

/** A database name as a connection string, because psql would read a name with = as one. */
function connectionString(database: string): string {
  return `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
