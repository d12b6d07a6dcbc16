import type { Session } from 'electron';
import { WebContentsView, session } from 'electron';
import { appScheme, reportPolicy } from './content-security-policy.ts';
import { denyPermissions } from './restrictions.ts';
import { webPreferences } from './web-preferences.ts';

const address = `${appScheme}://portcullis/report.html`;
const timeLimitMs = 60_000;

/** A session of its own, in memory, that knows one page and reaches nothing else. */
function sessionWith(html: string): Session {
  const printing = session.fromPartition(`print-${crypto.randomUUID()}`, { cache: false });
  denyPermissions(printing);
  printing.webRequest.onBeforeRequest((details, answer) => answer({ cancel: details.url !== address }));
  printing.protocol.handle(
    appScheme,
    () =>
      new Response(html, {
        headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': reportPolicy },
      }),
  );
  return printing;
}

/**
 * Prints a page that carries its styles inside, on A4, tagged and with an outline. The page has no script and no
 * window: a view alone needs no display, so this works on a server too.
 * @throws when the page does not load or print within a minute
 */
export async function printPdf(html: string): Promise<Uint8Array> {
  const view = new WebContentsView({
    webPreferences: { ...webPreferences, session: sessionWith(html), javascript: false, devTools: false },
  });
  const contents = view.webContents;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Printing did not end within a minute.')), timeLimitMs);
  });
  const print = async () => {
    await contents.loadURL(address);
    return contents.printToPDF({
      pageSize: 'A4',
      printBackground: true,
      preferCSSPageSize: true,
      generateTaggedPDF: true,
      generateDocumentOutline: true,
    });
  };
  try {
    return await Promise.race([print(), limit]);
  } finally {
    clearTimeout(timer);
    // By the view: nothing else holds it, and when it is collected meanwhile its page is destroyed under the printer.
    view.webContents.close();
  }
}
