import { useRef, useState } from 'react';
import type { NewImageFormat } from '../../shared/contract/storage.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { errorDataOf, isCancelled } from '../words/errors.ts';
import { useApi } from '../state/services.ts';

/** An image to be made. Sizes in bytes. */
export interface NewImage {
  readonly path: string;
  readonly format: NewImageFormat;
  readonly sizeBytes: number;
}

/** Makes a disk image with progress; it can be cancelled, which leaves nothing behind. */
export function useCreateImage() {
  const api = useApi();
  const [state, setState] = useState<{ readonly busy: boolean; readonly progress: number; readonly error: ErrorData | null }>({
    busy: false,
    progress: 0,
    error: null,
  });
  const stop = useRef<AbortController | null>(null);
  const create = async (image: NewImage): Promise<boolean> => {
    const abort = new AbortController();
    stop.current = abort;
    setState({ busy: true, progress: 0, error: null });
    try {
      for await (const { progress } of api['storage.createImage'](image, { signal: abort.signal }))
        setState({ busy: true, progress, error: null });
      setState({ busy: false, progress: 1, error: null });
      return !abort.signal.aborted;
    } catch (thrown) {
      setState({ busy: false, progress: 0, error: isCancelled(thrown) ? null : errorDataOf(thrown) });
      return false;
    }
  };
  return { ...state, create, cancel: () => stop.current?.abort() };
}
