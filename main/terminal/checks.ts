import { checks } from '../../shared/checks/registry.ts';
import type { AnyCheck } from '../../shared/checks/define-check.ts';
import { fixes } from '../../shared/fixes/registry.ts';
import { UsageError } from './command.ts';

/** What `portcullis checks` prints: a line a check, or one check whole. */
export function describeChecks(id: string | null, format: 'text' | 'json'): string {
  const chosen = id === null ? checks : checks.filter((check) => check.id === id);
  if (chosen.length === 0) throw new UsageError(`There is no check "${id ?? ''}".`);
  if (format === 'json') return `${JSON.stringify(chosen.map(asData), null, 2)}\n`;
  if (id === null)
    return chosen
      .map(
        (check) =>
          `${check.severity.padEnd(8)} ${check.pillar.padEnd(9)} ${check.id.padEnd(26)} ${check.titles.pass}\n`,
      )
      .join('');
  return chosen.map(asText).join('\n');
}

function asData({ id, pillar, severity, titles, why, misuse, byHand, references, needs }: AnyCheck) {
  return { id, pillar, severity, titles, why, misuse, byHand, references, needs, fixes: fixesOf(id) };
}

const fixesOf = (id: string): string[] =>
  fixes.filter(({ resolves }) => resolves.includes(id)).map((fix) => fix.id);

function asText(check: AnyCheck): string {
  const { references } = check;
  const list = (lines: readonly string[]): string =>
    lines.map((line, index) => `  ${index + 1}. ${line}\n`).join('');
  return [
    `${check.titles.topic}  [${check.id}, ${check.pillar}, ${check.severity}]\n`,
    `Passes: ${check.titles.pass}.\nFails:  ${check.titles.fail}.\n`,
    `${check.why}\n`,
    `How it is misused\n${list(check.misuse)}`,
    `How to fix it by hand\n${list(check.byHand)}`,
    `Fixes: ${fixesOf(check.id).join(', ') || 'none; by hand'}\n`,
    `References: ${[...references.cis.map((number) => `CIS ${number}`), ...references.stig.map((one) => `STIG ${one}`), ...references.documentation.map(({ url }) => url)].join('; ') || 'none'}\n`,
  ].join('\n');
}
