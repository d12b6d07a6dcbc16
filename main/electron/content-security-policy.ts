/** The only origin that the window shows. */
export const appScheme = 'app';
export const appOrigin = `${appScheme}://portcullis`;

/** Replaced by the load's nonce in index.html. */
export const noncePlaceholder = '__CSP_NONCE__';

/**
 * The policy of the window's page: its own files and nothing else, no inline script, and no inline style but what
 * carries the nonce of this load (one style element of the component library).
 * @param nonce base64, new for each load
 */
export function windowPolicy(nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `frame-src 'none'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

/** The policy of a report that is printed: a page with its styles inside, without script. */
export const reportPolicy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
