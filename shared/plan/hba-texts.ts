import { plainProblem, refusedWhole } from '../hba/editor/plain-problem.ts';
import { editsFromText } from '../hba/editor/text-edits.ts';
import type { FactSet } from '../facts/facts.ts';
import { managedObstacle } from './managed.ts';
import type { RequestedOperation } from './merge.ts';
import type { HbaText } from './plan.ts';
import { hbaResolution } from './read-rules.ts';

interface Problem {
  readonly fixes: readonly string[];
  readonly message: string;
}

/** The operations that edited texts come to, of the same kind as those of fixes; or why they cannot be planned. */
export function editOperations(
  texts: readonly HbaText[],
  facts: FactSet,
  editManaged: boolean,
): { readonly operations: readonly RequestedOperation[]; readonly problems: readonly Problem[] } {
  const operations: RequestedOperation[] = [];
  const problems: Problem[] = [];
  const refuse = (message: string): void => void problems.push({ fixes: [], message });
  const files = facts.configurationFiles.state === 'collected' ? facts.configurationFiles.value : [];
  const major = facts.cluster.state === 'collected' ? facts.cluster.value.major : null;
  const known = major === null ? null : hbaResolution(facts, major);
  for (const { path, text, sha256 } of texts) {
    const file = files.find((one) => one.path === path);
    const isHba = known?.files.some(({ options }) => options.path === path) === true;
    if (major === null || file === undefined || file.text === null || !isHba) {
      refuse(`${path} is no part of the pg_hba.conf that was inspected.`);
      continue;
    }
    if (file.sha256 !== sha256) {
      refuse(
        `${path} is not what it was when you began to edit it. Open the editor, and say there whether to keep your text.`,
      );
      continue;
    }
    const edits = editsFromText(file.text, text, { path, major });
    if (!edits.ok) {
      edits.problems.forEach(({ line, message }) => refuse(`${path}, line ${line}: ${message}.`));
      continue;
    }
    if (edits.edits.length === 0) continue;
    const operation = { kind: 'hba' as const, file: path, major, edits: [...edits.edits] };
    const obstacle = managedObstacle([operation], facts, editManaged);
    if (obstacle === null) operations.push({ operation, fixes: [] });
    else refuse(obstacle.reason);
  }
  return { operations, problems };
}

/** Lines that the server would refuse in the files as a plan leaves them: then it would load none of them. */
export function refusedLines(after: FactSet): readonly Problem[] {
  const major = after.cluster.state === 'collected' ? after.cluster.value.major : null;
  const problems = major === null ? [] : (hbaResolution(after, major)?.problems ?? []);
  return problems.map(({ file, line, message }) => {
    const { what, todo } = plainProblem(message);
    return { fixes: [], message: `${file}, line ${line}: ${what} ${todo} ${refusedWhole}` };
  });
}
