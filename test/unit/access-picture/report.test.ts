import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pictureOfFacts } from '../../../main/engine/exposure.ts';
import { reportHtml } from '../../../main/report/html.tsx';
import { pictureSvg } from '../../../main/report/picture.tsx';
import { factsFileSchema } from '../../../shared/facts/facts.ts';
import { reportSchema } from '../../../shared/report/model.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const hostile = `<script>alert(1)</script>]]>"'&\u202E${'long '.repeat(400)}`;

it('draws hostile names as text in the report and in the saved file', () => {
  const facts = factsFileSchema.parse(read('test/golden/facts/bookworm-15-open.json'));
  const { databases } = facts.facts;
  if (databases.state !== 'collected') throw new Error('the recorded facts have databases');
  const [first] = databases.value;
  if (first !== undefined) databases.value.push({ ...first, name: hostile });
  const picture = pictureOfFacts(facts);
  if (picture === null) throw new Error('there is a picture');
  const report = reportSchema.parse(read('test/golden/reports/bookworm-15-open.baseline.json'));
  const html = reportHtml(report, picture);
  const svg = pictureSvg(picture);
  const folder = process.env.PORTCULLIS_PICTURES;
  if (folder !== undefined) {
    writeFileSync(`${folder}/report.html`, html);
    writeFileSync(`${folder}/picture.svg`, svg);
  }
  expect(html.includes('Who can reach the server')).toBe(true);
  expect(html.includes('Exposure picture: 4 sources, 3 gates')).toBe(true);
  for (const text of [html, svg]) {
    expect(text.includes('<script')).toBe(false);
    expect(text.includes('\u202E')).toBe(false);
    expect(text.includes('&lt;script&gt;')).toBe(true);
    expect(/<svg[^>]+role="img"[^>]+aria-labelledby="exposure-title exposure-description"/.test(text)).toBe(
      true,
    );
  }
  expect(reportHtml(report)).not.toContain('Who can reach the server');
});
