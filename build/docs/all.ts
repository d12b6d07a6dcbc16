import { checkPages } from './check-pages.ts';
import type { GeneratedFile } from './generated-file.ts';
import { goldenReports } from './golden-reports.ts';
import { schemas } from './schemas.ts';

export { generatedFolders } from './generated-file.ts';

/** Every generated file as it should be now. */
export async function generatedFiles(projectFolder: string): Promise<readonly GeneratedFile[]> {
  return [...checkPages(), ...(await schemas()), ...goldenReports(projectFolder)];
}
