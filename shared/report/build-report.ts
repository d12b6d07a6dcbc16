import type { AnyCheck } from '../checks/define-check.ts';
import { runChecks } from '../checks/run-checks.ts';
import type { FactsFile } from '../facts/facts.ts';
import type { Finding, Waiver } from '../findings/finding.ts';
import type { AnyFix } from '../fixes/define-fix.ts';
import { withFixes } from '../plan/offers.ts';
import type { Profile } from '../profiles/profile.ts';
import { reportSchemaVersion, type Report } from './model.ts';
import { runSummary, type FinishedRun } from './run-summary.ts';
import { scoreOf, summarize } from './score.ts';

export interface Judge {
  readonly checks: readonly AnyCheck[];
  readonly fixes: readonly AnyFix[];
  readonly profile: Profile;
  readonly waivers: readonly Waiver[];
}

/** The findings of a facts file, by the time at which it was made, so that judging it later gives the same. */
export function judgeFacts({ facts, finishedAt }: FactsFile, judge: Judge): Finding[] {
  const major = facts.server.state === 'collected' ? facts.server.value.major : null;
  const findings = runChecks(facts, {
    checks: judge.checks,
    parameters: judge.profile.parameters(major),
    waivers: judge.waivers,
    now: finishedAt,
  });
  return withFixes(findings, judge.fixes, facts);
}

/** The report of a facts file. A run counts only when the facts were collected after it. */
export function buildReport(
  file: FactsFile,
  judge: Judge,
  version: string,
  run: FinishedRun | null = null,
): Report {
  const { facts, target } = file;
  const findings = judgeFacts(file, judge);
  return {
    schemaVersion: reportSchemaVersion,
    tool: { name: 'Portcullis', version },
    target: {
      kind: target.kind,
      key: target.key,
      label: target.label,
      address: target.address,
      privilege: target.privilege,
    },
    host:
      facts.system.state === 'collected'
        ? {
            hostname: facts.system.value.hostname,
            system: facts.system.value.prettyName,
            kernel: facts.system.value.kernel,
          }
        : null,
    server:
      facts.server.state === 'collected' && facts.cluster.state === 'collected'
        ? {
            version: facts.server.value.version,
            versionNumber: facts.server.value.versionNumber,
            cluster: facts.cluster.value.id,
            port: facts.cluster.value.port,
            dataDirectory: facts.cluster.value.dataDirectory,
          }
        : null,
    profile: judge.profile.id,
    startedAt: file.startedAt,
    finishedAt: file.finishedAt,
    score: scoreOf(findings),
    summary: summarize(findings),
    findings,
    run: run !== null && run.finishedAt <= file.startedAt ? runSummary(run, findings) : null,
  };
}
