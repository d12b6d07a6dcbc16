import { removeSetting, setSetting } from '../../../shared/config/edit.ts';
import { bytesOfText } from '../../../shared/lib/text-bytes.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { Prepared, Preparation } from '../prepared-step.ts';
import { prepareRewrite } from './rewrite.ts';

/** A setting in the file whose line is in force: only that line changes. */
export function prepareSettingInFile(operation: OperationOf<'setting'>, preparation: Preparation): Prepared {
  const { name, value, effect } = operation;
  const path = operation.file ?? preparation.cluster.configFile;
  const before = preparation.content(path);
  let text: string;
  try {
    text = value === null ? removeSetting(before, name) : setSetting(before, name, bytesOfText(value));
  } catch (error) {
    throw new ApplyRefused(error instanceof Error ? error.message : String(error));
  }
  return { ...prepareRewrite(path, text, preparation), server: effect, budgetSeconds: 5 };
}
