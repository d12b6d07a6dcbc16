import { userInfo } from 'node:os';
import { severities, type Severity } from '../../shared/findings/finding.ts';
import type { Report } from '../../shared/report/model.ts';
import { isOpen } from '../../shared/report/score.ts';
import { writeCollectScript } from '../collect/collect-script.ts';
import { windowsScript } from '../collect/windows-script.ts';
import { saveFacts } from '../collect/facts-file.ts';
import { writeFileSafely } from '../store/json-file.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { inLane, needSession, type AppContext, type HandlersOf } from './context.ts';

type ScanMethods =
  | 'scan.start'
  | 'scan.cancel'
  | 'scan.judge'
  | 'scan.saveScript'
  | 'scan.saveFacts'
  | 'waivers.list'
  | 'waivers.set'
  | 'waivers.remove'
  | 'verify.scan';

/** Inspecting, judging, waiving. */
export function scanHandlers(context: AppContext): HandlersOf<ScanMethods> {
  const { ports, store } = context;
  const scan = (profile: string): Promise<Report> =>
    inLane(context, 'scan', async (signal) => {
      const session = needSession(context);
      const report = await session.scan(
        profile,
        (subject, done, total) => ports.emit('scan.progress', { subject, done, total }),
        signal,
      );
      await rememberScore(context, report);
      return report;
    });
  const judgeAgain = (): Promise<Report> => {
    const session = needSession(context);
    return session.judge(session.report?.profile ?? 'baseline');
  };
  return {
    'scan.start': ({ profile }) => scan(profile),
    'verify.scan': () => scan(needSession(context).report?.profile ?? 'baseline'),
    'scan.cancel': async () => {
      context.busy.get('scan')?.abort();
      return {};
    },
    'scan.judge': ({ profile }) => needSession(context).judge(profile),
    'scan.saveScript': async () => {
      const path = await ports.askWhereToSave({
        title: 'Save the collecting script',
        suggested: 'portcullis-collect.sh',
      });
      if (path !== null)
        await writeFileSafely(path, /\.ps1$/i.test(path) ? windowsScript : writeCollectScript());
      return { path };
    },
    'scan.saveFacts': async () => {
      const { facts } = needSession(context);
      if (facts === null)
        throw new AppError('refused', 'The target was not inspected yet.', 'Inspect it first.');
      const path = await ports.askWhereToSave({
        title: 'Save the facts',
        suggested: `facts-${fileNameOf(facts.target.label)}-${facts.finishedAt.slice(0, 10)}.json`,
      });
      if (path !== null) await saveFacts(path, facts);
      return { path };
    },
    'waivers.list': async () => [...(await store.waivers(needSession(context).targetKey))],
    'waivers.set': async (waiver) => {
      const createdBy = userInfo().username;
      await store.setWaiver(needSession(context).targetKey, {
        ...waiver,
        createdAt: new Date().toISOString(),
        createdBy,
      });
      return judgeAgain();
    },
    'waivers.remove': async ({ check }) => {
      await store.removeWaiver(needSession(context).targetKey, check);
      return judgeAgain();
    },
  };
}

/** A label as part of a file's name. */
export function fileNameOf(label: string): string {
  return label.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|-+$/g, '') || 'target';
}

async function rememberScore(context: AppContext, report: Report): Promise<void> {
  const present = (await context.store.targets()).find(({ key }) => key === context.connection?.key);
  if (present === undefined) return;
  const count = (severity: Severity): number =>
    report.findings.filter((finding) => isOpen(finding) && finding.severity === severity).length;
  await context.store.rememberTarget({
    ...present,
    server: report.server === null ? present.server : `PostgreSQL ${report.server.version.split(' ')[0]}`,
    lastScore: report.score.value,
    lastOpen: Object.fromEntries(severities.map((severity) => [severity, count(severity)])) as Record<
      Severity,
      number
    >,
  });
}
