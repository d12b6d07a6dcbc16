import styles from './preview.module.css';

const keywords =
  /\b(ALTER|SYSTEM|SET|RESET|ROLE|GRANT|REVOKE|CREATE|DROP|INDEX|CONCURRENTLY|ON|IN|SCHEMA|DATABASE|TABLE|VIEW|FUNCTION|EXTENSION|POLICY|TO|FROM|PUBLIC|NOSUPERUSER|SUPERUSER|NOCREATEROLE|NOCREATEDB|NOBYPASSRLS|ENABLE|DISABLE|FORCE|ROW|LEVEL|SECURITY|ALL|PRIVILEGES|CONNECT|USAGE|EXECUTE|SELECT|INSERT|UPDATE|DELETE|IF|EXISTS|NOT|WITH|USING|PASSWORD|NULL|OWNER|DEFAULT|COMMENT)\b/;
const pieces = /('(?:[^']|'')*')|("(?:[^"]|"")*")|(--[^\n]*)|([A-Za-z_]+)|([^'"A-Za-z_-]+|[-'"])/g;

type Piece = { readonly kind: 'word' | 'string' | 'comment' | 'plain'; readonly text: string };

function piecesOf(statement: string): readonly Piece[] {
  return [...statement.matchAll(pieces)].map((match): Piece => {
    const text = match[0];
    if (match[1] !== undefined) return { kind: 'string', text };
    if (match[3] !== undefined) return { kind: 'comment', text };
    if (match[4] !== undefined && text === text.toUpperCase() && keywords.test(text))
      return { kind: 'word', text };
    return { kind: 'plain', text };
  });
}

/** Statements with their keywords and strings set apart. The text itself is never changed. */
export function SqlText({ statements }: { readonly statements: readonly string[] }) {
  return (
    <pre className={`${styles.lines} scroll`} tabIndex={0}>
      {statements.map((statement, index) => (
        <div key={index}>
          {piecesOf(statement.endsWith(';') ? statement : `${statement};`).map((piece, at) =>
            piece.kind === 'plain' ? (
              piece.text
            ) : (
              <span key={at} className={styles[piece.kind]}>
                {piece.text}
              </span>
            ),
          )}
        </div>
      ))}
    </pre>
  );
}
