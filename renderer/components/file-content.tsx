import { useQuery } from '@tanstack/react-query';
import { identifiedWords, systemWords } from '../../shared/words/os-words.ts';
import { useScope } from '../state/connections.ts';
import { useApi } from '../state/services.ts';
import { OsTile } from './os-tile.tsx';

/** What a file is, by its content: the system on a medium, else its kind; nothing for what nobody knows or can’t be read. */
export function FileContent({ path, modified }: { readonly path: string; readonly modified: number }) {
  const api = useApi();
  const connection = useScope();
  const { data } = useQuery({
    queryKey: ['identify', connection, path, modified],
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => api['os.identify']({ connection, path }, { signal }),
  });
  if (data === undefined || data.kind === 'unknown' || data.kind === 'empty') return null;
  const systems = systemWords(data);
  return (
    <span className="row file-content" title={systems ?? identifiedWords(data)}>
      {/* Those that share a medium are one maker’s. */}
      {systems !== undefined && <OsTile id={data.systems.at(-1)?.id} named />}
      <span className="clip">{systems ?? identifiedWords(data)}</span>
    </span>
  );
}
