import { osIdWords } from '../../shared/words/os-words.ts';
import './os-tile.css';

/** A tile's sign in a grid of 24, drawn by us: letters and simple shapes, never a maker's mark. */
interface Sign {
  readonly path: string;
  readonly tone: 'red' | 'orange' | 'blue' | 'sky' | 'green' | 'violet' | 'teal' | 'brown' | 'grey';
}

const letters = {
  a: 'M6 18l6-12 6 12M8.4 14h7.2',
  b: 'M8 6h5a3 3 0 0 1 0 6H8zM8 12h6a3 3 0 0 1 0 6H8z',
  c: 'M17 8a6 6 0 1 0 0 8',
  d: 'M8 6v12h3a6 6 0 0 0 0-12z',
  f: 'M9 18V6h8M9 12h6',
  n: 'M7 18V6l10 12V6',
  r: 'M8 18V6h5a3.5 3.5 0 0 1 0 7H8m5 0l4 5',
  s: 'M16.5 8.5c0-3-9-3.5-9 .3 0 4.2 9 2.2 9 6.4 0 3.8-9 3.3-9 .3',
  u: 'M7 6v7a5 5 0 0 0 10 0V6',
  window: 'M6 6h12v12H6zM6 12h12M12 6v12',
  peaks: 'M4 17l5.5-9 4 6 2-3 4.5 6',
  prompt: 'M6 8l4 4-4 4M12.5 16H18',
} as const;

const unknown: Sign = { path: letters.prompt, tone: 'grey' };

/** By the maker, which is the second part of osinfo's id. */
const signs: Readonly<Record<string, Sign>> = {
  debian: { path: letters.d, tone: 'red' },
  ubuntu: { path: letters.u, tone: 'orange' },
  fedora: { path: letters.f, tone: 'blue' },
  silverblue: { path: letters.f, tone: 'blue' },
  archlinux: { path: letters.a, tone: 'sky' },
  alpinelinux: { path: letters.peaks, tone: 'blue' },
  rhel: { path: letters.r, tone: 'red' },
  rocky: { path: letters.r, tone: 'green' },
  almalinux: { path: letters.a, tone: 'violet' },
  centos: { path: letters.c, tone: 'violet' },
  'centos-stream': { path: letters.c, tone: 'violet' },
  opensuse: { path: letters.s, tone: 'green' },
  sles: { path: letters.s, tone: 'teal' },
  sled: { path: letters.s, tone: 'teal' },
  nixos: { path: letters.n, tone: 'sky' },
  freebsd: { path: letters.b, tone: 'red' },
  openbsd: { path: letters.b, tone: 'brown' },
  netbsd: { path: letters.b, tone: 'orange' },
  win: { path: letters.window, tone: 'sky' },
};

const signOf = (id: string | undefined): Sign => signs[/^https?:\/\/[^/]+\/([^/]+)/.exec(id ?? '')?.[1] ?? ''] ?? unknown;

interface OsTileProps {
  /** osinfo's id; undefined where nobody knows the system. */
  readonly id: string | undefined;
  /** Pixels: 16 in tables, 18 beside a title, 26 in choices. */
  readonly size?: 16 | 18 | 26;
  /** The name stands beside it: the tile itself says nothing then. */
  readonly named?: boolean;
}

/** The tile of an operating system: its sign on one colour. One that is unknown says nothing to who doesn't see it. */
export function OsTile({ id, size = 16, named = false }: OsTileProps) {
  const { path, tone } = signOf(id);
  const words = id === undefined || named ? undefined : osIdWords(id);
  return (
    <svg
      className="os-tile"
      data-tone={tone}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      {...(words === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': words })}
    >
      {words !== undefined && <title>{words}</title>}
      <rect width="24" height="24" rx="5" />
      <path d={path} />
    </svg>
  );
}
