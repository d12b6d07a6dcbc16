import type { CellResult } from './cell.ts';
import { faults } from './faults.ts';

/** The line that runs one cell again. */
export const reproduction = ({ kind, fault, point }: CellResult): string =>
  `npm run test:faults -- --kind ${kind} --fault ${fault}${point === '-' ? '' : ` --point ${point}`}`;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Kinds of operation by faults: green cells, or green of all; how they ended; the longest recovery by fault. */
export function printMatrix(
  results: readonly CellResult[],
  kindNames: readonly string[],
  elapsedMs: number,
): void {
  const names = faults.map(({ name }) => name).filter((name) => results.some(({ fault }) => fault === name));
  const width = Math.max(...names.map((name) => name.length), 8);
  const columns = kindNames.map((name) => Math.max(name.length, 5));
  const count = (list: readonly CellResult[]): string => {
    const green = list.filter(({ problem }) => problem === null).length;
    if (list.length === 0) return '·';
    return green === list.length ? String(green) : `${green}/${list.length}!`;
  };
  console.log(`\nCells that are green, by fault and kind of operation (a number is all green, · none)\n`);
  console.log(
    [
      ''.padEnd(width),
      ...kindNames.map((name, index) => name.padStart(columns[index] ?? 0)),
      '  longest recovery',
    ].join('  '),
  );
  for (const name of names) {
    const row = results.filter(({ fault }) => fault === name);
    const cells = kindNames.map((kind, index) =>
      count(row.filter((one) => one.kind === kind)).padStart(columns[index] ?? 0),
    );
    const longest = row.reduce<CellResult | null>(
      (worst, one) => (worst === null || one.recoveryMs > worst.recoveryMs ? one : worst),
      null,
    );
    const where = longest === null ? '' : `${seconds(longest.recoveryMs)} (${longest.kind} ${longest.point})`;
    console.log([name.padEnd(width), ...cells, `  ${where}`].join('  '));
  }
  const ended = (ending: CellResult['ending']): number =>
    results.filter((one) => one.ending === ending).length;
  const struck = results.filter((one) => one.struck).length;
  const points = new Set(results.map(({ point, kind }) => `${kind} ${point}`)).size;
  const red = results.filter(({ problem }) => problem !== null);
  console.log(
    `\n${results.length} cells at ${points} points of ${kindNames.length} kinds of operation; in ${struck} the fault struck, in the others the run was over before.`,
  );
  console.log(
    `As before: ${ended('before')}; as after: ${ended('after')}; broken before anything was changed: ${ended('nothing-changed')}; put back once the fault was gone, by what the program said: ${ended('by-hand')}.`,
  );
  console.log(`${results.length - red.length} green, ${red.length} red, in ${seconds(elapsedMs)}.`);
  for (const one of red) console.log(`RED ${reproduction(one)}`);
}
