/** One measured thing: its values in the order in which they were taken. */
export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | 'round trips';
  readonly values: readonly number[];
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
};

/** The figures as a table of text, a row each: how often, least, median, most. */
export function figuresTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, values }) => {
    const shown = (value: number) => value.toFixed(unit === 'ms' ? 0 : 1);
    return [
      name,
      String(values.length),
      shown(Math.min(...values)),
      shown(median(values)),
      shown(Math.max(...values)),
      unit,
    ];
  });
  const all = [['', 'runs', 'min', 'median', 'max', ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column > 0 && column < 5 ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Milliseconds that some work takes, `runs` times one after the other. */
export async function timed(runs: number, work: () => Promise<unknown>): Promise<number[]> {
  const values: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    await work();
    values.push(performance.now() - started);
  }
  return values;
}
