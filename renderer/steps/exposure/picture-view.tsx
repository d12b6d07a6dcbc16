import { useMemo } from 'react';
import { layoutPicture } from '../../../shared/access/picture-layout.ts';
import type { Shape } from '../../../shared/access/picture-shapes.ts';
import type { LaneArea } from '../../../shared/access/picture-layout.ts';
import type { Picture } from '../../../shared/access/picture-schema.ts';
import { classNames } from '../../ui/class-names.ts';
import styles from './picture.module.css';

/** The picture: three gates, and the lanes as buttons in their order. Enter leads to what it is about. */
export function PictureView(props: {
  readonly picture: Picture;
  readonly width: number;
  readonly selected: string | null;
  readonly onSelect: (lane: string) => void;
  readonly onOpen: (lane: string) => void;
}) {
  const { picture, width, selected } = props;
  const layout = useMemo(() => layoutPicture(picture, width, selected), [picture, width, selected]);
  return (
    <svg
      className={styles.picture}
      viewBox={`-10 0 ${layout.width + 14} ${layout.height}`}
      width={layout.width + 14}
      height={layout.height}
      role="group"
      aria-label={layout.title}
    >
      <desc>{layout.description}</desc>
      <g aria-hidden="true">
        {layout.shapes.map((shape, index) => (
          <Piece key={index} shape={shape} />
        ))}
      </g>
      {layout.areas.map((area) => (
        <Lane
          key={area.id}
          area={area}
          isSelected={area.id === selected}
          onSelect={() => props.onSelect(area.id)}
          onOpen={() => props.onOpen(area.id)}
        />
      ))}
    </svg>
  );
}

function Lane({
  area,
  isSelected,
  onSelect,
  onOpen,
}: {
  readonly area: LaneArea;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onOpen: () => void;
}) {
  return (
    <g
      role="button"
      tabIndex={0}
      aria-pressed={isSelected}
      aria-label={area.says}
      className={styles.lane}
      onClick={onSelect}
      onDoubleClick={onOpen}
      onFocus={onSelect}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === 'Enter') onOpen();
        else if (event.key === ' ') onSelect();
        else return;
        event.preventDefault();
      }}
    >
      <title>{area.says}</title>
      <rect className={styles.hit} x={area.x} y={area.y} width={area.width} height={area.height} rx={5} />
    </g>
  );
}

/** The names of a shape in this style sheet. */
const looks = (style: string): string => classNames(...style.split(' ').map((name) => styles[name])) ?? '';

function Piece({ shape }: { readonly shape: Shape }) {
  if (shape.kind === 'box') {
    const { x, y, width, height, radius, style } = shape;
    return <rect className={looks(style)} x={x} y={y} width={width} height={height} rx={radius} />;
  }
  if (shape.kind === 'path')
    return <path className={looks(shape.style)} d={shape.path} strokeWidth={shape.thickness ?? undefined} />;
  return (
    <text className={looks(shape.style)} x={shape.x} y={shape.y} textAnchor={shape.atEnd ? 'end' : undefined}>
      {shape.text}
      {shape.whole !== null && <title>{shape.whole}</title>}
    </text>
  );
}
