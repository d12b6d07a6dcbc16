import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { projectFolder } from './launch.ts';

type AxeResult = {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
};

let axeSource: string | undefined;

/** Resolves once nothing fades or slides any more: colours that are on their way are no colours to measure. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((one) => one.effect?.getTiming().iterations === 1)
        .map((one) => one.finished.catch(() => undefined)),
    ),
  );
}

/** What axe finds wrong on the page as it stands, in words. */
export async function violations(page: Page): Promise<readonly string[]> {
  await settled(page);
  axeSource ??= await readFile(join(projectFolder, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axeSource);
  const result = await page.evaluate(() =>
    (window as unknown as { axe: { run(options: object): Promise<AxeResult> } }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
  );
}
