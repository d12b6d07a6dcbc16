import { AppError } from '../../shared/contract/errors.ts';
import type { Picture } from '../../shared/access/picture-schema.ts';
import { pictureOfFacts } from '../engine/exposure.ts';
import type { Report } from '../../shared/report/model.ts';
import { reportMarkdown } from '../../shared/report/markdown.ts';
import { reportHtml } from '../report/html.tsx';
import { writeFileSafely } from '../store/json-file.ts';
import { needSession, type AppContext, type HandlersOf } from './context.ts';
import { fileNameOf } from './scan.ts';
import { printableJson } from '../../shared/lib/hostile-text.ts';

/** Showing and saving the report. */
export function reportHandlers(context: AppContext): HandlersOf<'report.save' | 'report.html'> {
  const { ports } = context;
  const report = (): Report => {
    const present = needSession(context).report;
    if (present === null)
      throw new AppError('refused', 'The target was not inspected yet.', 'Inspect it first.');
    return present;
  };
  const picture = (): Picture | null => pictureOfFacts(needSession(context).facts);
  return {
    'report.html': async () => ({ html: reportHtml(report(), picture()) }),
    'report.save': async ({ format }) => {
      const present = report();
      const suggested = `portcullis-${fileNameOf(present.target.label)}-${present.finishedAt.slice(0, 10)}.${format}`;
      const path = await ports.askWhereToSave({ title: 'Save the report', suggested });
      if (path === null) return { path };
      await writeFileSafely(
        path,
        format === 'pdf'
          ? await ports.printPdf(reportHtml(present, picture()))
          : reportAs(present, format, picture()),
      );
      return { path };
    },
  };
}

function reportAs(report: Report, format: 'html' | 'json' | 'md', picture: Picture | null): string {
  if (format === 'html') return reportHtml(report, picture);
  return format === 'md' ? reportMarkdown(report) : `${printableJson(report)}\n`;
}
