import type { BrowserWindow, FileFilter, OpenDialogOptions, SaveDialogOptions } from 'electron';
import { dialog } from 'electron';

export interface FileQuestion {
  readonly title: string;
  /** What the file is called unless the person says otherwise; for opening, the folder to begin in. */
  readonly suggested?: string;
  readonly filters?: readonly FileFilter[];
  /** Shows files whose names begin with a dot: keys live in ~/.ssh. */
  readonly showHidden?: boolean;
}

function commonOptions({ title, suggested, filters = [] }: FileQuestion) {
  return { title, filters: [...filters], ...(suggested === undefined ? {} : { defaultPath: suggested }) };
}

/** Asks where to write a file; null when the person cancels. */
export async function askWhereToSave(
  window: BrowserWindow | null,
  question: FileQuestion,
): Promise<string | null> {
  const options: SaveDialogOptions = {
    ...commonOptions(question),
    properties: ['showOverwriteConfirmation'],
  };
  const answer = await (window === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  return answer.canceled || answer.filePath === '' ? null : answer.filePath;
}

/** Asks for a file to read; null when the person cancels. */
export async function askForFile(
  window: BrowserWindow | null,
  question: FileQuestion,
): Promise<string | null> {
  const options: OpenDialogOptions = {
    ...commonOptions(question),
    properties: question.showHidden ? ['openFile', 'showHiddenFiles'] : ['openFile'],
  };
  const answer = await (window === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options));
  return answer.canceled ? null : (answer.filePaths[0] ?? null);
}
