import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { layoutPicture } from '../../shared/access/picture-layout.ts';
import type { Shape } from '../../shared/access/picture-shapes.ts';
import type { PictureLayout } from '../../shared/access/picture-layout.ts';
import type { Picture, PictureLane } from '../../shared/access/picture-schema.ts';
import {
  databaseWords,
  encryptionWords,
  lineWords,
  methodWords,
  roleWords,
} from '../../shared/access/picture-words.ts';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { pictureColours, pictureStyle } from './picture-style.ts';

const reportWidth = 760;
const savedWidth = 1000;

/** The exposure in the report: the picture, and the same as a table. */
export function ExposureSection({ picture }: { readonly picture: Picture | null }): ReactElement | null {
  if (picture === null) return null;
  const layout = layoutPicture(picture, reportWidth, null);
  return (
    <section className="page">
      <h2>Who can reach the server</h2>
      <p>{picture.verdict.text}.</p>
      <Drawing layout={layout} />
      <p className="quiet">
        Hollow: may be unencrypted. Solid: TLS required, or on the host itself. Red: everyone, or no password.
        Broken edge: stopped, or not known.
      </p>
      <table className="exposure">
        <thead>
          <tr>
            {['From', 'Firewall', 'pg_hba.conf', 'Role', 'Database', 'Method', 'TLS'].map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {picture.lanes.map((lane) => (
            <LaneRows key={lane.id} lane={lane} />
          ))}
        </tbody>
      </table>
      {picture.unknown.length === 0 ? null : (
        <>
          <h4>Not known</h4>
          <ul>
            {picture.unknown.slice(0, 20).map((reason) => (
              <li key={reason}>{shorten(printable(reason), 600)}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function LaneRows({ lane }: { readonly lane: PictureLane }): ReactElement {
  const from = `${lane.label}${lane.note === '' ? '' : `, ${lane.note}`}`;
  if (lane.entries.length === 0) {
    const mark = [lane.firewall, lane.listener, lane.hba].find(
      ({ state }) => state === 'stop' || state === 'unknown',
    );
    const detail = mark?.details[0] ?? '';
    return (
      <tr>
        <td>{printable(from)}</td>
        <td colSpan={6}>
          {mark?.state === 'unknown' ? 'Not known' : 'Stopped'}: {printable(mark?.words ?? '')}
          {detail === '' ? '' : ` (${shorten(printable(detail), 200)})`}
        </td>
      </tr>
    );
  }
  return (
    <>
      {lane.entries.slice(0, 20).map((entry, index) => (
        <tr key={index}>
          <td className={lane.openToAll ? 'critical' : undefined}>{printable(from)}</td>
          <td>{printable(lane.firewall.words)}</td>
          <td>{lineWords(entry.lines)}</td>
          <td>{printable(roleWords(entry))}</td>
          <td>{printable(databaseWords(entry))}</td>
          <td className={entry.methods.includes('trust') ? 'critical' : undefined}>
            {printable(methodWords(entry))}
            {entry.certain ? '' : ', perhaps'}
          </td>
          <td>{encryptionWords[entry.encryption]}</td>
        </tr>
      ))}
      {lane.entries.length > 20 ? (
        <tr>
          <td colSpan={7}>and {lane.entries.length - 20} more of the same sources</td>
        </tr>
      ) : null}
    </>
  );
}

function Drawing({ layout }: { readonly layout: PictureLayout }): ReactElement {
  return (
    <svg
      className="exposure-picture"
      xmlns="http://www.w3.org/2000/svg"
      viewBox={`-10 0 ${layout.width + 14} ${layout.height}`}
      width={layout.width + 14}
      height={layout.height}
      role="img"
      aria-labelledby="exposure-title exposure-description"
    >
      <title id="exposure-title">{layout.title}</title>
      <desc id="exposure-description">{layout.description}</desc>
      {layout.shapes.map((shape, index) => (
        <Piece key={index} shape={shape} />
      ))}
    </svg>
  );
}

function Piece({ shape }: { readonly shape: Shape }): ReactElement {
  if (shape.kind === 'box') {
    const { x, y, width, height, radius, style } = shape;
    return <rect className={`x-${style}`} x={x} y={y} width={width} height={height} rx={radius} />;
  }
  if (shape.kind === 'path')
    return <path className={`x-${shape.style}`} d={shape.path} strokeWidth={shape.thickness ?? undefined} />;
  return (
    <text className={`x-${shape.style}`} x={shape.x} y={shape.y} textAnchor={shape.atEnd ? 'end' : undefined}>
      {shape.text}
      {shape.whole === null ? null : <title>{shape.whole}</title>}
    </text>
  );
}

/** The picture as an SVG file of its own: no script, no other file; it follows the viewer's theme. */
export function pictureSvg(picture: Picture): string {
  const layout = layoutPicture(picture, savedWidth, null);
  const markup = renderToStaticMarkup(<Drawing layout={layout} />);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${markup.replace('<title', `<style>${pictureColours}${pictureStyle}</style><title`)}\n`;
}
