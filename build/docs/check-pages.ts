import type { AnyCheck } from '../../shared/checks/define-check.ts';
import { checks } from '../../shared/checks/registry.ts';
import { pillars } from '../../shared/findings/finding.ts';
import type { Pillar, References } from '../../shared/findings/finding.ts';
import type { AnyFix } from '../../shared/fixes/define-fix.ts';
import { fixes } from '../../shared/fixes/registry.ts';
import { profiles } from '../../shared/profiles/registry.ts';
import type { GeneratedFile } from './generated-file.ts';
import { code, numbered, plain, table } from './markdown.ts';

const notice = '<!-- Made from shared/checks and shared/fixes by `npm run docs`. Change it there. -->';

const pillarTitles: Readonly<Record<Pillar, string>> = {
  network: 'Network',
  transport: 'Transport',
  database: 'Database',
  platform: 'Platform',
  logging: 'Logging',
  secrets: 'Secrets',
};

const effects = {
  live: 'takes effect at once',
  reload: 'needs a reload of PostgreSQL',
  restart: 'needs a restart of PostgreSQL',
} as const;

const majors = [13, 14, 15, 16, 17, 18];

const ofPillar = (pillar: Pillar): readonly AnyCheck[] => checks.filter((check) => check.pillar === pillar);
const fixesOf = ({ id }: AnyCheck): readonly AnyFix[] =>
  fixes.filter(({ resolves }) => resolves.includes(id));

function fixLine(fix: AnyFix): string {
  const traits = [
    effects[fix.effect],
    fix.reversible ? 'can be undone' : 'cannot be undone',
    ...(fix.cutsOff ? ['could cut somebody off, so it is applied under a guard'] : []),
    fix.safe ? 'may be chosen with "all that are safe"' : 'never chosen by itself',
  ];
  return `- ${code(fix.id)}: ${plain(fix.title)}. ${plain(fix.description)} (${traits.join('; ')})`;
}

function parametersOf(check: AnyCheck): readonly string[] {
  const defaults = check.parameters.parse({}) as Readonly<Record<string, unknown>>;
  return Object.keys(defaults).map((name) => {
    const normal = JSON.stringify(defaults[name]);
    const others = profiles.flatMap((profile) =>
      majors.flatMap((major) => {
        const given = profile.parameters(major)[check.id];
        const value = JSON.stringify((check.parameters.parse(given ?? {}) as typeof defaults)[name]);
        return value === normal ? [] : [`${value} in ${profile.id} for PostgreSQL ${major}`];
      }),
    );
    return `- ${code(name)}: ${[code(normal), ...others.map(plain)].join('; ')}`;
  });
}

function referenceLines({ cis, stig, documentation }: References): readonly string[] {
  return [
    ...(cis.length > 0 ? [`- CIS PostgreSQL Benchmark: ${cis.join(', ')}`] : []),
    ...(stig.length > 0 ? [`- STIG: ${stig.join(', ')}`] : []),
    ...documentation.map(({ title, url }) => `- [${plain(title)}](${url})`),
  ];
}

function section(title: string, body: string): readonly string[] {
  return body === '' ? [] : [`### ${title}`, body];
}

function checkText(check: AnyCheck): string {
  const offered = fixesOf(check);
  return [
    `## ${code(check.id)}`,
    `**${plain(check.titles.topic)}** · severity ${check.severity}`,
    `- Passes: ${plain(check.titles.pass)}.\n- Fails: ${plain(check.titles.fail)}.`,
    plain(check.why),
    ...section('How it is misused', numbered(check.misuse)),
    ...section('How to fix it by hand', numbered(check.byHand)),
    ...section('Fixes of the program', offered.map(fixLine).join('\n')),
    ...section('Parameters', parametersOf(check).join('\n')),
    ...section('References', referenceLines(check.references).join('\n')),
    `Facts that it needs: ${check.needs.map(code).join(', ')}.`,
  ].join('\n\n');
}

function page(pillar: Pillar): string {
  const intro = `Checks of the pillar ${pillarTitles[pillar]}. All checks: [README](README.md).`;
  return `${[notice, `# ${pillarTitles[pillar]}`, intro, ...ofPillar(pillar).map(checkText)].join('\n\n')}\n`;
}

function overview(): string {
  const fixable = checks.filter((check) => fixesOf(check).length > 0).length;
  const parts = pillars
    .filter((pillar) => ofPillar(pillar).length > 0)
    .map((pillar) => {
      const rows = ofPillar(pillar).map((check) => [
        `[${code(check.id)}](${pillar}.md#${check.id})`,
        check.severity,
        plain(check.titles.pass),
        fixesOf(check).length > 0 ? 'yes' : 'by hand',
      ]);
      return `## ${pillarTitles[pillar]}\n\n${table(['Check', 'Severity', 'Passes when', 'Fix'], rows)}`;
    });
  const intro = [
    `${checks.length} checks; the program can fix ${fixable} of them.`,
    'A check whose facts are missing is "not assessed" with the reason, never passed.',
    'In the terminal: `portcullis checks ID`.',
  ].join('\n');
  return `${[notice, '# Checks', intro, ...parts].join('\n\n')}\n`;
}

/** `docs/checks/`: an overview, and a page for each pillar that has checks. */
export function checkPages(): readonly GeneratedFile[] {
  return [
    { path: 'docs/checks/README.md', text: overview() },
    ...pillars
      .filter((pillar) => ofPillar(pillar).length > 0)
      .map((pillar) => ({ path: `docs/checks/${pillar}.md`, text: page(pillar) })),
  ];
}
