import { ActionIcon, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

/** Copies a text; says so for two seconds, to the eye and to a screen reader. */
export function CopyButton({ text, what, size = 22 }: { readonly text: string; readonly what: string; readonly size?: number }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  const label = state === 'copied' ? 'Copied' : state === 'failed' ? 'The clipboard refused' : `Copy ${what}`;
  return (
    <>
      <Tooltip label={label}>
        <ActionIcon size={size} aria-label={`Copy ${what}`} onClick={() => void copy()}>
          {state === 'copied' ? <IconCheck size={14} /> : <IconCopy size={14} />}
        </ActionIcon>
      </Tooltip>
      <span className="visually-hidden" aria-live="polite">
        {state === 'idle' ? '' : label}
      </span>
    </>
  );
}
