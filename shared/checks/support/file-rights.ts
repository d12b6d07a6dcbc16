import type { FileStatus } from '../../facts/files.ts';
import type { Severity } from '../../findings/finding.ts';
import type { Judgement } from '../define-check.ts';
import { rightsEvidence, rightsText } from './evidence.ts';
import { worstOf } from './hba-findings.ts';
import { listOf } from './words.ts';

/** What is wrong with the rights of one file or folder. */
export interface RightsProblem {
  readonly severity: Severity;
  readonly note: string;
}

export interface JudgedFile {
  readonly status: FileStatus;
  readonly problems: readonly RightsProblem[];
}

/**
 * The finding over files with their problems: fails by the worst of them; what is missing, a link or has an ACL cannot
 * pass. `kind` is that of the subjects.
 */
export function judgeRights(files: readonly JudgedFile[], kind: 'file' | 'folder' = 'file'): Judgement {
  const notes = (problems: readonly RightsProblem[]) => problems.map(({ note }) => note).join('; ');
  const evidence = [rightsEvidence(files.map(({ status, problems }) => ({ status, note: notes(problems) })))];
  const bad = files.filter(({ problems }) => problems.length > 0);
  if (bad.length > 0) {
    return {
      status: 'fail',
      summary: `${listOf(
        bad.map(({ status, problems }) => `${status.path}: ${notes(problems)}`),
        3,
      )}.`,
      evidence,
      subjects: bad.map(({ status }) => ({ kind, name: status.path })),
      severity: worstOf(bad.flatMap(({ problems }) => problems)),
    };
  }
  const unseen = files.find(({ status }) => status.type === 'missing' || status.type === 'link');
  if (unseen !== undefined) {
    const { path, type, target } = unseen.status;
    return {
      status: 'not-assessed',
      summary:
        type === 'missing'
          ? `${path} was not found.`
          : `${path} is a link to ${target ?? 'an unknown place'}, whose rights were not read.`,
      evidence,
    };
  }
  const acl = files.find(({ status }) => status.hasAcl);
  if (acl !== undefined) {
    return {
      status: 'manual',
      summary: `An ACL on ${acl.status.path} may let more accounts in: getfacl shows it.`,
      evidence,
    };
  }
  return {
    status: 'pass',
    summary: `${listOf(
      files.map(({ status }) => `${status.path}: ${rightsText(status)}`),
      3,
    )}.`,
    evidence,
  };
}
